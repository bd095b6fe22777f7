"""List the labels, relationship types and properties of a database."""

from __future__ import annotations

from graphrec.db import queries
from graphrec.db.database import Database

#: Most labels, and types, whose properties are read; and nodes or relationships of each.
_MOST, _SAMPLE = 50, 100


def known_names(db: Database) -> dict[str, list[str]]:
    """Return the names of every ``label``, ``relationship type`` and ``property``."""
    known: dict[str, list[str]] = {"label": [], "relationship type": [], "property": []}
    for row in db.read(queries.load("query/names")):
        known[row["kind"]].append(row["name"])
    return known


def used_properties(db: Database, known: dict[str, list[str]]) -> list[str]:
    """Return the properties of some nodes and relationships of each kind: Neo4j also lists those removed long ago."""
    read = [queries.load("inspect/label_keys", User=label) for label in known["label"][:_MOST]]
    read += [queries.load("inspect/relationship_keys", RATED=kind) for kind in known["relationship type"][:_MOST]]
    return sorted({row["key"] for query in read for row in db.read(query, sample=_SAMPLE)})
