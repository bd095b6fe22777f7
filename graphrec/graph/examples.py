"""Show some behaviours of each type as training reads them, and the Cypher that reads them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from graphrec.common.errors import GraphError
from graphrec.common.printable import printable
from graphrec.config.schema import Behaviour, GraphSchema, quoted
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.literals import literal
from graphrec.db.node_patterns import key_expression
from graphrec.graph.behaviours import seconds, weights
from graphrec.graph.key_values import key_value
from graphrec.graph.typed import NO_TIME
from graphrec.graph.values import UNGRADED, read_number, read_time

#: Examples of each type.
COUNT = 3
COLUMNS = ("user", "item", "title", "when", "how much")
#: Longest cell of a table, in characters.
_WIDTH = 40


@dataclass(frozen=True)
class Examples:
    """Examples of one behaviour type.

    Attributes
    ----------
    kind
        The type.
    rows
        One dictionary per behaviour: ``user``, ``item``, ``title``, ``when`` (ISO 8601, UTC, or None), ``how much``
        (its weight before training, a number, or ``dislike``).
    cypher
        The query, with its values, to paste into Neo4j Browser.
    """

    kind: str
    rows: list[dict[str, Any]]
    cypher: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {"behaviour": self.kind, "rows": self.rows, "cypher": self.cypher}


def read_examples(db: Database, schema: GraphSchema, count: int = COUNT) -> list[Examples]:
    """Return examples of each behaviour type of a mapping."""
    return [_read(db, schema, kind, count) for kind in schema.behaviours]


def _read(db: Database, schema: GraphSchema, kind: str, count: int) -> Examples:
    mapped = schema.behaviours[kind]
    query = queries.load("inspect/examples", schema, RATED=kind)
    given = {"strength": mapped.key(mapped.strength), "time": mapped.key(mapped.time_property), "limit": count}
    rows = [
        {
            "user": key_value(row["user"]),
            "item": key_value(row["item"]),
            "title": row["title"],
            "when": when(row["time"]),
            "how much": how_much(row["strength"], kind, mapped),
        }
        for row in db.read(query, **given)
    ]
    for name, value in given.items():
        query = query.replace(f"${name}", literal(value))
    query = re.sub(r"\b\w+\[null\]", "null", query).replace(f"toInteger({count})", str(count))
    return Examples(kind, rows, _with_plain_keys(query, schema))


def _with_plain_keys(query: str, schema: GraphSchema) -> str:
    """Return a query with composite keys as lists of their values, in place of the expression for their JSON text."""
    for name, role in (("u", schema.user), ("i", schema.item)):
        if role.composite:
            values, expression = [f"{name}.{quoted(key)}" for key in role.keys], key_expression(name, role)
            query = query.replace(f"{expression} IS NOT NULL", " AND ".join(f"{value} IS NOT NULL" for value in values))
            query = query.replace(expression, f"[{', '.join(values)}]")
    return query


def when(value: Any) -> str | None:
    """Return a stored time as it is read, ISO 8601 in UTC; None if it is missing or no time.

    >>> when("965069103"), when(20240301), when(None)
    ('2000-07-31T18:45:03+00:00', '2024-03-01T00:00:00+00:00', None)
    """
    if value is None:
        return None
    if hasattr(value, "to_native"):  # one of the driver's temporal types
        value = value.to_native().isoformat()
    found = read_time({"number": value} if isinstance(value, int) and not isinstance(value, bool) else value)
    if found is None or found[0] == NO_TIME:
        return None
    try:
        return datetime.fromtimestamp(int(seconds(np.array([found[0]]))[0]), UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return None


def how_much(value: Any, kind: str, mapped: Behaviour) -> float | str:
    """Return the weight of a behaviour before training, ``dislike``, or what is wrong with its strength.

    >>> how_much(2, "RATED", Behaviour(weight=0.5, strength="stars")), how_much(0, "RATED", Behaviour(negative=True))
    (1.0, 'dislike')
    """
    if mapped.negative:
        return "dislike"
    if mapped.strength is None or value is None:
        return mapped.weight
    found = read_number(value, mapped)
    strength = UNGRADED if found is None else found[0]
    if found is not None and mapped.dislike is not None and strength <= mapped.dislike:
        return "dislike"
    try:
        return f"{value!r} is no number" if found is None else float(weights(np.array([strength]), kind, mapped)[0])
    except GraphError:
        return f"{value!r} is no strength"


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return examples as a plain table; columns without any value are left out.

    >>> print(table([{"user": 1, "item": "a", "title": None, "when": None, "how much": 1.0}]))
      user  item  how much
      1     a     1
    """
    names = [name for name in COLUMNS if any(row[name] is not None for row in rows)]
    cells = [names, *([_cell(row[name], end=name in ("user", "item")) for name in names] for row in rows)]
    widths = [max(len(line[n]) for line in cells) for n in range(len(names))]
    return "\n".join(
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells
    )


def _cell(value: Any, *, end: bool) -> str:
    """Return a value as text; of a long one the beginning, or the ``end``, by which ids differ."""
    if value is None:
        return ""
    text = f"{value:g}" if isinstance(value, float) else printable(value)
    if len(text) <= _WIDTH:
        return text
    return f"…{text[1 - _WIDTH :]}" if end else f"{text[: _WIDTH - 1]}…"
