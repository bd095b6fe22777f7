"""The page in a real browser: every view and every action once, on a made catalogue with two published runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphrec.content.embed import embed
from graphrec.publishing.publish import publish
from graphrec.service.job import all_jobs
from graphrec.service.jobs import stop
from graphrec.training.train import train
from tests.assistant.attacks import attacks
from tests.service.accessible import faults, focused
from tests.service.served import Served
from tests.web_browser import WebBrowser

TOML = """
[train]
epochs = 6
lr = 0.02
[content]
text = "tfidf"
image = "classical"
[serve.filters]
long = "size(i.title) > 3"
nothing = "i.itemId = $id"
"""
HOSTILE = "<img src=x onerror=\"document.title='gone'\"> & ${7*7}"
SHOWN = """
MATCH (u:User), (i:Item {itemId: $item})
WITH u, i, datetime() + duration('PT1H') AS soon
CREATE (u)-[:SHOWN {runId: $run, times: 1, firstAt: soon, lastAt: soon}]->(i)
"""
#: An answer of the service whose text and titles are ``texts``.
ANSWER = """
const before = globalThis.fetch;
const items = texts.map((title, n) => ({ rank: n + 1, item_id: `i00${n}`, title, score: 1, source: "model" }));
const told = { understood: { said: texts.join(" ") }, items: { items }, text: { text: texts.join(" ") },
  done: { conversation: "c", text: texts.join(" "), items, asks: "", understood: "rules", how: texts[0] } };
const body = Object.entries(told)
  .map(([name, data]) => `event: ${name}\\ndata: ${JSON.stringify(data)}\\n\\n`).join("");
globalThis.fetch = (url, how) => String(url).endsWith("/chat") ? Promise.resolve(new Response(body)) : before(url, how);
"""
#: Elements and attributes that a text could have made.
ACTIVE = """
const made = "iframe, object, embed, base, [onerror], [onload], [onmouseover], [src*=evil], [href*=evil], [srcdoc], "
  + "[href^='javascript:'], img[src=x], .chat script, .chat b";
return [...document.querySelectorAll(made)].map((one) => one.outerHTML);
"""


@pytest.fixture(scope="module")
def page(
    web_browser: WebBrowser, sample_project: Any, serving: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with sample_project(tmp_path_factory.mktemp("page"), TOML, users=60, items=40) as (settings, db):
        db.write("MATCH (i:Item {itemId: 'i001'}) SET i.title = $title", title=HOSTILE)
        embed(db, settings)
        run = train(db, settings).run
        runs = [publish(db, run, k=8).run_id, publish(db, run, k=10).run_id]
        for number, name in enumerate(runs):
            db.write(SHOWN, item=f"i00{number + 2}", run=name)
        halves = settings.override("serve", experiment=dict.fromkeys(runs, 0.5))
        with serving(halves) as client:
            yield Served(client, web_browser, db, runs)
        for job in all_jobs(settings):
            if not job.ended:
                stop(settings, job.job_id)


VIEWS = {
    "/": "main table",
    "/#/user": ".tiles a",
    "/#/user/u001": ".card",
    "/#/user/u001/why/i004": "dialog .reasons, dialog .shares",
    "/#/user/u001/compare": ".ranked",
    "/#/item": ".strip a",
    "/#/item/i001": "#neighbours .strip",
    "/#/search?q=love&by=text": ".card",
    "/#/chat": ".chat .chip",
    "/#/quality": "#check",
    "/#/experiment": ".whiskers",
    "/#/work": ".start",
}


def test_every_view_can_be_used_by_everybody(page: Served) -> None:
    page.open("/icon.svg", "svg")
    for address, ready in VIEWS.items():
        page.browser.emulate(1280)
        page.open(address, ready)
        assert faults(page.browser) == [], address
        assert page.browser.run("return document.title") not in ("gone", ""), address
        page.browser.emulate(390, dark=True)
        page.browser.wait_for("return innerWidth === 390")
        assert faults(page.browser) == [], f"{address} on a phone, dark"
    page.browser.emulate(1280)
    page.quiet()


def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(page: Served) -> None:
    page.open("/#/user/u001", ".card")
    found = focused(page.browser, 16)
    assert [one["place"] for one in found] == sorted({one["place"] for one in found})
    assert all(one["seen"] for one in found), found
    assert found[0]["tag"] == "a"  # the way past the navigation


def test_what_somebody_is_recommended_why_and_what_changes_it(page: Served) -> None:
    browser = page.browser
    page.open("/#/user", ".tiles a")
    browser.type("#find-user", "u002")
    browser.wait_for("return document.querySelectorAll('.tiles a').length === 1")
    browser.click(".tiles a")
    page.ready(".card")
    first = browser.run("return document.querySelector('.card').dataset.item")
    browser.click(".card .like")
    page.ready(".tried-like")
    assert first not in browser.run("return [...document.querySelectorAll('.card')].map((one) => one.dataset.item)")
    assert f"like={first}" in browser.run("return location.hash")
    assert page.texts(".moved")
    browser.run("history.back()")  # takes the like back
    browser.wait_for("return !document.querySelector('.tried-like')")
    for name in ("dislike", "leave"):
        browser.click(f".card .{name}")
        page.ready(".tried li")
        browser.click(".tried button")
        browser.wait_for("return !document.querySelector('.tried li')")
    browser.type("#try-search", "love\n")
    page.ready(".tried-search")
    browser.type("#try-category", "nowhere\n")
    page.ready(".list .problem")  # there is no such category
    assert "nowhere" in page.text(".list .problem")
    browser.run("document.querySelector('.tried-category button').click()")
    browser.wait_for("return !document.querySelector('.problem')")
    browser.run("[...document.querySelectorAll('fieldset .chip')].find((one) => one.innerText === 'nothing').click()")
    browser.type("[id='p-id']", "i003\n")
    browser.wait_for("return document.querySelectorAll('.card').length <= 1")
    browser.click("#reset")
    browser.wait_for("return document.querySelectorAll('.card').length > 5 && !document.querySelector('.tried li')")
    browser.click(".card .why")
    page.ready("dialog .shares")
    assert "/why/" in browser.run("return location.hash")
    browser.click("dialog .copy-panel button")
    page.ready("dialog .copy .sentence")
    assert page.text("dialog h3") in page.text("dialog .copy")
    assert "By a template." in page.text("dialog .copy .hint")
    browser.press("\ue00c")  # Escape
    browser.wait_for("return !document.querySelector('dialog') && !location.hash.includes('why')")
    page.quiet()


#: Loses the answer to the next events, which are stored.
LOSE_AN_ANSWER = """
const real = window.fetch;
window.fetch = async (...asked) => {
  const answer = await real(...asked);
  if (!String(asked[0]).endsWith('/events')) return answer;
  window.fetch = real;
  throw new TypeError('lost');
};
"""


def test_likes_are_recorded_once_and_for_good_when_that_is_wanted(page: Served) -> None:
    browser = page.browser
    page.open("/#/user/u003", ".card")
    liked = browser.run("return document.querySelector('.card').dataset.item")
    browser.click(".card .like")
    page.ready(".tried-like")
    browser.run(LOSE_AN_ANSWER)
    for notice in (".notice.bad", ".notice.good"):
        browser.click("#record")
        page.ready("dialog")
        browser.click("dialog .primary")
        page.ready(notice)
    browser.wait_for("return !document.querySelector('.tried li') && document.querySelector('.notice')")
    page.ready(".card")
    assert liked not in browser.run("return [...document.querySelectorAll('.card')].map((one) => one.dataset.item)")
    made = page.db.read(
        "MATCH (:User {userId: 'u003'})-[r {eventKey: r.eventKey}]->(:Item {itemId: $item}) RETURN type(r) AS type",
        item=liked,
    )
    assert len(made) == 1
    page.quiet()


def test_an_item_is_looked_at_hidden_and_shown_again(page: Served) -> None:
    browser = page.browser
    page.open("/#/item", ".strip a")
    browser.type("#find-item", "i001\n")
    page.ready("#neighbours .strip")
    assert page.text("h1") == HOSTILE
    for kind in ("image", "text"):
        browser.click(f"[role=tab][data-kind={kind}]")
        page.ready("#neighbours .strip")
        assert page.texts("[aria-selected=true]") == [page.text(f"[data-kind={kind}]")]
    assert browser.run("return document.querySelectorAll('.knowledge .chip').length") > 0
    browser.click("#hide")
    page.ready("dialog")
    browser.click("dialog .danger")
    browser.wait_for("return document.querySelector('#hide.primary')")
    assert not page.client.get("/v1/items/i001").json()["available"]
    browser.click("#hide")
    browser.wait_for("return document.querySelector('#hide.quiet')")
    browser.type("#stock", "7\n")
    browser.wait_for("return [...document.querySelectorAll('dd')].some((one) => one.innerText === '7')")
    assert page.client.get("/v1/items/i001").json()["properties"]["stock"] == 7
    page.quiet()


def test_items_are_found_by_words_and_by_a_picture(page: Served, tmp_path: Path) -> None:
    from PIL import Image

    browser = page.browser
    page.open("/#/search", "#words")
    browser.type("#words", "love\n")
    page.ready(".card")
    assert "q=love" in browser.run("return location.hash")
    Image.new("RGB", (64, 64), "red").save(tmp_path / "red.png")
    browser.type("#file-image", str(tmp_path / "red.png"))
    page.ready(".list .card")
    browser.wait_for("return document.querySelector('.list').innerText.includes('red.png')")
    page.quiet()


def test_somebody_talks_with_the_assistant(page: Served) -> None:
    browser = page.browser
    page.open("/#/chat", ".chat .chip")
    browser.type("#chat-user", "u001")
    browser.type("#say", "recommend something\n")
    browser.wait_for("return document.querySelectorAll('.chat .strip li').length === 5")
    browser.wait_for("return !document.querySelector('#say + * + .primary').disabled")
    browser.type("#say", "I like the first\n")
    browser.wait_for("return !!document.querySelector('.chat .actions .primary')")
    browser.click(".chat .actions .primary")
    browser.wait_for("return document.querySelector('.chat li:last-child .words').innerText.startsWith('Recorded')")
    assert faults(browser) == []
    # A title is text, wherever it stands.
    browser.wait_for("return !document.querySelector('#say + * + .primary').disabled")
    browser.type("#say", f"who directed {HOSTILE}\n")
    browser.wait_for("return document.querySelectorAll('.chat .said.person').length === 4")
    browser.wait_for("return document.querySelector('.chat').getAttribute('aria-busy') === 'false'")
    assert browser.run("return document.querySelectorAll('.chat img[src=x]').length") == 0
    assert browser.run("return document.title") != "gone"
    browser.click("#chat-new")
    browser.wait_for("return document.querySelectorAll('.chat .said').length === 1")
    page.quiet()


def test_no_attack_becomes_active_markup(page: Served) -> None:
    browser, texts = page.browser, [one.text[:5_000] for one in attacks() if one.kind == "markup and script"]
    page.open("/#/chat", ".chat .chip")
    browser.run(f"globalThis.texts = {json.dumps(texts)}; globalThis.alert = () => {{ document.title = 'gone'; }};")
    browser.run(ANSWER)  # what a model may say, and titles
    browser.type("#say", f"{texts[0]}\n")
    browser.wait_for("return document.querySelector('.chat li:last-child .hint') !== null")
    browser.wait_for("return document.querySelector('.chat').getAttribute('aria-busy') === 'false'")
    assert "onerror" in page.text(".chat .said.assistant .words")
    assert "onload" in page.text(".chat .strip")
    assert browser.run(ACTIVE) == []
    assert browser.run("return document.title") not in ("gone", "")
    page.quiet()


def test_runs_are_compared_and_rolled_back(page: Served) -> None:
    browser = page.browser
    page.open("/#/user/u001/compare", ".ranked")
    assert len(page.texts(".ranked")) == 2
    assert browser.run("return document.querySelectorAll('.lines path').length") == 8
    page.open("/#/", "main table")
    assert page.runs[1] in page.text(".run-name")
    browser.click("[data-act=rollback]")
    page.ready("dialog")
    browser.click("dialog .primary")
    browser.wait_for(f"return document.querySelector('.run-name')?.innerText === {page.runs[0]!r}")
    assert page.client.get("/health/ready").json()["run_id"] == page.runs[0]
    page.quiet()


def test_long_work_is_started_followed_and_stopped(page: Served) -> None:
    browser = page.browser
    page.open("/#/quality", "#check")
    browser.click("#check")
    page.ready(".job-state")
    browser.wait_for("return document.querySelector('.job-state .chip.good') && document.querySelector('#stop').hidden")
    page.open("/#/quality", ".findings, .fine")
    page.open("/#/work", ".jobs a")
    browser.type("[data-kind=train] [name=epochs]", "100000")
    browser.click("[data-kind=train] button")
    page.ready("#stop")
    browser.click("#stop")
    page.ready("dialog")
    browser.click("dialog .danger")
    browser.wait_for("return document.querySelector('#stop').hidden")
    assert page.client.get("/v1/jobs").json()["jobs"][0]["state"] == "stopped"
    page.quiet()


def test_language_and_theme_are_chosen_and_kept(page: Served) -> None:
    browser = page.browser
    page.open("/#/", "main table")
    browser.click("#language")
    browser.wait_for("return document.querySelector('h1')?.innerText === '概览'")
    assert browser.run("return document.documentElement.lang") == "zh-Hans"
    before = browser.run("return getComputedStyle(document.body).backgroundColor")
    browser.click("#theme")
    assert browser.run("return getComputedStyle(document.body).backgroundColor") != before
    page.open("/icon.svg", "svg")
    page.open("/#/work", ".start")
    assert browser.run("return document.querySelector('h1').innerText") == "任务"
    assert browser.run("return document.documentElement.dataset.theme") == "dark"
    browser.run("localStorage.clear()")
    page.quiet()


def test_errors_are_told_with_their_next_step(page: Served) -> None:
    browser = page.browser
    page.open("/#/user/nobody", ".problem")
    assert "nobody" in page.text(".problem .said")
    assert page.text(".problem .hint")
    page.open("/#/nowhere", ".problem")
    page.open("/#/item/%E0%A4%A", ".problem")  # half of a character
    browser.log("browser")  # has the 404 of the first
    page.open("/#/user/u001", ".card")
    browser.run("document.querySelector('.card .why').click()")
    page.quiet()


def test_what_posts_say_is_on_the_overview(page: Served) -> None:
    page.db.write(
        """
        MATCH (i:Item {itemId: 'i001'})
        UNWIND range(0, 39) AS day
        UNWIND range(1, CASE WHEN day < 20 THEN 1 ELSE 9 END) AS n
        CREATE (p:Post {postId: day * 10 + n, toneAt: datetime('2026-01-01') + duration({days: day}), toneScore: 0.5})
        CREATE (p)-[:MENTIONS {confidence: 1.0, sentiment: 0.5, linkedBy: 'path'}]->(i)
        """
    )
    page.open("/#/work", ".start")
    page.open("/#/", "#alerts li")
    assert "<img src=x" in page.text("#alerts")
    assert len(page.texts("#trends tbody tr")) == 2
    assert page.browser.run("return document.querySelectorAll('#trends .trend .good').length") == 80
    assert faults(page.browser) == []
    page.quiet()


def test_a_key_is_asked_for_where_the_service_has_keys(page: Served, run: Any) -> None:
    added = run("serve", "keys", "add", "reader", "--scope", "read")
    key = added.stdout.strip().splitlines()[-1]
    try:
        browser = page.browser
        page.open("/icon.svg", "svg")
        browser.open(f"{page.client.base_url}/#/user/u001")
        browser.type("dialog input", f"{key}\n")
        page.ready(".card")
        assert not page.texts(".choices .icon-button[aria-label='']")
        assert browser.run("return sessionStorage.length") == 1
        assert browser.run("return !!document.querySelector('#record')") is False
        page.open("/icon.svg", "svg")
        page.open("/#/", ".tiles a")  # what a reader may see
        assert "403" not in page.text()
        browser.log("browser")  # has the 401
    finally:
        run("serve", "keys", "remove", "reader")
        page.browser.run("sessionStorage.clear()")
