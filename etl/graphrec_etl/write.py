"""Write tables to Neo4j: constraints, nodes and relationships, one transaction per batch.

Loading is idempotent and so resumable. A node is merged on its key and written only if a property differs.
Relationships that exist already are read first and skipped. Reading is three times as fast as writing, so an
interrupted load catches up quickly. Run one loader at a time: two would not see each other's relationships.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from graphrec.common.errors import InputError
from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec_etl.model import NO_TIME, Edges, Nodes, Tables

if TYPE_CHECKING:
    from neo4j import SummaryCounters

Advance = Callable[[str, int], None]
Key = str | int

#: Seconds to wait for the indexes of a database that already holds data.
INDEX_SECONDS = 600
CONSTRAINTS = ("schema/user", "schema/item", "schema/entity", "schema/item_entity")


class Writer:
    """Write one data set.

    Parameters
    ----------
    db
        Target database.
    schema
        Names of labels, types and properties.
    batch
        Rows per transaction.
    advance
        Called with the name of what is being written and the number of rows written since the last call.
    """

    def __init__(self, db: Database, schema: GraphSchema, batch: int = 10_000, advance: Advance | None = None) -> None:
        self._db, self._schema, self._batch = db, schema, batch
        self._advance: Advance = advance or (lambda what, rows: None)
        self._roles = {
            "user": (schema.user.label, schema.user.key),
            "item": (schema.item.label, schema.item.key),
            "entity": (schema.entity.label, schema.entity.key),
        }
        self._renamed = {
            "title": schema.item.title,
            "image": schema.item.image,
            "audio": schema.item.audio,
            "entityId": schema.entity.key,
        }
        self.changes: Counter[str] = Counter()

    def write(self, tables: Tables) -> Counter[str]:
        """Write everything and return what changed in the database.

        Raises
        ------
        InputError
            The database has integer ids and these are text; nothing is written.
        DatabaseError
            Neo4j refuses or is unreachable. Committed batches stay; loading again resumes after them.
        """
        for role in ("user", "item", "entity"):
            self._match_keys(role, tables.nodes(role))
        for name in CONSTRAINTS:
            self._db.auto(queries.load(name, self._schema))
        self._db.auto(queries.load("schema/await"), seconds=INDEX_SECONDS)
        for role in ("user", "item", "entity"):
            self._nodes(role, tables.nodes(role))
        keys: dict[str, Sequence[Key]] = {role: tables.nodes(role).keys() for role in self._roles}
        for edges in tables.edges:
            self._edges(edges, keys[edges.start], keys[edges.end])
        return self.changes

    def _match_keys(self, role: str, nodes: Nodes) -> None:
        """Give new keys the type of the stored ones: ``196`` and ``"196"`` would be two users, and mean one."""
        label, name = self._roles[role]
        stored = self._db.read(queries.load("load/key_type", User=label, userId=name))
        if not stored or not len(nodes):
            return
        integers = isinstance(stored[0]["key"], int)
        strange = next((key for key in nodes.codes if integers and not _is_integer(key)), None)
        if strange is not None:
            raise InputError(
                f"{label}.{name} is an integer in this database, and {strange!r} is none",
                hint="load into another database, or give integer ids",
            )
        nodes.integers = integers

    def _run(self, query: str, rows: list[Any]) -> None:
        counters: SummaryCounters = self._db.write(query, rows=rows)
        for name in ("nodes_created", "relationships_created", "properties_set", "labels_added"):
            self.changes[name] += getattr(counters, name)

    def _nodes(self, role: str, nodes: Nodes) -> None:
        label, name = self._roles[role]
        query = queries.load("load/nodes", User=label, userId=name)
        renamed = self._renamed if role == "item" else {"name": self._schema.entity.name} if role == "entity" else {}
        rows: list[list[Any]] = []
        for code, key in enumerate(nodes.keys()):
            properties = {renamed.get(k, k): v for k, v in nodes.properties[code].items()}
            rows.append([key, properties, sorted(nodes.kinds.get(code, ()))])
        for start in range(0, len(rows), self._batch):
            part = rows[start : start + self._batch]
            self._run(query, part)
            self._advance(label, len(part))

    def _edges(self, edges: Edges, head_keys: Sequence[Key], tail_keys: Sequence[Key]) -> None:
        (start, start_key), (end, end_key) = self._roles[edges.start], self._roles[edges.end]
        names = {"User": start, "userId": start_key, "Item": end, "itemId": end_key, "RATED": edges.type}
        create, update = queries.load("load/edges", None, **names), queries.load("load/edges_update", None, **names)
        present = queries.load("load/edges_present", None, **names)
        fresh = self._db.read(queries.load("load/edges_count", RATED=edges.type))[0]["edges"] == 0
        known: dict[Key, dict[tuple[Any, ...], dict[str, Any]]] = {}
        for first in range(0, len(edges), self._batch):
            rows = list(_rows(edges, slice(first, first + self._batch), head_keys, tail_keys))
            if not fresh:
                heads = list(dict.fromkeys(row[0] for row in rows))
                # A hub's relationships fill many batches: its existing ones are read once.
                known = {head: known[head] for head in heads if head in known}
                for record in self._db.read(present, keys=[head for head in heads if head not in known]):
                    known[record["key"]] = {
                        _identity(edges, tail, time, properties): properties
                        for tail, time, properties in record["edges"]
                    }
            missing: dict[Key, list[list[Any]]] = {}
            changed: list[list[Any]] = []
            for head, tail, time, properties in rows:
                old = known.get(head, {}).get(_identity(edges, tail, time, properties))
                if old is None:
                    missing.setdefault(head, []).append([tail, time, properties])
                elif any(old.get(name) != value for name, value in properties.items()):
                    same = {name: properties[name] for name in edges.identity if name in properties}
                    changed.append([head, tail, time, same, properties])
            if missing:
                self._run(create, [[head, found] for head, found in missing.items()])
            if changed:
                self._run(update, changed)
            self._advance(edges.type, len(rows))


def _is_integer(key: str) -> bool:
    """Return whether a key reads the same as an integer that Neo4j can store."""
    return re.fullmatch(r"0|-?[1-9]\d{0,17}", key, re.ASCII) is not None


def _identity(edges: Edges, tail: Key, time: int | None, properties: dict[str, Any]) -> tuple[Any, ...]:
    """Return what distinguishes a relationship from the others of its start node."""
    return (tail, time, *(properties.get(name) for name in edges.identity))


def _rows(
    edges: Edges, part: slice, head_keys: Sequence[Key], tail_keys: Sequence[Key]
) -> Iterator[tuple[Key, Key, int | None, dict[str, Any]]]:
    """Yield start key, end key, time and properties; missing values are left out."""
    columns = {}
    for name, column in edges.properties.items():
        cells = column[part]
        # NaN is the one number that differs from itself.
        columns[name] = [cell if cell == cell else None for cell in cells.tolist()]  # noqa: PLR0124
    ends = zip(edges.heads[part].tolist(), edges.tails[part].tolist(), edges.times[part].tolist(), strict=True)
    for row, (head, tail, time) in enumerate(ends):
        properties = {name: cells[row] for name, cells in columns.items() if cells[row] is not None}
        yield head_keys[head], tail_keys[tail], None if time == NO_TIME else time, properties
