"""One million behaviours from Neo4j into arrays: by the driver row by row, and by ``graphrec.graph.hetero.load_graph``.

``python tests/benchmarks/export.py`` starts a Neo4j of its own in a temporary folder, loads 6,040 users, 3,700 items
and a million ratings with times, reads them both ways in turn and prints the times, their ratio and JSON. Both ways
end with the same arrays, which is checked: positions of users and items in key order, weights, times in seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import load_settings
from graphrec.db.database import Database, connect
from graphrec.db.driver import driver_module
from graphrec.db.server import stop
from graphrec.graph.hetero import load_graph

USERS, ITEMS, BATCH = 6040, 3700, 250
SCHEMA = GraphSchema(behaviours={"RATED": Behaviour(strength="rating", time="at")}, knowledge=())
LOAD = """
UNWIND $rows AS row
MATCH (u:User {userId: row[0]})
UNWIND range(0, size(row[1]) - 1) AS k
MATCH (i:Item {itemId: row[1][k]})
CREATE (u)-[:RATED {rating: row[2][k], at: datetime({epochSeconds: row[3][k]})}]->(i)
"""
# The straightforward query: a row a behaviour, time as a number, so that only the way of reading differs.
NAIVE = """
MATCH (u:User)-[r:RATED]->(i:Item)
RETURN u.userId AS user, i.itemId AS item, r.rating AS rating, r.at.epochSeconds AS at
"""


def fill(db: Database, edges: int) -> None:
    """Make the graph: seeded, a user's items all different."""
    for label, key, count in (("User", "userId", USERS), ("Item", "itemId", ITEMS)):
        db.auto(f"CREATE CONSTRAINT FOR (n:{label}) REQUIRE n.{key} IS UNIQUE")
        db.write(f"UNWIND range(0, {count - 1}) AS k CREATE (:{label} {{{key}: k}})")
    rng = np.random.default_rng(0)
    sizes = np.full(USERS, edges // USERS)
    sizes[: edges - sizes.sum()] += 1
    rows = [
        [
            user,
            rng.choice(ITEMS, size, replace=False).tolist(),
            rng.integers(1, 6, size).tolist(),
            rng.integers(9 * 10**8, 10**9, size).tolist(),
        ]
        for user, size in enumerate(sizes)
    ]
    for _ in db.write_batches(LOAD, rows, BATCH):
        pass


def row_by_row(db: Database) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return (user, item, time) int64 ``[3, E]`` and weight float32 ``[E]``, sorted by user and item."""
    users = {row["id"]: n for n, row in enumerate(db.stream("MATCH (u:User) RETURN u.userId AS id ORDER BY id"))}
    items = {row["id"]: n for n, row in enumerate(db.stream("MATCH (i:Item) RETURN i.itemId AS id ORDER BY id"))}
    edges = [(users[row["user"]], items[row["item"]], row["at"], row["rating"]) for row in db.stream(NAIVE)]
    numbers = np.array([edge[:3] for edge in edges], np.int64).T
    order = np.lexsort((numbers[1], numbers[0]))
    return numbers[:, order], np.array([edge[3] for edge in edges], np.float32)[order]


def exported(db: Database) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the same from the whole export: checks, sorting, reverse edges and validation included."""
    store = load_graph(db, SCHEMA).data["user", "RATED", "item"]
    return np.vstack([store.edge_index.numpy(), store.time.numpy()]), store.edge_weight.numpy()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--edges", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3, help="the median counts")
    options = parser.parse_args()
    driver_module()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ["GRAPHREC_HOME"] = folder
        os.environ.pop("NEO4J_URI", None)
        try:
            with connect(load_settings()) as db:
                measure(db, options.edges, options.rounds)
        finally:
            stop(home)


def measure(db: Database, edges: int, rounds: int) -> None:
    """Read both ways ``rounds`` times, in turn, so that a busy moment of the machine hits both."""
    started = time.perf_counter()
    fill(db, edges)
    print(f"loaded {edges:,} behaviours in {time.perf_counter() - started:.1f} s", file=sys.stderr)
    exported(db)  # both ways find the server's caches warm and its query compiled
    seconds: dict[str, list[float]] = {"row by row": [], "export": []}
    for number in range(rounds):
        results = []
        for name, read in (("row by row", row_by_row), ("export", exported)):
            started = time.perf_counter()
            results.append(read(db))
            seconds[name].append(time.perf_counter() - started)
            print(f"round {number + 1}: {name} {seconds[name][-1]:.2f} s", file=sys.stderr)
        for one, other in zip(*results, strict=True):
            np.testing.assert_array_equal(one, other)
    medians = {name: statistics.median(taken) for name, taken in seconds.items()}
    ratio = medians["row by row"] / medians["export"]
    result = {"edges": edges, "seconds": seconds, "medians": medians, "ratio": ratio}
    print(f"export takes 1/{ratio:.1f} of the time of reading row by row (asked for: 1/8)", file=sys.stderr)
    print(json.dumps(result | {"neo4j": db.version(), "python": platform.python_version(), "cpus": os.cpu_count()}))


if __name__ == "__main__":
    main()
