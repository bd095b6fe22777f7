"""A graph of many relation types against one of few, in one run: ``python tests/benchmarks/relation_types.py``.

Both have the same relationships in all. Beside graphrec: a query of its own for each type. A server of its own, in a
temporary home, is started and removed.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from graphrec.config.schema import Behaviour, GraphSchema, quoted
from graphrec.config.settings import Neo4jSettings, Settings
from graphrec.db import queries
from graphrec.db.database import Database, connect
from graphrec.db.server import stop
from graphrec.graph.columns import read_edges
from graphrec.graph.read import read
from graphrec_etl.model import EdgeBuilder, Tables
from graphrec_etl.write import Writer

ITEMS, ENTITIES, USERS = 2_000, 1_000, 200


def made(types: int, rows: int, name: str) -> Tables:
    """Return items with ``rows`` relationships of ``types`` types, and a few users."""
    rng = np.random.default_rng(0)
    tables = Tables()
    for number in range(ITEMS):
        tables.items.add(f"i{number}")
    for number in range(ENTITIES):
        tables.entities.add(f"e{number}")
    done = EdgeBuilder("RATED", "user", "item")
    for number in range(USERS):
        done.add(tables.users.add(f"u{number}"), int(rng.integers(ITEMS)))
    tables.edges.append(done.build())
    for kind in range(types):
        edges = EdgeBuilder(f"{name}_{kind}", "item", "entity")
        for _ in range(rows // types):
            edges.add(int(rng.integers(ITEMS)), int(rng.integers(ENTITIES)))
        tables.edges.append(edges.build())
    return tables


def one_by_one(db: Database, tables: Tables) -> None:
    """Create the relationships by a query for each type."""
    items, entities = tables.items.keys(), tables.entities.keys()
    names = {"User": "Item", "userId": "itemId", "Item": "Entity", "itemId": "entityId"}
    create = queries.load("load/edges", None, **names)
    for edges in tables.edges[1:]:
        rows = [
            [items[a], [[entities[b], None, {}]]]
            for a, b in zip(edges.heads.tolist(), edges.tails.tolist(), strict=True)
        ]
        db.write(create.replace("$(edge[3])", quoted(edges.type)), rows=rows)


#: What :func:`read_edges` reads, by the ids that are not deprecated.
BY_ELEMENT_ID = "MATCH (a)-[:WIDE]->(b) RETURN elementId(a) AS a, collect(elementId(b)) AS ends"


def ids(db: Database) -> None:
    """Compare ``id()`` with ``elementId()`` on 500,000 relationships of 50,000 nodes, in three rounds."""
    db.auto(
        """
        UNWIND range(1, 50000) AS k
        CALL (k) {
          CREATE (s:Source)
          WITH s
          UNWIND range(1, 10) AS n
          MATCH (i:Item {itemId: 'i' + toInteger(2000 * rand())})
          CREATE (s)-[:WIDE]->(i)
        } IN TRANSACTIONS OF 1000 ROWS
        """
    )
    for number in range(3):
        short = timed(f"id(), round {number}", lambda: read_edges(db, ["WIDE"]))
        long = timed(f"elementId(), round {number}", lambda: sum(len(row["ends"]) for row in db.stream(BY_ELEMENT_ID)))
        print(f"ratio {long / short:.1f}")


def timed(what: str, work: Callable[[], object]) -> float:
    """Print and return the seconds of some work."""
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    print(f"{what:<48} {seconds:8.2f} s", flush=True)
    return seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--types", type=int, default=638)
    parser.add_argument("--rows", type=int, default=12_760, help="relationships in all")
    parser.add_argument("--ids", action="store_true", help="compare id() with elementId() instead")
    args = parser.parse_args()
    few, many = made(15, args.rows, "FEW"), made(args.types, args.rows, "MANY")
    naive = made(args.types, args.rows, "NAIVE")
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        try:
            with connect(Settings(root=home, home=home, runs=home, neo4j=Neo4jSettings()), create=True) as db:
                Writer(db, GraphSchema()).write(made(1, 100, "WARM"))
                if args.ids:
                    ids(db)
                    return
                few_s = timed("load, 15 types", lambda: Writer(db, GraphSchema()).write(few))
                many_s = timed(f"load, {args.types} types", lambda: Writer(db, GraphSchema()).write(many))
                naive_s = timed(f"load, {args.types} types, a query each", lambda: one_by_one(db, naive))
                print(f"ratio to 15 types: {many_s / few_s:.1f}; a query each: {naive_s / few_s:.1f}")
                timed(f"load again, {args.types} types", lambda: Writer(db, GraphSchema()).write(many))
                kinds = {
                    label: [edges.type for edges in tables.edges[1:]]
                    for label, tables in (("few", few), ("many", many), ("naive", naive))
                }
                few_s = timed("read the edges, 15 types", lambda: read_edges(db, kinds["few"]))
                many_s = timed(f"read the edges, {args.types} types", lambda: read_edges(db, kinds["many"]))
                naive_s = timed(
                    f"read the edges, {args.types} types, a query each",
                    lambda: [read_edges(db, [kind]) for kind in kinds["naive"]],
                )
                print(f"ratio to 15 types: {many_s / few_s:.1f}; a query each: {naive_s / few_s:.1f}")
                for label in ("few", "many"):
                    schema = GraphSchema(behaviours={"RATED": Behaviour()}, knowledge=tuple(kinds[label]))
                    timed(f"read the graph for training, {len(kinds[label])} types", lambda: read(db, schema))  # noqa: B023
        finally:
            stop(home)


if __name__ == "__main__":
    main()
