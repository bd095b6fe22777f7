"""Why a predicate matches nothing: it compares a text with a number, which is null in Cypher."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database

#: Kind of a literal → the kind of property that never compares with it, and what to write instead.
_OTHER = {"number": ("text", "toFloat(i.{name})"), "text": ("number", "a number without quotes")}
_SIGNS = set("<>=")


def mismatches(db: Database, schema: GraphSchema, tokens: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield a sentence for each property that is compared with a literal of another type.

    Parameters
    ----------
    tokens
        Kind (``name``, ``ticks``, ``number``, ``text``, ``sign``) and text of each token of the predicate.
    """
    for name, literal in dict.fromkeys(_compared(tokens)):
        for row in db.read(queries.load("inspect/value_type", schema), name=name):
            stored = "text" if row["type"].startswith("STRING") else "number"
            if row["type"].startswith(("STRING", "INTEGER", "FLOAT")) and stored != literal:
                instead = _OTHER[literal][1].format(name=name)
                yield (
                    f"i.{name} is a {stored} in this graph, such as {row['example']!r}, and is compared with a "
                    f"{literal}, which never fits; write {instead}"
                )


def _compared(tokens: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield property and kind of literal of each comparison ``i.property < literal`` or ``literal < i.property``."""
    for place, (kind, text) in enumerate(tokens):
        if [text, *(word for _, word in tokens[place + 1 : place + 2])] != ["i", "."] or kind != "name":
            continue
        if place and tokens[place - 1][1] == ".":
            continue
        if place + 2 >= len(tokens) or tokens[place + 2][0] not in ("name", "ticks"):
            continue
        name = tokens[place + 2][1]
        name = name[1:-1].replace("``", "`") if name.startswith("`") else name
        for literal in (_literal(tokens[place + 3 :]), _literal(tokens[:place][::-1])):
            if literal:
                yield name, literal


def _literal(tokens: Sequence[tuple[str, str]]) -> str | None:
    """Return the kind of the literal behind a comparison that the tokens begin with."""
    signs = 0
    while signs < len(tokens) and tokens[signs][1] in _SIGNS:
        signs += 1
    rest = [token for token in tokens[signs : signs + 2] if token[1] != "-"]
    return rest[0][0] if signs and rest and rest[0][0] in _OTHER else None
