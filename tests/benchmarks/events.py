"""What storing events costs: ``python tests/benchmarks/events.py``.

In a temporary Neo4j with 200 users, one of them with very many behaviours: finding an event by its key, by the
constraint and without it; writing with and without the constraint; calls of several threads, one event or several each;
and events to the disk.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import load_settings
from graphrec.db import queries
from graphrec.db.database import Database, connect
from graphrec.db.server import stop
from graphrec.ingest.event import Event, check_events
from graphrec.ingest.spool import Spool
from graphrec.ingest.store import EventStore

DEGREES = (200, 2_000, 10_000)
BY_USER = "MATCH (u:User {userId: $user})-[r:RATED]->() WHERE r.eventKey = $key RETURN r.eventKey AS key"
BY_KEY = "MATCH ()-[r:RATED]->() WHERE r.eventKey = $key RETURN r.eventKey AS key"
CREATE = """
UNWIND $rows AS row
MATCH (u:User {userId: row[0]}), (i:Item {itemId: row[1]})
CREATE (u)-[:RATED {eventKey: row[2], at: datetime()}]->(i)
"""


def seconds(work: Callable[[], object], times: int = 9) -> float:
    """Return the median of several times."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return median(found)


def hits(db: Database, query: str, **parameters: str) -> int:
    """Return how often a query accesses the store, by Neo4j's own count: on a busy machine it says more than time."""
    with db._session() as session:
        left = [session.run("PROFILE " + query, parameters).consume().profile or {}]
    found = 0
    for part in left:
        found += part["dbHits"]
        left += part.get("children", [])
    return found


def write(db: Database, name: str, n: int, user: str | None = None) -> float:
    """Write behaviours with keys, and return the seconds."""
    rows = [[user or f"u{k % 200}", f"i{k % 1000}", f"{name}-{k}"] for k in range(n)]
    began = time.perf_counter()
    for start in range(0, n, 1_000):
        db.write_once(CREATE, rows=rows[start : start + 1_000])
    return time.perf_counter() - began


def calls(store: EventStore, threads: int, each: int, size: int) -> str:
    """Return events a second, and how long calls take."""

    outcomes = Counter[str]()

    def work(thread: int) -> list[float]:
        found = []
        for number in range(each):
            events = [Event(user=f"u{thread}", type="RATED", item=f"i{(number + k) % 1000}") for k in range(size)]
            began = time.perf_counter()
            outcomes[store.put(events)] += 1
            found.append(time.perf_counter() - began)
        return found

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        took = sorted(one for some in pool.map(work, range(threads)) for one in some)
    total = time.perf_counter() - began
    p50, p99 = (1_000 * took[int(share * (len(took) - 1))] for share in (0.5, 0.99))
    return f"{threads * each * size / total:,.0f} events/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms, {dict(outcomes)}"


def lookups(db: Database, degrees: Sequence[int]) -> None:
    """Print what it takes to find the last of a user's events, before the constraint is made, and after."""
    last = {degree: f"d{degree}-{degree - 1}" for degree in degrees}
    for degree in degrees:
        write(db, f"d{degree}", degree, f"hub{degree}")
        found = hits(db, BY_USER, user=f"hub{degree}", key=last[degree])
        print(f"find a key among {degree:,} of a user without the constraint: {found:,} accesses to the store")
    db.auto(queries.load("ingest/key_constraint"), constraint="eventKeyRATED")
    for degree in degrees:
        print(f"with it: {hits(db, BY_KEY, key=last[degree]):,}")


def main() -> None:
    """Run the benchmark."""
    with tempfile.TemporaryDirectory(prefix="events-") as folder:
        os.chdir(folder)
        os.environ["GRAPHREC_HOME"] = f"{folder}/home"
        settings = load_settings()
        schema = GraphSchema(behaviours={"RATED": Behaviour()})
        try:
            with connect(settings, create=True) as db:
                for label, key, n in (("User", "userId", 200), ("Item", "itemId", 1_000)):
                    db.auto(queries.load(f"schema/{label.lower()}"))
                    db.write(f"UNWIND range(0, {n - 1}) AS k CREATE (:{label} {{{key}: '{label[0].lower()}' + k}})")
                db.write(f"UNWIND {list(DEGREES)} AS d CREATE (:User {{userId: 'hub' + d}})")
                write(db, "warm", 3_000)
                print(f"write 3,000 without the constraint: {3_000 / write(db, 'a', 3_000):,.0f}/s")
                lookups(db, DEGREES)
                write(db, "again", 3_000)
                print(f"write 3,000 with it: {3_000 / write(db, 'b', 3_000):,.0f}/s")
                with EventStore(db, settings) as store:
                    calls(store, 4, 50, 1)
                    for threads, each, size in ((1, 50, 1), (16, 50, 1), (16, 5, 100)):
                        print(f"{threads} threads, {size} events a call: {calls(store, threads, each, size)}")
                spool = Spool(Path("events.sqlite"))
                for size in (1, 100):
                    some = check_events([Event(user="u1", type="RATED", item="i1")] * size, schema)
                    took = seconds(lambda some=some: spool.append(some), 50)
                    print(f"{size} events to the disk: {1e3 * took:.1f} ms")
                spool.close()
        finally:
            stop(Path(folder, "home"))
            os.chdir("/")


if __name__ == "__main__":
    main()
