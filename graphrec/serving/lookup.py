"""Find a user or an item from typed input: an id of either type, or a title.

Every query is bounded, so that a typing error costs the same among a million users as among ten.
"""

from __future__ import annotations

import difflib
import re
import string
from collections.abc import Iterable
from typing import Any

from graphrec.common.errors import NotFoundError
from graphrec.config.ids import is_integer, stored_forms
from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.own_names import TITLE, title_index
from graphrec.graph.mapping import unmapped
from graphrec.serving import availability
from graphrec.serving.availability import Availability

#: Ids or titles read per query, to choose the nearest from.
LIMIT = 50
#: Longest text to correct typing errors in.
LONGEST = 24


def typing_errors(text: str) -> list[str]:
    """Return variants of ``text`` with one character removed, swapped or replaced, and its neighbours as a number."""
    if len(text) > LONGEST:
        return []
    alphabet = sorted(set(text) | set(string.digits))
    parts = [(text[:i], text[i:]) for i in range(len(text) + 1)]
    found = {a + b[1:] for a, b in parts if b}
    found |= {a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1}
    found |= {a + c + b[1:] for a, b in parts if b for c in alphabet}
    found |= {a + c + b for a, b in parts for c in alphabet}
    for number in stored_forms(text)[1:]:
        found |= {str(int(number) + step) for step in (-2, -1, 1, 2)}
    return sorted(found - {text, ""})


def nearest_ids(db: Database, schema: GraphSchema, text: str, *, item: bool = False) -> str:
    """Return a hint with the ids of users (or items) nearest to ``text``."""
    role = schema.role("item" if item else "user")
    rows = db.read(
        queries.load("query/near", schema, role),
        forms=[form for near in typing_errors(text) for form in stored_forms(near, role)],
        prefix=text[: max(1, len(text) - 2)],
        limit=LIMIT,
    )
    known = [str(row["near"]) for row in rows]
    kind = "item" if item else "user"
    if not known:
        problem = unmapped(db, schema)
        if problem is not None:
            return f"{problem.message}: {problem.hint}"
        return f"no ({role.name}) has {role.key_name!r}: `graphrec inspect` proposes a mapping of this graph"
    close = difflib.get_close_matches(text, known, n=3, cutoff=0.5)
    if close:
        return "did you mean " + " or ".join(repr(c) for c in close) + "?"
    return f"{kind} ids look like " + ", ".join(repr(k) for k in known[-3:])


def user_missing(db: Database, schema: GraphSchema, text: str, more: int = 0) -> NotFoundError:
    """Return the error for a user who does not exist; ``more``: how many further users do not exist either."""
    others = f", nor the ids of {more} more of the users" if more else ""
    role = schema.user
    where = f" where {role.condition}" if role.condition else ""
    return NotFoundError(
        f"no ({role.name}{where}) has {role.key_name} {text!r}{others}", hint=nearest_ids(db, schema, text)
    )


def users_like(db: Database, schema: GraphSchema, prefix: str, k: int = LIMIT) -> list[Any]:
    """Return ids of users that begin so: of whole numbers the smallest, of texts the first of the alphabet."""
    query = queries.load("query/users_like", schema)
    return [row["user"] for row in db.read(query, prefix=prefix, numbers=numbers_like(prefix), k=k)]


def numbers_like(prefix: str) -> list[tuple[int, int]]:
    """Return the least and the most of the whole numbers of each length that begin so, of those that Neo4j can store.

    >>> numbers_like("12")[:3], numbers_like("-3")[:2], numbers_like("0"), numbers_like("x")
    ([(12, 12), (120, 129), (1200, 1299)], [(-3, -3), (-39, -30)], [(0, 0)], [])
    """
    least, most = -(2**63), 2**63 - 1
    if prefix in ("", "-"):
        return [(least, -1)] if prefix else [(0, most), (least, -1)]
    if not is_integer(prefix):
        return []
    number, found = int(prefix), []
    for width in (10**n for n in range(20 if number else 1)):
        ends = (number * width, number * width + (width - 1 if number > 0 else 1 - width))
        low, high = max(min(ends), least), min(max(ends), most)
        if low <= high:
            found.append((low, high))
    return found


def find_item(db: Database, schema: GraphSchema, text: Any) -> tuple[Any, str]:
    """Return id and title of the item with id or title ``text``.

    Raises
    ------
    NotFoundError
        No item matches, or several have the title.
    """
    rows = db.read(queries.load("query/item", schema), items=stored_forms(text, schema.item))
    if rows:
        return rows[0]["item"], rows[0]["title"]
    text = str(text)
    # One that may not be shown now can still be named, as something that somebody liked.
    found = _titles(db, schema, text, queries.load("query/titles", schema))
    exact = [(item, title) for item, title in found if _same(title, text)]
    if len(exact) == 1:
        return exact[0]
    if exact:
        ids = ", ".join(repr(item) for item, _ in exact[:8])
        raise NotFoundError(f"{len(exact)} items have the title {text!r}", hint=f"name one by its id: {ids}")
    titles = {title: item for item, title in titles_like(db, schema, text)}
    close = _closest(text, titles)
    hint = (
        "did you mean " + " or ".join(f"{title!r} ({titles[title]})" for title in close) + "?"
        if close
        else nearest_ids(db, schema, text, item=True)
    )
    raise NotFoundError(f"no ({schema.item.name}) has the id or the title {text!r}", hint=hint)


def titles_like(
    db: Database, schema: GraphSchema, text: str, k: int = LIMIT, available: Availability | None = None
) -> list[tuple[Any, str]]:
    """Return id and title of the items that may be shown now and whose title is most like some words.

    Parameters
    ----------
    k
        Maximum number of items.
    available
        The properties that decide whether an item may be shown; by default those of the default names.
    """
    return _titles(db, schema, text, availability.load("query/titles", schema, available), k)


def _titles(db: Database, schema: GraphSchema, text: str, query: str, k: int = LIMIT) -> list[tuple[Any, str]]:
    words = re.findall(r"\w+", text)[:12]
    index = title_index(db, schema) if words else None
    if index is None:
        return []  # publishing creates the index of titles
    # The exact word, or the word with one or two typing errors; quoted, since OR and NOT can be words of a title.
    lucene = " ".join(f'"{word}"^3 {word.lower()}~' for word in words)
    rows = db.read(queries.with_indexes(query, {TITLE: index}), words=lucene, limit=k)
    return [(row["item"], row["title"]) for row in rows]


def _same(title: str, text: str) -> bool:
    return title.casefold().split() == text.casefold().split()


def _closest(text: str, titles: Iterable[str]) -> list[str]:
    """Return up to three titles like ``text``; 'Toy Story' is close to 'Toy Story (1995)'."""
    folded = {title.casefold(): title for title in titles}
    found = difflib.get_close_matches(text.casefold(), folded, n=3, cutoff=0.5)
    found += [title for title in folded if text.casefold() in title and title not in found]
    return [folded[title] for title in found[:3]]
