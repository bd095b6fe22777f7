"""Why a predicate matches nothing: a text compared with a number (null in Cypher), or with a text that no item has."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database

Token = tuple[str, str]

#: Kind of a literal → the kind of property that never compares with it.
_OTHER = {"number": "text", "text": "number"}
_SIGNS = set("<>=")
#: Different texts of a property that are read to find similar ones.
_TEXTS = 2000


def mismatches(db: Database, schema: GraphSchema, tokens: Sequence[Token]) -> Iterator[str]:
    """Yield a sentence for each property that is compared with a literal that it cannot equal.

    Parameters
    ----------
    tokens
        Kind (``name``, ``ticks``, ``number``, ``text``, ``sign``) and text of each token of the predicate.
    """
    for name, sign, (kind, text) in dict.fromkeys(_compared(tokens)):
        rows = db.read(queries.load("inspect/value_type", schema), name=name)
        if not rows:
            yield f"no item has the property {name!r}"
            continue
        row = rows[0]
        stored = "text" if row["type"].startswith("STRING") else "number"
        if not row["type"].startswith(("STRING", "INTEGER", "FLOAT")):
            continue
        if stored != kind:
            instead = f"toFloat(i.{name})" if kind == "number" else _as_number(text)
            yield (
                f"i.{name} is a {stored} in this graph, such as {row['example']!r}, and is compared with a "
                f"{kind}, which never fits; write {instead}"
            )
        elif kind == "text" and sign == "=":
            yield from _other_text(db, schema, name, _content(text))


def _as_number(text: str) -> str:
    """Return the number that a quoted literal holds, as it is to be written."""
    content = _content(text)
    try:
        float(content)
    except ValueError:
        return "a number, such as 10"
    return f"{content}, without quotation marks"


def _content(text: str) -> str:
    return text[1:-1].replace("\\'", "'").replace('\\"', '"')


def _other_text(db: Database, schema: GraphSchema, name: str, text: str) -> Iterator[str]:
    """Yield a sentence with texts of the property that are like ``text``, unless an item has just this text."""
    found = sorted(row["value"] for row in db.read(queries.load("inspect/texts", schema), name=name, limit=_TEXTS))
    if not found or db.read(queries.load("inspect/has_text", schema), name=name, text=text)[0]["found"]:
        return
    folded = {value.casefold(): value for value in reversed(found)}
    close = difflib.get_close_matches(text.casefold(), folded, n=3, cutoff=0.6)
    like = [folded[value] for value in close] or found[:3]
    yield f"no item has i.{name} = {text!r}; there {'is' if len(like) == 1 else 'are'} {', '.join(map(repr, like))}" + (
        "" if close or len(found) <= len(like) else ", …"
    )


def _compared(tokens: Sequence[Token]) -> Iterator[tuple[str, str, Token]]:
    """Yield property, sign and literal of each comparison ``i.property < literal`` or ``literal < i.property``."""
    for place, (kind, text) in enumerate(tokens):
        if [text, *(word for _, word in tokens[place + 1 : place + 2])] != ["i", "."] or kind != "name":
            continue
        if place and tokens[place - 1][1] == ".":
            continue
        if place + 2 >= len(tokens) or tokens[place + 2][0] not in ("name", "ticks"):
            continue
        name = tokens[place + 2][1]
        name = name[1:-1].replace("``", "`") if name.startswith("`") else name
        for found in (_literal(tokens[place + 3 :]), _literal(tokens[:place][::-1])):
            if found:
                yield name, *found


def _literal(tokens: Sequence[Token]) -> tuple[str, Token] | None:
    """Return the sign and the literal of the comparison that the tokens begin with."""
    signs = 0
    while signs < len(tokens) and tokens[signs][1] in _SIGNS:
        signs += 1
    rest = [token for token in tokens[signs : signs + 2] if token[1] != "-"]
    if not signs or not rest or rest[0][0] not in _OTHER:
        return None
    return "".join(text for _, text in tokens[:signs]), rest[0]
