"""Neo4j stops, a process that stores events is killed, Neo4j comes back: what was acknowledged is there, once."""

from __future__ import annotations

import asyncio
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graphrec.common.errors import DatabaseError
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.db.server import ensure, stop
from graphrec.ingest.event import Event, Impression
from graphrec.ingest.faults import RefusedEventsError
from graphrec.ingest.spool import FILE
from graphrec.ingest.store import EventStore
from graphrec.ingest.withdrawn import FILE as WITHDRAWN
from graphrec.ingest.withdrawn import Withdrawn
from graphrec.publishing.publish import publish
from graphrec.runs.run import Run
from graphrec.service.published import PublishedLinks

pytestmark = pytest.mark.long

#: Stores events from four threads, one after the other in each, and prints the key of each when it is acknowledged.
CHILD = """
import sys, time
from concurrent.futures import ThreadPoolExecutor
from graphrec.config.settings import load_settings
from graphrec.db.database import connect
from graphrec.ingest.event import Event
from graphrec.ingest.store import EventStore

name = sys.argv[1]
with connect(settings := load_settings()) as db:
    store = EventStore(db, settings)
    def work(thread):
        for number in range(5000):
            key = f"{name}-{thread}-{number}"
            event = Event(user=f"{name}{thread}", type="VIEWED", item="1", at=1709251200 + number, key=key)
            outcome = store.put([event])
            sys.stdout.write(f"{key} {outcome}\\n")
            sys.stdout.flush()
            time.sleep(0.02)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
"""


def started(name: str, told: Path) -> subprocess.Popen[bytes]:
    with told.open("w") as file:
        return subprocess.Popen([sys.executable, "-c", CHILD, name], stdout=file, stderr=subprocess.STDOUT)


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def earlier(films: Database, film_run: Run, settings: Settings) -> Iterator[PublishedLinks]:
    """Published links that remember those of anna."""
    publish(films, film_run, k=3)
    links = PublishedLinks(films.hurried(), settings, lambda: settings.graph)
    assert [row[0] for row in asyncio.run(links.of("anna")).rows] == ["3", "5", "4"]
    yield links
    links.close()
    (settings.home / WITHDRAWN).unlink()


def without_what_was_withdrawn(earlier: PublishedLinks, settings: Settings) -> None:
    """Earlier answers are without an item that was hidden since; there is none after somebody was forgotten."""
    withdrawn = Withdrawn(settings.home)
    withdrawn.note("5")
    links = asyncio.run(earlier.of("anna"))
    assert (links.stale, [row[0] for row in links.rows]) == (True, ["3", "4"])
    withdrawn.note()
    with pytest.raises(DatabaseError):
        asyncio.run(earlier.of("anna"))


def test_acknowledged_events_outlive_neo4j_and_the_process(
    films: Database, earlier: PublishedLinks, settings: Settings
) -> None:
    films.write("MATCH (u:User), (i:Item {itemId: '1'}) CREATE (u)-[:VIEWED {at: datetime()}]->(i)")
    spool = settings.home / FILE
    told = {name: settings.root / name for name in "ab"}
    children = {name: started(name, path) for name, path in told.items()}
    try:
        with EventStore(films, settings, patience=60) as store:
            assert store.put([Event(user="anna", type="VIEWED", item="2", key="before")]) == "stored"
            until(lambda: all("stored" in path.read_text() for path in told.values()))
            stop(settings.home)
            until(lambda: all("queued" in path.read_text() for path in told.values()))
            without_what_was_withdrawn(earlier, settings)
            children["a"].kill()
            children["a"].wait()
            again = Event(user="anna", type="VIEWED", item="2", key="before")
            assert store.put([again, Event(user="x", type="VIEWED", item="2")]) == "queued"
            assert store.put([Event(user="gone", type="VIEWED", item="99", key="lost")]) == "queued"
            shown = Impression(user="anna", items=["3"], key="seen")
            assert {store.put_impressions([shown]) for _ in range(3)} == {"queued"}
            with pytest.raises(RefusedEventsError):
                store.put([Event(user="anna", type="SEEN", item="1")])
            assert store.on_disk()[0] >= 6
            assert stat.S_IMODE(spool.stat().st_mode) == 0o600
            assert b"gone" in b"".join(part.read_bytes() for part in spool.parent.glob(f"{spool.name}*"))
            ensure(settings.home)
            until(store.spool.empty)
            (dead,) = store.dead()
            assert (dead.event.key, store.on_disk()[2]) == ("lost", 1)
            assert "no (Item) has itemId '99'" in dead.reason
            children["b"].kill()
            children["b"].wait()
            until(store.spool.empty)
            assert store.put([Event(user="anna", type="VIEWED", item="2", key="after")]) == "stored"
    finally:
        for child in children.values():
            child.kill()
            child.wait()
        spool.unlink()
    lines = [line.split() for path in told.values() for line in path.read_text().splitlines() if " " in line]
    assert {outcome for _, outcome in lines} == {"stored", "queued"}
    acknowledged = {key for key, _ in lines}
    query = "MATCH ()-[r:VIEWED]->() WHERE r.eventKey IS NOT NULL RETURN r.eventKey AS key, count(*) AS n"
    there = {row["key"]: row["n"] for row in films.read(query)}
    assert acknowledged <= there.keys()
    assert set(there.values()) == {1}
    assert {"before", "after"} <= there.keys()
    (row,) = films.read("MATCH (u)-[s:SHOWN]->(i) RETURN u.userId AS user, i.itemId AS item, s.times AS times")
    assert tuple(row.values()) == ("anna", "3", 1)
    assert films.read("MATCH (u:User {userId: 'x'})-[:VIEWED]->(i) RETURN i.itemId AS item")[0]["item"] == "2"
