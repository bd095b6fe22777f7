"""Why items cannot be compared by a kind of content, and what they can be compared by."""

from __future__ import annotations

from typing import Any

from graphrec.common.errors import GraphError, GraphrecError, NotFoundError
from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database

_A = {"text": "a text", "image": "an image", "audio": "a sound", "content": "content"}


def no_vector(db: Database, schema: GraphSchema, kind: str, item: Any = None) -> GraphrecError:
    """Return the error for items without vectors of a kind, or for one item without.

    Parameters
    ----------
    kind
        ``text``, ``image``, ``audio`` or ``content``.
    item
        Id as stored; None: no item has such a vector.
    """
    found = db.read(queries.load("query/vectors_held", schema), item=item)[0]
    if item is None or kind not in found["vectors"]:
        named = {"image": found["images"], "audio": found["sounds"]}
        if not named.get(kind, True):
            key = f"[graph.item] {kind}"
            return GraphError(
                f"no item has {_A[kind]}: no {schema.item.name} has the property {getattr(schema.item, kind)!r}",
                hint=f"name the property with {_A[kind]} in {key}, then run graphrec embed",
            )
        embed = "graphrec embed --text auto" if kind == "text" else "graphrec embed"
        return GraphError(f"the items have no {kind} vectors", hint=f"run {embed}")
    who = f"{found['title']} ({item})"
    others = [held for held in ("text", "image", "audio") if held in found["held"] and held != kind]
    instead = f"it has {' and '.join(others)}: --by {others[0]}" if others else "compare by users: --by embedding"
    if kind in found["held"]:
        return NotFoundError(f"no other item has {_A[kind]} to compare {who} with", hint=instead)
    return NotFoundError(f"{who} has no {kind} vector", hint=instead)
