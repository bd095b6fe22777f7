"""Events in Neo4j: what they become, once each, and what is refused."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from msgspec.structs import replace

from graphrec.common.errors import InputError, OverloadedError
from graphrec.config.roles import UserRole
from graphrec.config.schema import Behaviour, GraphSchema, Searches
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.ingest.event import Checked, Event, Impression, check_events
from graphrec.ingest.faults import ConflictingEventsError, RefusedEventsError
from graphrec.ingest.spool import FILE, Spool, turns
from graphrec.ingest.store import LIMIT, EventStore
from graphrec.ingest.targets import Targets, stored_time

SCHEMA = GraphSchema(
    behaviours={
        "RATED": Behaviour(strength="rating", dislike=2),
        "SAID": Behaviour(strength="word", values={"good": 2, "bad": 0}, time=""),
        "ORDERED": Behaviour(path="(u)-[:PLACED]->(o:Order)-[:HAS]->(i)", time="o.at"),
        "VIEWED": Behaviour(target=False, context=("presence",)),
    },
    searches={"SEARCHED": Searches()},
)

DONE = """
MATCH (u:User)-[r:RATED|SAID|SEARCHED|SHOWN]-(n)
RETURN u.userId AS user, type(r) AS type, coalesce(n.itemId, n.text) AS on, r.rating AS rating, r.word AS word,
  r.at.epochMillis AS at, r.times AS times, startNode(r) = u AS forward
ORDER BY user, type, on, at
"""


def done(db: Database) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in db.read(DONE)]


def faults(events: list[Event]) -> list[str]:
    with pytest.raises(RefusedEventsError) as error:
        check_events(events, SCHEMA)
    assert [fault.index for fault in error.value.faults] == list(range(len(events)))
    assert all(fault.hint for fault in error.value.faults)
    return [fault.message for fault in error.value.faults]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"type": "RATE"}, "'RATE' is no behaviour"),
        ({"type": "ORDERED"}, "goes over other nodes"),
        ({"value": float("nan")}, "nan"),
        ({"value": -1}, "-1"),
        ({"value": 1e300}, "1e+300"),
        ({"value": "good"}, "'good'"),
        ({"type": "SAID", "value": "god"}, "'god'"),
        ({"type": "VIEWED", "value": 3}, "has no strength"),
        ({"type": "VIEWED", "context": {"presense": "alone"}}, "'presense'"),
        ({"type": "VIEWED", "context": {"presence": ["alone"]}}, "no category"),
        ({"type": "VIEWED", "context": {"presence": 0.5}}, "no category"),
        ({"type": "VIEWED", "context": {"presence": "a" * 201}}, "longer than"),
        ({"context": {"presence": "alone"}}, "does not name it"),
        ({"item": None}, "is a behaviour"),
        ({"item": True}, "True is no id"),
        ({"user": " "}, "empty"),
        ({"user": "a\x00b"}, "control character"),
        ({"user": "\ud800"}, "half of a character"),
        ({"user": "é" * 5000}, "5,000 characters"),
        ({"user": 2**63}, "64 bits"),
        ({"user": ["a", "b"]}, "a list"),
        ({"at": "2999-01-01"}, "more than a day ahead"),
        ({"at": "soon"}, "ISO 8601"),
        ({"at": 1e40}, "outside the years"),
        ({"key": ""}, "empty"),
        ({"key": "k" * 201}, "longer than"),
        ({"type": "SEARCHED"}, "is a search"),
        ({"type": "SEARCHED", "item": None}, "without text"),
        ({"type": "SEARCHED", "item": None, "text": "x" * 1001}, "1,001 characters"),
    ],
)
def test_what_is_no_event_is_refused_with_its_value_and_the_next_step(event: dict[str, Any], said: str) -> None:
    (message,) = faults([Event(**{"user": "anna", "type": "RATED", "item": "1"} | event)])
    assert said in message


def test_every_fault_is_told_and_unknown_types_name_the_known_ones() -> None:
    with pytest.raises(RefusedEventsError) as error:
        check_events([Event(user="a", type="VIEWED", item="1"), Event(user="a", type="X", item="1")], SCHEMA)
    assert "1 of 2 are refused, and none is written: event 1" in error.value.message
    assert error.value.hint == "known: RATED, SAID, SEARCHED, VIEWED"
    assert len(faults([Event(user="", type="RATED", item="1"), Event(user="a", type="RATED")])) == 2


def test_times_are_read_as_in_loading_and_written_as_the_graph_has_them() -> None:
    given = ["2024-03-01", 20240301, "20240301", "2024-03-01T01:00:00+01:00", "1709251200", 1709251200, 1709251200000]
    checked = check_events([Event(user="a", type="VIEWED", item="1", at=at) for at in given], SCHEMA)
    assert {event.at for event in checked} == {1709251200000}
    kinds = ["ZONED DATETIME", "LOCAL DATETIME", "DATE", "epoch seconds as text", "numbers of the form YYYYMMDD"]
    assert [str(stored_time(1709251200000, kind)) for kind in kinds] == [
        "2024-03-01 00:00:00+00:00",
        "2024-03-01 00:00:00",
        "2024-03-01",
        "1709251200",
        "20240301",
    ]


def test_events_are_behaviours_and_searches_written_once(films: Database, settings: Settings) -> None:
    films.write("MATCH (i:Item {itemId: '5'}) CREATE (:User {userId: 'dora'})<-[:SAID {word: 'bad'}]-(i)")
    films.write("MATCH ()-[r:RATED]->() DELETE r")
    with EventStore(films, replace(settings, graph=SCHEMA), patience=60) as store:
        events = [
            Event(user="anna", type="RATED", item="1", value=4.5, at="2024-03-01", key="a"),
            Event(user="new", type="RATED", item=2, at=1709251200.25, key="b"),
            Event(user="anna", type="SAID", item="3", value="good", key="c"),
            Event(user="anna", type="SEARCHED", text="a shark", at="2024-03-01", key="d"),
        ]
        assert store.put(events) == "stored"
        once = done(films)
        assert once == [
            ("anna", "RATED", "1", 4.5, None, 1709251200000, None, True),
            ("anna", "SAID", "3", None, "good", None, None, False),  # as the graph has it
            ("anna", "SEARCHED", "a shark", None, None, 1709251200000, None, True),
            ("dora", "SAID", "5", None, "bad", None, None, False),
            ("new", "RATED", "2", None, None, 1709251200250, None, True),
        ]
        viewed = Event(user="anna", type="VIEWED", item="4", context={"presence": "alone"}, key="e")
        assert [store.put([viewed]), store.put([viewed])] == ["stored", "stored"]
        with pytest.raises(ConflictingEventsError):
            store.put([replace(viewed, context={"presence": "guests"})])
        assert films.read("MATCH (:User)-[r:VIEWED]->() RETURN collect(r.presence) AS all")[0]["all"] == ["alone"]
        assert store.put([*events, events[0]]) == "stored"
        for other in (replace(events[0], value=1), replace(events[0], user="ben"), replace(events[0], item="2")):
            with pytest.raises(ConflictingEventsError, match="'a' is that of another event"):
                store.put([other])
        with pytest.raises(ConflictingEventsError):
            store.put([replace(events[0], type="VIEWED", value=None)])
        with pytest.raises(ConflictingEventsError):
            store.put([Event(user="anna", type="VIEWED", item=item, key="e") for item in ("1", "2")])
        with pytest.raises(RefusedEventsError, match=r"event 1: .* '99'") as error:
            store.put([Event(user="anna", type="VIEWED", item="1"), Event(user="anna", type="VIEWED", item="99")])
        assert error.value.faults[0].kind == "missing"
        with ThreadPoolExecutor(8) as threads:
            view = Event(user="ben", type="VIEWED", item="1", key="f")
            assert set(threads.map(lambda _: store.put([view]), range(40))) == {"stored"}
            free = Event(user="ben", type="VIEWED", item="2")
            assert set(threads.map(lambda _: store.put([free]), range(40))) == {"stored"}
        assert done(films) == once
        views = films.read("MATCH (u)-[r:VIEWED]->(i) RETURN i.itemId AS item, count(r) AS n ORDER BY item")
        assert [tuple(row.values()) for row in views] == [("1", 1), ("2", 40), ("4", 1)]
        while store.waiting:  # those who waited go on before their events are counted off
            time.sleep(0.01)
        assert store.on_disk() == (0, 0.0, 0)


def test_a_new_user_gets_a_key_of_the_type_that_the_others_have() -> None:
    def key(given: object, integers: bool | None, role: UserRole) -> object:
        return Targets(GraphSchema(user=role), {}, {"user": integers}).new_key("user", given)

    plain = UserRole()
    assert [key("7", None, plain), key(7, None, plain), key(7, False, plain), key("7", True, plain)] == ["7", 7, "7", 7]
    for given, role, said in (
        ("abc", plain, "is an integer in this graph"),
        ("07", plain, "is an integer in this graph"),
        ("a/b", UserRole(key=("tenant", "id")), "are only read"),
        ("a", UserRole(label=("Reader", "Member")), "are only read"),
        ("a", UserRole(where="u.active"), "not be among u.active"),
    ):
        with pytest.raises(InputError, match=said) as error:
            key(given, True, role)
        assert error.value.hint


def test_what_the_graph_does_not_take_harms_nothing_else(films: Database, settings: Settings) -> None:
    films.write("CREATE (:Search {searchId: 'x', text: 'shark'})")
    films.auto("CREATE CONSTRAINT mine FOR (s:Search) REQUIRE s.text IS UNIQUE")
    shark, whale = (Event(user="anna", type="SEARCHED", text=text, key=text) for text in ("shark", "whale"))
    path = settings.home / FILE
    with closing(Spool(path)) as spool:
        spool.append(check_events([replace(shark, key="old"), whale], SCHEMA))
        spool.append([Checked(kind="behaviour", user="anna", item="1", type="GONE", key="gone")])
    with EventStore(films, replace(settings, graph=SCHEMA), patience=60) as store:
        while not store.spool.empty():
            time.sleep(0.02)
        dead = {one.event.key: one.reason for one in store.dead()}
        assert dead == {"gone": "GONE is not mapped as a behaviour", "old": dead["old"]}
        assert "already exists" in dead["old"]
        with ThreadPoolExecutor(8) as threads:
            bear = [Event(user="anna", type="SEARCHED", text=f"bear {n}") for n in range(8)]
            told = [threads.submit(store.put, [event]) for event in [*bear[:4], shark, *bear[4:]]]
        with pytest.raises(InputError, match="the graph does not take this"):
            told.pop(4).result()
        assert {one.result() for one in told} == {"stored"}
    path.unlink()
    assert len([row for row in done(films) if row[1] == "SEARCHED"]) == 9


@pytest.mark.long
def test_a_full_queue_refuses_and_says_when_to_come_back(films: Database, settings: Settings) -> None:
    path = settings.home / FILE
    with turns(settings.home):  # another process writes, and takes long
        with EventStore(films, replace(settings, graph=SCHEMA), patience=60) as store, ThreadPoolExecutor(1) as thread:
            one = Event(user="anna", type="VIEWED", item="1")
            many = thread.submit(store.put, [one] * LIMIT)
            while store.waiting < LIMIT:
                time.sleep(0.01)
            with pytest.raises(OverloadedError) as error:
                store.put([one])
            assert error.value.retry_after >= 1
            assert many.result() == "queued"
            assert store.on_disk()[0] == LIMIT
        path.unlink()


def test_impressions_are_counted_once_each(films: Database, settings: Settings) -> None:
    with EventStore(films, settings, patience=60) as store:
        first = Impression(user="anna", items=["4", "5", "4"], run="r", at="2024-03-01", key="k")
        assert store.put_impressions([first, replace(first, at="2024-03-03", key="l")]) == "stored"
        assert store.put_impressions([first, Impression(user="late", items=[4])]) == "stored"
        with pytest.raises(RefusedEventsError, match=r"impression 0: .*'9'"):
            store.put_impressions([Impression(user="anna", items=["4", "9"])])
    assert [row for row in done(films) if row[1] == "SHOWN"] == [
        ("anna", "SHOWN", "4", None, None, None, 2, True),
        ("anna", "SHOWN", "5", None, None, None, 2, True),
        ("late", "SHOWN", "4", None, None, None, 1, True),
    ]
    (row,) = films.read(
        "MATCH ({userId: 'anna'})-[s:SHOWN]->({itemId: '4'}) "
        "RETURN toString(date(s.firstAt)) AS first, toString(date(s.lastAt)) AS last, s.runId AS run"
    )
    assert tuple(row.values()) == ("2024-03-01", "2024-03-03", "r")
