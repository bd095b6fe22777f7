"""Remove what people did longer ago than ``[privacy] keep_days``: in Neo4j and on the disk.

One writer at a time: it holds the same lock as an update, a load or a publish, so it is never in the middle of theirs.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any

import msgspec

from graphrec.assistant.store import open_existing as open_conversations
from graphrec.config.roles import ItemRole
from graphrec.config.schema import Behaviour, GraphSchema, as_items
from graphrec.config.settings import Settings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.write_lock import exclusive
from graphrec.graph.behaviours import seconds
from graphrec.graph.mapping import resolve_behaviours
from graphrec.graph.typed import NO_TIME
from graphrec.graph.values import read_time
from graphrec.ingest.spool import open_existing as open_spool
from graphrec.ingest.spool import turns
from graphrec.ingest.withdrawn import Withdrawn
from graphrec.posts.ends import load as load_posts

_DAY = 86_400
_BATCH = 10_000


class Expired(msgspec.Struct, frozen=True, rename="camel"):
    """What is older than ``keep_days``.

    Attributes
    ----------
    before
        The moment, seconds since 1970.
    counts
        What it is → number of it: types of behaviours and searches, posts, impressions, texts, events, conversations.
    undated
        Type → number of behaviours without a time that can be read; they stay.
    stay
        Behaviours by a path whose time is on a relationship of it; they stay.
    """

    before: int
    counts: dict[str, int]
    undated: dict[str, int]
    stay: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return dict(msgspec.to_builtins(self))

    def lines(self, verb: str) -> list[str]:
        """Return the same as readable lines."""
        day = time.strftime("%Y-%m-%d %H:%M", time.gmtime(self.before))
        said = [f"{verb} {what}: {n:,}" for what, n in self.counts.items()] or ["nothing is older"]
        said += [f"without a time, so kept: {what} {n:,}" for what, n in self.undated.items()]
        said += [f"kept: {name}, whose time is on a relationship of its path" for name in self.stay]
        return [f"before {day} UTC:", *(f"  {line}" for line in said)]


@exclusive("expire")
def expire(db: Database, settings: Settings, *, dry_run: bool = False, now: float | None = None) -> Expired | None:
    """Remove what is older than ``[privacy] keep_days``; None if that is 0.

    Parameters
    ----------
    dry_run
        Only count.
    now
        Seconds since 1970; by default the clock's.

    Raises
    ------
    DatabaseError
        Neo4j refused.
    ResourceError
        A file of the service cannot be written.
    """
    days = settings.privacy.keep_days
    if not days:
        return None
    before = int((time.time() if now is None else now) - days * _DAY)
    work = _Work(db, settings, before, dry_run)
    work.graph()
    work.files()
    if work.counts and not dry_run:
        Withdrawn(settings.home).note()  # a running service gives no earlier answer any more
    return Expired(before, dict(work.counts), dict(work.undated), tuple(work.stay))


class _Work:
    def __init__(self, db: Database, settings: Settings, before: int, dry_run: bool) -> None:
        self._db, self._settings, self._before, self._dry = db, settings, before, dry_run
        self.counts, self.undated = Counter[str](), Counter[str]()
        self.stay: list[str] = []

    def graph(self) -> None:
        """Remove behaviours, searches, posts, impressions and texts."""
        schema = resolve_behaviours(self._db, self._settings.graph)
        for kind, mapped in schema.behaviours.items():
            if mapped.by_path is not None:
                self._on_path(schema, kind, mapped)
            else:
                self._ties(kind, queries.load("retention/behaviours", schema, RATED=kind), mapped.time_property)
        for kind, searched in schema.searches.items():
            nodes = self._ties(
                kind, queries.load("retention/behaviours", as_items(schema, kind), RATED=kind), searched.time_property
            )
            self._remove("nodes", nodes, alone=True)
        posts = self._db.read(load_posts("retention/posts", schema), time=schema.posts.time)
        self._nodes("posts", posts)
        rows = self._db.read(queries.load("retention/own", schema), before=self._before)
        self.counts.update(row["kind"] for row in rows)
        self._remove("ties", [row["tie"] for row in rows])

    def _ties(self, kind: str, query: str, name: str | None) -> list[str]:
        """Remove old relationships; return the nodes that they lead to."""
        old = list(self._old(kind, self._db.read(query, time=name or "", before=self._before)))
        self._count(kind, len(old))
        self._remove("ties", [row["tie"] for row in old])
        return list(dict.fromkeys(row["node"] for row in old))

    def _on_path(self, schema: GraphSchema, kind: str, mapped: Behaviour) -> None:
        """Remove the nodes on a path that have its time, such as orders; what lies behind them stays."""
        path = mapped.by_path
        place, name = path.owned(mapped.time_property or "") if path is not None else (None, "")
        if path is None or place is None:
            return
        if path.elements[place].kind != "node":
            self.stay.append(kind)
            return
        elements = path.elements[: place + 1]
        first = elements[0].name
        way = Behaviour()
        if len(elements) > 2:
            way = Behaviour(path=type(path)(tuple(elements[:-1])).text())
        role = ItemRole(label=elements[-1].name, key="id")
        to_node = msgspec.structs.replace(schema, item=role, behaviours={first: way}, searches={}, personal=())
        query = queries.load("retention/on_path", to_node, RATED=first)
        self._nodes(f"{kind}: {role.name}", self._db.read(query, time=name))

    def _nodes(self, what: str, rows: Iterable[Any]) -> None:
        old = [row["node"] for row in self._old(what, rows)]
        self._count(what, len(old))
        self._remove("nodes", old, alone=False)

    def _old(self, what: str, rows: Iterable[Any]) -> Iterator[Any]:
        for row in rows:
            at = _seconds(row["at"])
            if at is None:
                self.undated[what] += 1
            elif at < self._before:
                yield row

    def _count(self, what: str, number: int) -> None:
        if number:
            self.counts[what] += number

    def _remove(self, what: str, ids: Sequence[str], **given: Any) -> None:
        query = queries.load(f"retention/remove_{what}")
        for start in range(0, 0 if self._dry else len(ids), _BATCH):
            self._db.write(query, **{what: list(ids[start : start + _BATCH])}, **given)

    def files(self) -> None:
        """Remove events that wait or are dead, conversations and what was handed over of them."""
        home, before = self._settings.home, self._before
        spool = open_spool(home)
        if spool is not None:
            with closing(spool), turns(home):
                self._count("events on the disk", spool.older(before, remove=not self._dry))
        conversations = open_conversations(home, self._settings.assistant)
        if conversations is not None:
            with closing(conversations):
                self._count("conversations", conversations.older(before, remove=not self._dry))


def _seconds(value: Any) -> int | None:
    """Return a stored time as seconds since 1970; None if it is missing, or no time."""
    import numpy as np

    found = read_time(value) if value is not None else None
    return None if found is None or found[0] == NO_TIME else int(seconds(np.array([found[0]], np.int64))[0])
