"""List the labels, relationship types and properties of a database."""

from __future__ import annotations

from graphrec.db import queries
from graphrec.db.database import Database


def known_names(db: Database) -> dict[str, list[str]]:
    """Return the names of every ``label``, ``relationship type`` and ``property``."""
    known: dict[str, list[str]] = {"label": [], "relationship type": [], "property": []}
    for row in db.read(queries.load("query/names")):
        known[row["kind"]].append(row["name"])
    return known
