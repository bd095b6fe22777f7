"""Loading against the naive way, in one run: ``python tests/benchmarks/load.py [FOLDER]``.

FOLDER holds RecBole's atomic files; without it 100,000 behaviours are made. A server of its own, in a temporary
home, is started and removed. Naive: one MERGE a row, one transaction each, measured on the first rows.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Neo4jSettings, Settings
from graphrec.db.database import Database, connect
from graphrec.db.server import stop
from graphrec_etl.atomic import transform
from graphrec_etl.model import NO_TIME, Tables
from graphrec_etl.rejects import Rejects
from graphrec_etl.write import Writer

NAIVE = """
MERGE (u:User {userId: $user})
MERGE (i:Item {itemId: $item})
MERGE (u)-[r:RATED {at: datetime({epochMillis: $at})}]->(i)
SET r.rating = $rating
"""


def make(folder: Path, users: int = 1_000, each: int = 100, items: int = 1_700) -> Path:
    """Write ``users`` × ``each`` behaviours."""
    rng = np.random.default_rng(0)
    with (folder / "made.inter").open("w") as file:
        file.write("user_id:token\titem_id:token\trating:float\ttimestamp:float\n")
        for user in range(users):
            for item in rng.choice(items, each, replace=False):
                file.write(f"{user}\t{item}\t{rng.integers(1, 6)}\t{880_000_000 + rng.integers(10**6)}\n")
    return folder


def wipe(db: Database) -> None:
    """Remove every node and relationship."""
    db.auto("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS")


def naive(db: Database, tables: Tables, rows: int) -> float:
    """Write ``rows`` behaviours one by one; return relationships a second."""
    edges = tables.edges[0]
    users, items = list(tables.users.codes), list(tables.items.codes)
    picked = np.random.default_rng(0).permutation(len(edges))[:rows]
    started = time.perf_counter()
    for k in picked.tolist():
        db.write(
            NAIVE,
            user=users[edges.heads[k]],
            item=items[edges.tails[k]],
            at=int(edges.times[k]) if edges.times[k] != NO_TIME else 0,
            rating=float(edges.properties["rating"][k]),
        )
    return rows / (time.perf_counter() - started)


def ours(db: Database, tables: Tables) -> float:
    """Write all behaviours and their nodes; return relationships a second."""
    started = time.perf_counter()
    Writer(db, GraphSchema()).write(tables)
    return len(tables.edges[0]) / (time.perf_counter() - started)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--naive-rows", type=int, default=3_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        started = time.perf_counter()
        whole = transform(args.folder or make(home), Rejects())
        read = time.perf_counter() - started
        behaviours = replace(whole, edges=whole.edges[:1])
        settings = Settings(root=home, home=home, runs=home, neo4j=Neo4jSettings())
        try:
            with connect(settings) as db:
                Writer(db, GraphSchema()).write(behaviours)  # constraints, warm code
                wipe(db)
                slow = naive(db, behaviours, args.naive_rows)
                wipe(db)
                first = ours(db, behaviours)
                again = ours(db, behaviours)
        finally:
            stop(home)
    n = len(behaviours.edges[0])
    print(f"read and checked {n:,} behaviours and the rest in {read:.1f} s")
    print(f"naive, one MERGE a row ({args.naive_rows:,} rows)  {slow:>10,.0f} rel/s")
    print(f"graphrec, empty database              {first:>10,.0f} rel/s  {first / slow:.0f} times")
    print(f"graphrec, loaded already              {again:>10,.0f} rel/s  {again / slow:.0f} times")
    print(f"peak memory of the loader {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
