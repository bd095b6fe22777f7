"""Write relationships to Neo4j, several types in one batch: planning a query for each type takes 0.1 s and more."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from graphrec.common.errors import ConnectionLostError
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.outage import restarted
from graphrec_etl.batches import batches
from graphrec_etl.model import NO_TIME, Edges

if TYPE_CHECKING:
    from neo4j import SummaryCounters

Key = str | int
Done = Callable[["SummaryCounters"], None]


class Row(NamedTuple):
    """One relationship; missing properties are left out."""

    head: Key
    tail: Key
    time: int | None
    properties: dict[str, Any]
    kind: str


class EdgeWriter:
    """Writes the relationships between two roles.

    Parameters
    ----------
    db
        Target database.
    names
        Placeholders of labels and keys of both ends → names.
    edges
        Relationships, one element per type.
    done
        Called with the counters of each transaction.
    """

    def __init__(self, db: Database, names: dict[str, str], edges: Sequence[Edges], done: Done) -> None:
        self._db, self._edges, self._done = db, edges, done
        self._create = queries.load("load/edges", None, **names)
        self._update = queries.load("load/edges_update", None, **names)
        self._present = queries.load("load/edges_present", None, **names)
        self._repair = queries.load("load/edges_repair", None, **names)
        self._identity = {some.type: some.identity for some in edges}
        #: Types of which the database may hold relationships.
        self._stored = {row["type"] for row in db.read(queries.load("load/types"))}
        #: Start node and type → existing relationships by identity.
        self._known: dict[tuple[Key, str], dict[tuple[Any, ...], dict[str, Any]]] = {}
        #: Start node, type and identity of relationships that are stored more than once.
        self._repeated: set[tuple[Key, str, tuple[Any, ...]]] = set()

    def write(self, head_keys: Sequence[Key], tail_keys: Sequence[Key], batch: int) -> Iterator[Counter[str]]:
        """Write everything; yield the number of rows of each type after each batch."""
        rows = itertools.chain.from_iterable(_rows(some, batch, head_keys, tail_keys) for some in self._edges)
        for part in batches(rows, batch, at=3):
            self._write(part)
            yield Counter(row.kind for row in part)

    @restarted
    def _write(self, rows: list[Row]) -> None:
        """Create the relationships that are missing, and update those that differ."""
        self._read(rows)
        missing: dict[Key, list[list[Any]]] = {}
        changed: list[list[Any]] = []
        repeated: list[list[Any]] = []
        for head, tail, time, properties, kind in rows:
            what = self._of(kind, tail, time, properties)
            old = self._known.get((head, kind), {}).get(what)
            if (head, kind, what) in self._repeated:
                self._repeated.remove((head, kind, what))
                repeated.append([head, tail, kind])
            if old is None:
                missing.setdefault(head, []).append([tail, time, properties, kind])
            elif any(old.get(name) != value for name, value in properties.items()):
                same = {name: properties[name] for name in self._identity[kind] if name in properties}
                changed.append([head, tail, time, same, properties, kind])
        if repeated:  # by two loads at once, when they did not wait for each other
            self._done(self._db.write(self._repair, rows=repeated))
        if missing:
            try:
                self._done(self._db.write_once(self._create, rows=list(map(list, missing.items()))).counters)
            except ConnectionLostError:  # the next try reads what has been written
                self._stored |= {row.kind for row in rows}
                self._known = {}
                raise
        if changed:
            self._done(self._db.write(self._update, rows=changed))

    def _read(self, rows: list[Row]) -> None:
        """Read the existing relationships of the start nodes, unless the batch before had the same."""
        ends = dict.fromkeys((row.head, row.kind) for row in rows if row.kind in self._stored)
        # A hub's relationships fill many batches: its existing ones are read once.
        self._known = {end: self._known[end] for end in ends if end in self._known}
        unread = [end for end in ends if end not in self._known]
        if not unread:
            return
        keys, kinds = (list(dict.fromkeys(part)) for part in zip(*unread, strict=True))
        for record in self._db.read(self._present, keys=keys, types=kinds):
            key, kind, edges = record.values()
            known: dict[tuple[Any, ...], dict[str, Any]] = {}
            for tail, time, properties in edges:
                what = self._of(kind, tail, time, properties)
                if known.setdefault(what, properties) is not properties and known[what] == properties:
                    self._repeated.add((key, kind, what))
            self._known[key, kind] = known

    def _of(self, kind: str, tail: Key, time: int | None, properties: dict[str, Any]) -> tuple[Any, ...]:
        """Return what distinguishes a relationship from the others of its type and start node."""
        return (tail, time, *(properties.get(name) for name in self._identity[kind]))


def _rows(edges: Edges, batch: int, head_keys: Sequence[Key], tail_keys: Sequence[Key]) -> Iterable[Row]:
    for first in range(0, len(edges), batch):
        yield from _part(edges, slice(first, first + batch), head_keys, tail_keys)


def _part(edges: Edges, part: slice, head_keys: Sequence[Key], tail_keys: Sequence[Key]) -> Iterator[Row]:
    columns = {}
    for name, column in edges.properties.items():
        cells = column[part]
        # NaN is the one number that differs from itself.
        columns[name] = [cell if cell == cell else None for cell in cells.tolist()]  # noqa: PLR0124
    ends = zip(edges.heads[part].tolist(), edges.tails[part].tolist(), edges.times[part].tolist(), strict=True)
    for row, (head, tail, time) in enumerate(ends):
        properties = {name: cells[row] for name, cells in columns.items() if cells[row] is not None}
        yield Row(head_keys[head], tail_keys[tail], None if time == NO_TIME else time, properties, edges.type)
