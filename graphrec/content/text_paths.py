"""Read the texts of items that related nodes hold, unless they would leak behaviour.

A text of a user's own nodes, such as a review, says what the user did: in a vector of the item it would reach training
even if the behaviour is held out.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from graphrec.common.errors import GraphError, LeakageError, nearest
from graphrec.config.cypher_path import arrow
from graphrec.config.schema import BLOCKING, OWN_TYPES, GraphSchema, quoted
from graphrec.config.text_paths import TextPath, parse_text
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.mapping import resolve, shape

_PATH = "(i)-[:HAS_GENRE]->(e)"
#: Most nodes of an item that a path reads.
_LIMIT = 100


def text_paths(schema: GraphSchema) -> dict[str, TextPath]:
    """Return the entries of ``text`` that are paths."""
    return {entry: path for entry in schema.item.text if (path := parse_text(entry)) is not None}


def check_text_paths(db: Database, schema: GraphSchema) -> None:
    """Check that every path of ``text`` has types of the database that are not behaviour.

    Raises
    ------
    GraphError
        The database has no such type.
    LeakageError
        A type is a behaviour or encodes one.
    """
    paths = text_paths(schema)
    if not paths:
        return
    found = shape(db)
    personal = {*schema.behaviour_types, *schema.searches, *schema.social, *BLOCKING, *OWN_TYPES}
    for entry, path in paths.items():
        place = f"[graph.item] text = {entry!r}"
        for kind in path.types:
            if kind not in found.types and kind not in personal:
                raise GraphError(
                    f"{place}: the database has no relationship of type {kind!r}", hint=nearest(kind, found.types)
                )
            leak = f"{kind!r} is what users do" if kind in personal else _leak(db, schema, kind)
            if leak is not None:
                raise LeakageError(
                    f"{place} would leak held-out behaviour into the items' vectors: {leak}", hint="leave it out"
                )


def _leak(db: Database, schema: GraphSchema, kind: str) -> str | None:
    """Return how a type encodes behaviour, or None."""
    try:
        resolve(db, replace(schema, knowledge=(kind,), social=(), searches={}))
    except LeakageError as error:
        return error.message
    except GraphError:
        return None  # without users or behaviours there is nothing to leak
    return None


def read_texts(db: Database, schema: GraphSchema, path: TextPath) -> dict[str, list[Any]]:
    """Return element id of an item → the values that a path leads to, each once."""
    query = queries.load("embed/text_path", schema).replace(_PATH, _pattern(path))
    return {row["node"]: row["texts"] for row in db.stream(query, property=path.name, limit=_LIMIT)}


def _pattern(path: TextPath) -> str:
    """Return a path as a pattern of Cypher, from ``i`` to ``e``."""
    shown = "(i)"
    for n, step in enumerate(path.steps, 1):
        node = "e" * (n == len(path.steps)) + (f":{quoted(step.label)}" if step.label else "")
        shown += f"{arrow(step.direction, f':{quoted(step.type)}')}({node})"
    return shown
