"""``graphrec recommend`` for whoever asks now."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch

from graphrec.common.errors import InputError, NotFoundError
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.publishing.publish import publish
from graphrec.publishing.registry import rollback
from graphrec.runs.run import Run
from graphrec.runs.store import open_run
from graphrec.serving.live import LiveRecommender, liked
from graphrec.serving.live_answers import LiveAnswers
from graphrec.serving.recommend import Recommended, recommend
from graphrec.serving.request import Event, Request
from graphrec.training.train import train

TOML = """
[train]
epochs = 8
lr = 0.02
"""
Sampled = tuple[Settings, Database, Run]


@pytest.fixture(scope="module")
def sample(sample_project: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sampled]:
    """A small made catalogue with a published run."""
    with sample_project(tmp_path_factory.mktemp("now"), TOML, users=60, items=40) as (settings, db):
        run = train(db, settings).run
        publish(db, run, k=10)
        yield settings, db, run


def _rows(run: Callable[..., Any], *args: str) -> list[dict[str, Any]]:
    done = run("recommend", *args, "--json")
    assert done.exit_code == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def test_what_has_been_done_since_counts_when_asked_for(sample: Sampled, run: Callable[..., Any]) -> None:
    db = sample[1]
    links, now = _rows(run, "u001"), _rows(run, "u001", "--now")
    assert [row["item"] for row in now] == [row["item"] for row in links]
    assert [row["score"] for row in now] == pytest.approx([row["score"] for row in links], abs=1e-4)
    assert {row["source"] for row in [*links, *now]} == {"model"}
    first = links[0]["item"]
    db.write(
        "MATCH (u:User {userId: 'u001'}), (i:Item {itemId: $item}) "
        "CREATE (u)-[:PURCHASED {fresh: true, at: datetime('2030-01-01T00:00:00Z')}]->(i)",
        item=first,
    )
    assert _rows(run, "u001")[0]["item"] == first
    assert first not in [row["item"] for row in _rows(run, "u001", "--now")]
    db.write("MATCH ()-[r {fresh: true}]->() DELETE r")


def test_a_user_who_came_after_the_training_is_served_at_once(sample: Sampled, run: Callable[..., Any]) -> None:
    _, db, trained = sample
    nobody = _rows_of_new_user(db, run, "")
    assert {row["source"] for row in nobody} == {"popularity"}
    users = trained.seen("all").sum(axis=0)
    assert nobody[0]["item"] == trained.items[int(users.argmax())]
    liking = _rows_of_new_user(
        db, run, "MATCH (i:Item) WHERE i.itemId IN ['i001', 'i002', 'i003'] CREATE (u)-[:PURCHASED]->(i)"
    )
    assert {row["source"] for row in liking} == {"model"}
    assert not {"i001", "i002", "i003"} & {row["item"] for row in liking}
    told = LiveRecommender(trained).scores(liked(trained, ["i001", "i002", "i003"]))
    assert told is not None
    assert liking[0]["score"] == pytest.approx(
        max(score for place, score in enumerate(told.scores.tolist()) if place not in told.done), abs=1e-4
    )


def _rows_of_new_user(db: Database, run: Callable[..., Any], query: str) -> list[dict[str, Any]]:
    db.write(f"CREATE (u:User {{userId: 'walk in'}}) WITH u {query or 'RETURN u'}")
    try:
        return _rows(run, "walk in")
    finally:
        db.write("MATCH (u:User {userId: 'walk in'}) DETACH DELETE u")


def test_who_only_did_what_the_run_does_not_know_is_served_by_what_that_is(
    sample: Sampled, run: Callable[..., Any]
) -> None:
    db = sample[1]
    db.write(
        """
        CREATE (u:User {userId: 'walk in', fresh: true})-[:PURCHASED]->(i:Item {itemId: 'new one', fresh: true})
        WITH i MATCH (:Item {itemId: 'i001'})-[:HAS_GENRE]->(e) CREATE (i)-[:HAS_GENRE]->(e)
        """
    )
    known = _rows(run, "walk in")
    assert known[0]["source"] == "knowledge"
    genre = "MATCH (:Item {itemId: $item})-[:HAS_GENRE]->(e)<-[:HAS_GENRE]-({itemId: 'new one'}) RETURN count(e) AS n"
    assert db.read(genre, item=known[0]["item"])[0]["n"] > 0
    db.write("MATCH (i:Item) WHERE i.itemId IN ['i005', 'new one'] SET i.contentVector = [1.0, 0.0]")
    alike = _rows(run, "walk in")
    assert (alike[0]["item"], alike[0]["source"]) == ("i005", "content")
    assert {row["source"] for row in alike[1:]} == {"popularity"}
    db.write("MATCH (i:Item) REMOVE i.contentVector")
    db.write("MATCH (n {fresh: true}) DETACH DELETE n")


def test_nobody_in_particular_is_served_by_what_they_like(sample: Sampled, run: Callable[..., Any]) -> None:
    trained = sample[2]
    rows = _rows(run, "--like", "i001", "--like", "i002", "-k", "5")
    assert len(rows) == 5
    assert not {"i001", "i002"} & {row["item"] for row in rows}
    folder = LiveRecommender(trained)
    found = folder.scores(liked(trained, ["i001", "i002"]))
    assert found is not None
    scores = found.scores
    best = torch.from_numpy(scores).argsort(descending=True).tolist()
    expected = [trained.items[place] for place in best if trained.items[place] not in ("i001", "i002")]
    assert [row["item"] for row in rows] == expected[:5]
    fewer = _rows(run, "--like", "i001", "--where", "i.itemId < 'i010'", "-k", "40")
    assert {row["item"] for row in fewer} == {f"i00{n}" for n in range(2, 10)}


def test_a_user_may_like_more(sample: Sampled, run: Callable[..., Any]) -> None:
    before = [row["score"] for row in _rows(run, "u001")]
    assert [row["score"] for row in _rows(run, "u001", "--like", "i030")] != before


def test_interests_take_turns(sample: Sampled, run: Callable[..., Any]) -> None:
    settings = sample[0]
    file = settings.root / "graphrec.toml"
    old = file.read_text(encoding="utf-8")
    file.write_text(old + "\n[recommend]\ninterests = 3\n", encoding="utf-8")
    try:
        rows = [_rows(run, user) for user in ("u001", "u002", "u003", "u004", "u005", "u006")]
    finally:
        file.write_text(old, encoding="utf-8")
    assert all([row["rank"] for row in one] == list(range(1, 11)) for one in rows)
    assert all(row["interest"] >= 1 for one in rows for row in one)
    assert all(len({row["item"] for row in one}) == 10 for one in rows)


def test_wrong_questions_are_answered_plainly(sample: Sampled, run: Callable[..., Any]) -> None:
    for args, said in (
        ((), "name a USER"),
        (("--like", "i001", "--explain"), "name a USER"),
        (("--like", "no such item"), "no such item"),
        (("u001", "--search", "stars"), "graphrec embed"),
        (("nobody",), "nobody"),
    ):
        done = run("recommend", *args)
        assert done.exit_code == 2
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_answering_does_without_what_only_training_needs() -> None:
    loaded = "import sys, graphrec.serving.live, graphrec.model.user_encoder; print('torch_geometric' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"


@pytest.mark.long
def test_many_users_now_are_answered_as_each_of_them(sample: Sampled) -> None:
    settings, db, _ = sample
    db.write("CREATE (u:User {userId: 'walk in'}) WITH u MATCH (i:Item {itemId: 'i003'}) CREATE (u)-[:PURCHASED]->(i)")
    users = ["u001", "walk in", "u002", "u003"]
    try:
        for asked_for in ({"now": True}, {"likes": ["i001"]}, {"where": "i.itemId < 'i020'"}, {}):
            together = recommend(db, settings, users, 5, **asked_for)
            for user, one in zip(users, together, strict=True):
                same(one, recommend(db, settings, [user], 5, **asked_for)[0])
            assert all(len(one.rows) == 5 for one in together)
        live_answers_are_the_same(db, settings, users)
    finally:
        db.write("MATCH (u:User {userId: 'walk in'}) DETACH DELETE u")


def same(one: Recommended, other: Recommended) -> None:
    """Compare two answers; adding up in another order changes the last digits of scores."""
    scores = [[row["score"] for row in answer.rows] for answer in (one, other)]
    assert scores[0] == pytest.approx(scores[1], rel=1e-6)
    plain = [replace(answer, rows=[row | {"score": 0} for row in answer.rows]) for answer in (one, other)]
    assert plain[0] == plain[1]


def shown_in_vain_steps_back(db: Database, settings: Settings, before: Recommended) -> None:
    best = before.rows[0]["item"]
    db.write(
        "MATCH (u:User {userId: 'u001'}), (i:Item {itemId: $item}) "
        "CREATE (u)-[:SHOWN {runId: 'r', times: 3, firstAt: datetime(), lastAt: datetime()}]->(i)",
        item=best,
    )
    live = LiveAnswers(db, settings.override("serve", cool_down=3))
    try:
        rows = live.recommend("u001", 40, Request(now=True)).rows
        assert [row["item"] for row in rows][:4] == [row["item"] for row in before.rows[1:]]
        assert rows[-1]["item"] == best
    finally:
        live.close()
        db.write("MATCH ()-[s:SHOWN]->() DELETE s")


def live_answers_are_the_same(db: Database, settings: Settings, users: list[str]) -> None:
    """Ask for many answers at once, some of which are errors, while another run is published and taken back."""
    live = LiveAnswers(db, settings)
    now = Request(now=True)
    try:
        live.open()
        asked = [live.ask(user, 5, now) for user in [*users, "nobody", *users]]
        wrong = live.ask(None, 5, Request(events=[Event("NONE", "i001")]))
        lost = live.ask("u002", 5, Request(category="no such genre"))
        found = [one.result() for one in asked]
        assert found[len(users)] is None
        for user, one in zip([*users, *users], [*found[:4], *found[5:]], strict=True):
            assert one is not None
            same(one, recommend(db, settings, [user], 5, now=True)[0])
        with pytest.raises(InputError, match=r"event type 'NONE'"):
            wrong.result()
        with pytest.raises(NotFoundError, match="no category 'no such genre'"):
            lost.result()
        with pytest.raises(NotFoundError, match="no \\(User\\) has userId 'nobody'"):
            live.recommend("nobody", 5, now)
        with pytest.raises(NotFoundError, match="has the id or the title 'no such item'"):
            live.recommend(None, 5, Request(likes=["i001", "no such item"]))
        # Who gives up while others wait harms none of them.
        given_up = [live.ask("u001", 5, now) for _ in range(40)]
        assert True in [one.cancel() for one in given_up]  # all of them are to be cancelled
        first = live.ask("u001", 5, now).result()
        assert first is not None
        second = publish(db, open_run(settings, first.run_id), k=3).run_id
        assert live.recommend("u001", 5, now).run_id == second
        rollback(db)
        assert live.recommend("u001", 5, now).run_id == first.run_id
        assert live.recommend("u001", 5, now, second).run_id == second  # as an experiment asks for it
        shown_in_vain_steps_back(db, settings, first)
    finally:
        live.close()
    session = [Event("PURCHASED", item) for item in ("i001", "i002")]
    live = LiveAnswers(db, settings)
    asked = [live.ask(None, 5, Request(events=session)), live.ask(None, 5, Request(likes=["i001", "i002"]))]
    live.close()  # what waits is answered
    by_events, by_likes = (one.result() for one in asked)
    assert by_events is not None
    assert by_likes is not None
    assert [row["item"] for row in by_events.rows] == [row["item"] for row in by_likes.rows]
    assert by_events.rows[0]["source"] == "model"
