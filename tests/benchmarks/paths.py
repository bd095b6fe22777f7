"""Behaviours by a path and by direct relationships, read from one made shop in turn.

``python tests/benchmarks/paths.py [--lines 1000000]`` starts a Neo4j of its own in a temporary folder and makes
customers with orders of four lines. Every line is there three times: as ``(:Customer)-[:BOUGHT]->(:Product)``, as
``(:Customer)-[:PLACED]->(:Order)-[:CONTAINS]->(:Product)``, and over ``(:Order)-[:HAS_LINE]->(:LineItem)-[:OF]->``. It
reads them in turn with strengths and times, checks that they are the same, and prints the seconds and ratios as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from graphrec.config.roles import ItemRole, UserRole
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import load_settings
from graphrec.db.database import Database, connect
from graphrec.db.server import ensure, stop
from graphrec.graph.read import GraphArrays, read

CUSTOMERS, PRODUCTS, PER_ORDER = 20_000, 5_000, 4
USER, ITEM = UserRole("Customer", "customerId"), ItemRole("Product", "sku")
WAYS = {
    "direct": Behaviour(strength="quantity", time="at"),
    "order": Behaviour(path="(u)-[:PLACED]->(o:Order)-[r:CONTAINS]->(i)", strength="r.quantity", time="o.placedAt"),
    "lines": Behaviour(
        path="(u)-[:PLACED]->(o:Order)-[:HAS_LINE]->(l:LineItem)-[:OF]->(i)",
        strength="l.quantity",
        time="o.placedAt",
    ),
}
LOAD = """
UNWIND $rows AS row
MATCH (u:Customer {customerId: row[0]})
CREATE (u)-[:PLACED]->(o:Order {orderId: row[1], placedAt: datetime({epochSeconds: row[2]})})
WITH u, o, row
UNWIND range(0, size(row[3]) - 1) AS k
MATCH (i:Product {sku: row[3][k]})
CREATE (o)-[:CONTAINS {quantity: k + 1}]->(i), (o)-[:HAS_LINE]->(:LineItem {quantity: k + 1})-[:OF]->(i)
CREATE (u)-[:BOUGHT {quantity: k + 1, at: o.placedAt}]->(i)
"""


def fill(db: Database, lines: int) -> None:
    """Make the shop, seeded."""
    for label, key, count in (("Customer", "customerId", CUSTOMERS), ("Product", "sku", PRODUCTS)):
        db.auto(f"CREATE CONSTRAINT FOR (n:{label}) REQUIRE n.{key} IS UNIQUE")
        db.write(f"UNWIND range(0, {count - 1}) AS k CREATE (:{label} {{{key}: k}})")
    rng = np.random.default_rng(0)
    rows = [
        [order % CUSTOMERS, order, 10**9 + order * 60, rng.choice(PRODUCTS, PER_ORDER, replace=False).tolist()]
        for order in range(lines // PER_ORDER)
    ]
    for _ in db.write_batches(LOAD, rows, 2_000):
        pass


def timed(db: Database, mapped: Behaviour) -> tuple[float, GraphArrays]:
    """Return the seconds of the whole export, and the arrays."""
    schema = GraphSchema(USER, ITEM, behaviours={"BOUGHT" if mapped.path is None else "ORDERED": mapped}, knowledge=())
    began = time.perf_counter()
    graph = read(db, schema)
    return time.perf_counter() - began, graph


def same(one: GraphArrays, other: GraphArrays) -> bool:
    """Return whether two exports have the same behaviours."""
    a, b = (next(store for kind, store in graph.stores.items() if kind[0] == "user") for graph in (one, other))
    return all(np.array_equal(a[name], b[name]) for name in ("edge_index", "edge_weight", "time"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GRAPHREC_HOME"] = folder
        os.chdir(folder)
        ensure(Path(folder), None)
        try:
            with connect(load_settings()) as db:
                fill(db, asked.lines)
                seconds: dict[str, list[float]] = {way: [] for way in WAYS}
                for n in range(asked.rounds + 1):  # the first warms the server up
                    graphs = {}
                    for way, mapped in WAYS.items():
                        took, graphs[way] = timed(db, mapped)
                        if n:
                            seconds[way].append(round(took, 2))
                assert same(graphs["direct"], graphs["order"])
                assert same(graphs["direct"], graphs["lines"])
        finally:
            stop(Path(folder))
    found = {way: statistics.median(some) for way, some in seconds.items()}
    speed = {way: round(found["direct"] / took, 2) for way, took in found.items()}
    print(json.dumps({"lines": asked.lines, "seconds": seconds, "median": found, "speed of direct": speed}, indent=1))


if __name__ == "__main__":
    main()
