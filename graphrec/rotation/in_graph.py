"""Give the users of the graph, and the keys of events, the pseudonyms of the new key."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.pseudonyms.pseudonym import EVENT, PERSON, Pseudonyms


def relabel_users(db: Database, schema: GraphSchema, pseudonyms: Pseudonyms, batch: int) -> Iterator[int]:
    """Relabel the users who have a pseudonym of the generation before, in batches; yield how many each had.

    After an interruption, the same call goes on: a new pseudonym begins otherwise than an old one.
    """
    listed, change = queries.load("pseudonyms/users", schema), queries.load("pseudonyms/relabel", schema)
    yield from _relabel(db, listed, "user", change, pseudonyms, PERSON, batch)


def relabel_events(db: Database, schema: GraphSchema, pseudonyms: Pseudonyms, batch: int) -> Iterator[int]:
    """Relabel the keys of events in the same way, type by type."""
    types = [row["type"] for row in db.read(queries.load("load/types"))]
    for kind in types:
        listed = queries.load("pseudonyms/event_keys", schema, RATED=kind)
        change = queries.load("pseudonyms/relabel_event_keys", schema, RATED=kind)
        yield from _relabel(db, listed, "key", change, pseudonyms, EVENT, batch)


def _relabel(
    db: Database, listed: str, column: str, change: str, pseudonyms: Pseudonyms, letter: str, batch: int
) -> Iterator[int]:
    start = f"{letter}{pseudonyms.key.generation - 1}-"
    find: Callable[[], list[str]] = lambda: [row[column] for row in db.read(listed, start=start, limit=batch)]  # noqa: E731
    before: list[str] = []
    while (found := find()) and found != before:  # ids that only begin like pseudonyms stay
        rows = [[old, new] for old in found if (new := pseudonyms.next_of(old)) != old]
        if not rows:
            return
        db.write(change, rows=rows)
        yield len(rows)
        before = found
