"""The page of an explanation: seen by a real browser without a network, on wide, narrow and dark screens."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from graphrec.content.thumbnail import thumbnails
from graphrec.explanation.explanation import Explanation
from graphrec.explanation.named_reason import NamedReason, Via
from graphrec.presentation.explanation_html import PicturedExplanation, html_of, pictured
from graphrec.presentation.html_page import write_page
from tests.web_browser import WebBrowser

HOSTILE = "<script>document.title='owned'</script>\"' onload=x \u202egnp\x1b[2J</b><img src=https://example.org/x>"
SHOWN = HOSTILE.replace("\u202e", "\\u202e").replace("\x1b", "\\u001b")


def rated(item: str, title: str, share: float = 0.0, *relations: str, rating: float = 5) -> Via:
    return Via(item, title, ("RATED",), rating, relations, share)


def explanation(title: str = "They Live", name: str = "John Carpenter") -> Explanation:
    thing, alien = "The Thing", "Alien"
    return Explanation(
        user="anna",
        item="they live",
        title=title,
        run_id="run-1",
        score=1.402,
        rank=3,
        n_items=1682,
        components={"network": 0.92, "similar": 0.41, "als": 0.15, "bias": -0.12, "popularity": 0.042},
        past_items=[
            (rated("thing", thing), 0.45),
            (rated("alien", alien), 0.41),
            (rated("x", "Titanic", rating=2), -0.09),
        ],
        reasons=[
            NamedReason(
                "entity",
                0.4,
                (rated("thing", thing, 0.2, "DIRECTED_BY"), rated("fog", "The Fog", 0.1, "DIRECTED_BY", "WRITTEN_BY")),
                5,
                "jc",
                name,
                relations=("DIRECTED_BY",),
            ),
            NamedReason("item", 0.3, (rated("alien", alien, 0.3),), 1370),
            NamedReason("content", 0.2, (rated("thing", thing, 0.15), rated("alien", alien, 0.05)), 2, modality="text"),
            NamedReason("link", 0.05, (rated("fog", "The Fog", 0.05),), 1, relations=("RELATED_TO",), exists=False),
        ],
    )


#: Shares of the edges: to The Thing, The Fog, Alien, three more; to what is in common; to the item.
SHARES = sorted([0.35, 0.15, 0.35, 0.1, 0.2, 0.1, 0.1, 0.3, 0.15, 0.05, 0.05, 0.4, 0.3, 0.2, 0.05])


@pytest.fixture
def images(tmp_path: Path) -> dict[Any, str]:
    Image.new("RGB", (1200, 1800), "darkred").save(tmp_path / "thing.png")
    found, _ = thumbnails({"thing": "thing.png", "they live": "thing.png"}, [tmp_path], 240)
    return found


def texts(browser: WebBrowser, css: str) -> list[str]:
    found: list[str] = browser.run(f"return Array.from(document.querySelectorAll({css!r}), e => e.textContent)")
    return found


def opacity(browser: WebBrowser, css: str) -> set[str]:
    script = f"return Array.from(document.querySelectorAll({css!r}), e => getComputedStyle(e).opacity)"
    return set(browser.run(script))


def requested(browser: WebBrowser) -> set[str]:
    """Return what pages have asked for since the last call."""
    events = [json.loads(entry)["message"] for entry in browser.log("performance")]
    urls = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    return {url.partition(";")[0] if url.startswith("data:") else url for url in urls}


#: Pairs of nodes that cover each other, and nodes whose text does not fit.
FAULTS = """
const nodes = Array.from(document.querySelectorAll('.node')), boxes = nodes.map(n => n.getBoundingClientRect());
const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
const found = nodes.filter(n => n.scrollHeight > n.clientHeight + 1 || n.scrollWidth > n.clientWidth + 1);
return found.map(n => n.innerText).concat(boxes.flatMap((a, n) =>
  boxes.slice(n + 1).filter(b => !apart(a, b)).map(b => [a.left, a.top, b.left, b.top].join(' '))));
"""


def test_a_browser_shows_the_paths_without_a_network(
    web_browser: WebBrowser, images: dict[Any, str], tmp_path: Path
) -> None:
    browser, file = web_browser, tmp_path / "why.html"
    write_page(file, html_of(explanation(), images))
    browser.offline()
    requested(browser)
    browser.emulate(1100)
    browser.open(file.as_uri())

    assert browser.run("return document.title") == "Why “They Live”"
    chosen, common = ["The Thing", "The Fog", "Alien", "3 more"], ["John Carpenter", "1370 others chose both"]
    common += ["similar text", "directly related"]
    assert Counter(texts(browser, ".node b")) == Counter(["anna", *chosen, *common, "They Live"])
    assert browser.run("return document.querySelectorAll('img').length") == 2
    assert browser.run("return Array.from(document.images).every(i => i.complete && i.naturalWidth === 160)")
    assert {"DIRECTED_BY", "DIRECTED_BY, WRITTEN_BY", "RELATED_TO", "RATED 5"} == set(texts(browser, ".label"))
    for kind in ("wide", "narrow"):
        drawn = f".edges.{kind} path"
        widths = browser.run(
            f"return Array.from(document.querySelectorAll('{drawn}'), e => parseFloat(getComputedStyle(e).strokeWidth))"
        )
        unit = max(widths) / max(SHARES)
        assert sorted(widths) == pytest.approx([share * unit for share in SHARES], abs=2e-3)

    # The alternative to the picture, as a screen reader has it.
    tree = browser.devtools("Accessibility.getFullAXTree")["nodes"]
    (picture,) = [node for node in tree if node.get("role", {}).get("value") == "image" and "path" in str(node["name"])]
    told = [reason.sentence() for reason in explanation().reasons]
    assert all(sentence[1:] in picture["description"]["value"] for sentence in told)
    assert [text.removesuffix(" (no longer in the graph)") for text in texts(browser, ".text")] == told
    shares = [float(text) for text in texts(browser, ".components .share")[1:]]
    assert shares[-1] == 1.402
    assert sum(shares[:-1]) == pytest.approx(shares[-1])

    # A path stands out while its sentence is pointed at, or has the focus.
    assert opacity(browser, ".node") == {"1"}
    browser.point_at(".reasons li:nth-child(2)")
    browser.wait_for("return getComputedStyle(document.querySelector('.node.entity')).opacity < 0.2")
    assert opacity(browser, ".node[data-p~='2'], .edges.wide [data-p~='2']") == {"1"}
    assert opacity(browser, ".node[data-p]:not([data-p~='2'])") == {"0.16"}
    browser.point_at("h1")
    browser.run("document.querySelector('.reasons li:nth-child(4)').focus()")
    browser.wait_for("return getComputedStyle(document.querySelector('.node.item')).opacity < 0.2")
    assert opacity(browser, ".node.link") == {"1"}
    browser.run("document.activeElement.blur()")

    assert browser.run(FAULTS) == []
    browser.screenshot(tmp_path / "wide.png")
    browser.emulate(390, dark=True)
    assert browser.run("return document.documentElement.scrollWidth") <= 390
    assert browser.run(FAULTS) == []
    assert browser.run("return getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"
    browser.screenshot(tmp_path / "narrow.png")
    assert requested(browser) == {file.as_uri(), "data:image/jpeg"}
    assert browser.log("browser") == []


def test_hostile_names_are_text(web_browser: WebBrowser, tmp_path: Path) -> None:
    browser, file = web_browser, tmp_path / "why.html"
    found = explanation(HOSTILE, HOSTILE)
    via = (Via(HOSTILE, HOSTILE, (HOSTILE,), 5, (HOSTILE,), 0.1),)
    reasons = [replace(reason, relations=(HOSTILE,), via=via) for reason in found.reasons]
    found = replace(found, user=HOSTILE, run_id=HOSTILE, reasons=reasons, components={HOSTILE: 1.0})
    shown = PicturedExplanation.of(found)
    write_page(file, f"<!doctype html><style>* {{ color: red }}</style>{shown._repr_html_()}")
    browser.offline()
    browser.emulate(1000)
    requested(browser)
    browser.open(file.as_uri())
    assert browser.run("return document.querySelectorAll('script, img, b').length") == 0
    high = browser.run("return document.querySelector('iframe').clientHeight")
    browser.enter_frame(0)
    assert texts(browser, ".node.scored b, .node.user b, .node.entity b, .components tbody th") == [SHOWN] * 4
    assert browser.run("return document.title") == f"Why “{SHOWN}”"
    assert browser.run("return document.querySelectorAll('script, img').length") == 0
    names = browser.run("return Array.from(document.querySelectorAll('*')).flatMap(e => e.getAttributeNames())")
    assert not [name for name in names if name.startswith("on") or name in ("src", "href")]
    assert browser.run("return getComputedStyle(document.body).color") == "rgb(29, 35, 40)"
    assert browser.run(FAULTS) == []
    assert requested(browser) <= {file.as_uri(), "about:srcdoc"}
    assert browser.log("browser") == []
    assert high > 600


def test_chinese_and_what_cannot_be_drawn() -> None:
    page = html_of(explanation(), language="zh")
    assert '<html lang="zh">' in page
    assert "另有1370位用户两者都选" in page
    assert not re.search("Reasons|The width", page)
    alone = replace(explanation(), reasons=[], past_items=[], rank=None)
    page = html_of(alone)
    assert "No path" in page
    assert "<svg" not in page
    assert "1.402" in page
    assert pictured(alone) == ["they live"]
    assert pictured(explanation()) == ["they live", "thing", "fog", "alien"]


def test_shares_of_any_size_are_read() -> None:
    small = replace(
        explanation(), score=1.5e-5, components={"network": 1.2e-5, "bias": 3e-6}, reasons=[], past_items=[]
    )
    assert "0.0000120" in html_of(small)
    assert "0.000" in html_of(replace(small, score=0.0, components={"network": 0.0}))


def test_images_stay_out_of_the_data(images: dict[Any, str]) -> None:
    found = explanation()
    assert PicturedExplanation.of(found, images).to_dict() == found.to_dict()
