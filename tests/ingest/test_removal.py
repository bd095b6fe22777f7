"""Forgetting a user, cleaning the database, inspecting and loading, where events and impressions came in."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.graph.mapping import resolve
from graphrec.graph.proposal import propose
from graphrec.graph.survey import survey
from graphrec.ingest.event import Checked, Event, Impression
from graphrec.ingest.spool import FILE, Spool, Waiting
from graphrec.ingest.store import EventStore
from graphrec.ingest.withdrawn import Withdrawn
from graphrec.serving.explain import explain
from graphrec.serving.listings import popular

#: The constraints on keys of events.
KEYED = "SHOW CONSTRAINTS YIELD name WHERE name STARTS WITH 'eventKey' RETURN name"


@pytest.mark.long
def test_what_came_in_is_no_feature_and_can_be_removed(
    films: Database, settings: Settings, run: Callable[..., Any]
) -> None:
    films.write("MATCH ()-[r:RATED]->() SET r.at = datetime()")
    before, proposed = resolve(films, settings.graph), propose(films, survey(films))
    users = {row["item"]: row["users"] for row in popular(films, settings)}
    with EventStore(films, settings, patience=60) as store:
        for user in ("anna-the-first", "ben"):
            store.put([Event(user=user, type="RATED", item="5", key=f"of {user}")])
            store.put_impressions([Impression(user=user, items=["1", "4"])])
    films.write("MATCH (b:User {userId: 'ben'}), (i:Item {itemId: '5'}) CREATE (b)-[:SHOWN {mine: true}]->(i)")
    assert resolve(films, settings.graph) == before
    assert propose(films, survey(films)).schema == proposed.schema
    # Where the mapping names no behaviours, impressions are none either.
    assert {row["item"]: row["users"] for row in popular(films, settings)} == {**users, "5": 2}
    done = [one.relations for one in explain(films, settings.graph, "ben", "5") if one.kind == "done"]
    assert done == [["RATED"]]

    with closing(Spool(settings.home / FILE)) as spool:
        events = [
            Checked(kind="behaviour", user=user, item="1", type="RATED", key=user)
            for user in ("anna-the-first", "ben", "anna-the-first")
        ]
        spool.append(events)
        spool.done([], [(Waiting(one.place, one.event), "gone") for one in spool.first(1)])
        assert (spool.depth()[0], spool.dead_count()) == (2, 1)
        done = run("forget", "anna-the-first", "--yes", "--json")
        assert done.exit_code == 0, done.stderr
        removed = json.loads(done.stdout)
        assert removed["removed"]["graph"]["relationships"] == {"RATED": 1, "SHOWN": 2}
        assert removed["removed"]["events"] == 2
        assert removed["left"] is None
        assert Withdrawn(settings.home).all_since(0)  # services drop the answers that they remember
        assert [one.event.user for one in spool.first(9)] == ["ben"]
        assert spool.dead_count() == 0
        assert not any(b"anna-the-first" in part.read_bytes() for part in (settings.home / FILE).parent.glob("events*"))
        spool.done(spool.first(9))

    with EventStore(films, settings, patience=60) as store:  # a service that goes on meanwhile
        assert store.put([Event(user="ben", type="RATED", item="5", key="of ben")]) == "stored"
        done = run("db", "clean", "--yes", "--json")
        assert done.exit_code == 0, done.stderr
        left = "MATCH (:User {userId: 'ben'})-[r]->({itemId: '5'}) RETURN type(r) AS t, keys(r) AS k ORDER BY t"
        assert [tuple(row.values()) for row in films.read(left)] == [("RATED", ["at"]), ("SHOWN", ["mine"])]
        assert films.read(KEYED) == []
        while not films.read(KEYED):
            store.put([Event(user="ben", type="RATED", item="4", key="again")])
        rated = films.read("MATCH ({userId: 'ben'})-[r:RATED {eventKey: 'again'}]->() RETURN count(r) AS n")
        assert rated[0]["n"] == 1
    found = json.loads(done.stdout)
    assert (found["shown"], found["keyed"]) == (2, 1)
    assert "eventKeyRATED" in found["constraints"]
