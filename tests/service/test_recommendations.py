"""Recommendations over HTTP: known answers, always of the run that is active now."""

from __future__ import annotations

import asyncio
import threading
import time
from types import SimpleNamespace

import pytest

from graphrec.common.errors import DatabaseError
from graphrec.db.database import connect
from graphrec.ingest.withdrawn import Withdrawn
from graphrec.publishing.publish import publish
from graphrec.service import published
from graphrec.service.published import PublishedLinks
from graphrec.service.shared_reads import SharedReads


def titles(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["items"]]


def test_a_known_user_gets_the_published_links_until_another_run_is_published(film_service, films, film_run, make_run):
    # anna · item = first component: Duel .8, Dune .1, Alien 0.
    answer = film_service.get("/v1/users/anna/recommendations", params={"k": 2})
    assert titles(answer) == ["Duel", "Dune"]
    assert answer.json()["items"][0] == {
        "rank": 1,
        "item_id": "3",
        "title": "Duel",
        "score": pytest.approx(0.8),
        "source": "model",
    }
    assert answer.json()["run_id"] == film_run.run_id
    assert not answer.json()["stale"]
    # What is left out makes room for the next.
    assert titles(film_service.get("/v1/users/anna/recommendations", params={"k": 2, "exclude": "3"})) == [
        "Dune",
        "Alien",
    ]
    # A query that only resembles such a one is the route's to refuse.
    assert film_service.get("/v1/users/anna/recommendations?k=2now=true").status_code == 422
    # What the router need not see is answered as the route answers it, errors included.
    for user in ("anna", "ben", "cleo", "nobody", "an/na"):
        direct, routed = (
            film_service.get(f"/v1/users/{user}/recommendations?{query}") for query in ("k=2", "k=2&now=false")
        )
        assert (direct.status_code, direct.json()) == (routed.status_code, routed.json())
    assert 'route="/v1/users/{user}/recommendations"' in film_service.get("/metrics").text
    # A publication is seen by the next request, and so is going back.
    second = publish(films, film_run, k=2).run_id
    assert film_service.get("/v1/users/anna/recommendations", params={"k": 1}).json()["run_id"] == second
    gone = film_service.post("/v1/runs/rollback").json()
    assert gone == {"run_id": film_run.run_id, "before": second}
    assert film_service.get("/v1/users/anna/recommendations", params={"k": 1}).json()["run_id"] == film_run.run_id


def test_errors_name_the_value_the_place_and_the_next_step(film_service):
    unknown = film_service.get("/v1/users/ana/recommendations")
    assert unknown.status_code == 404
    assert unknown.headers["content-type"] == "application/problem+json"
    problem = unknown.json()
    assert (problem["status"], problem["value"]) == (404, {"user": "ana"})
    assert "'ana'" in problem["detail"]
    assert "anna" in problem["hint"]
    wrong = film_service.get("/v1/users/anna/recommendations", params={"k": "many"})
    assert wrong.status_code == 422
    problem = wrong.json()
    assert (problem["place"], problem["value"]) == ("query.k", "many")
    assert (problem["detail"], problem["hint"]) == ("query.k = 'many' must be a whole number", "give a whole number")


def test_the_answers_of_before_are_given_without_neo4j_until_a_user_is_forgotten(
    settings, films, film_run, monkeypatch
):
    publish(films, film_run, k=3)
    films.write("MATCH (i:Item {itemId: '5'}) SET i.expiresAt = datetime() + duration('PT1H')")
    connection = connect(settings)
    links = PublishedLinks(connection.hurried(), settings, lambda: settings.graph)

    async def ask_around() -> None:
        before = await links.of("anna")
        assert (before.user, before.stale) == ("anna", False)
        connection.close()
        earlier = await links.of("anna")
        assert (earlier.user, earlier.run_id, earlier.stale) == ("anna", before.run_id, True)
        assert [list(row) for row in earlier.rows] == [list(row) for row in before.rows]
        with monkeypatch.context() as later:  # what expires meanwhile is known
            later.setattr(published, "time", SimpleNamespace(time=lambda: time.time() + 7_200))
            expired = [row[0] for row in before.rows if row not in (await links.of("anna")).rows]
        assert expired == ["5"]
        with pytest.raises(DatabaseError):
            await links.of("ben")
        Withdrawn(settings.home).note()  # as forgetting anybody does
        with pytest.raises(DatabaseError):
            await links.of("anna")

    asyncio.run(ask_around())
    links.close()


def test_waiting_questions_are_answered_by_one_read_that_begins_after_them():
    first, rounds = threading.Event(), []

    def read(questions):
        rounds.append(list(questions))
        if len(rounds) == 1:
            first.wait(10)
        return [ValueError(question) if question < 0 else 2 * question for question in questions]

    async def ask_all():
        reads = SharedReads(read, "test")
        began = asyncio.create_task(reads.ask(1))
        while not rounds:
            await asyncio.sleep(0.001)
        rest = [asyncio.create_task(reads.ask(n)) for n in (2, -3, 4)]
        await asyncio.sleep(0.01)
        first.set()
        found = await asyncio.gather(began, *rest, return_exceptions=True)
        reads.close()
        return found

    one, two, failed, four = asyncio.run(ask_all())
    assert (one, two, four) == (2, 4, 8)
    assert isinstance(failed, ValueError)
    assert rounds == [[1], [2, -3, 4]]


def test_the_run_is_opened_at_the_start_if_wanted_and_links_are_served_meanwhile(settings, films, film_run, serving):
    publish(films, film_run, k=3)
    with serving(settings.override("serve", preload=True)) as client:
        assert titles(client.get("/v1/users/anna/recommendations?k=1")) == ["Duel"]
        until = time.monotonic() + 60
        while "live answers" not in {one.name for one in threading.enumerate()}:
            assert time.monotonic() < until
            time.sleep(0.05)
        # This run was made without a model: who asks for what needs one is told.
        assert client.post("/v1/recommendations", json={"likes": ["1"]}).status_code == 409
