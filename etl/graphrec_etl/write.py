"""Write tables to Neo4j: constraints, nodes and relationships, one transaction per batch.

Loading is idempotent and so resumable. A node is merged on its key and written only if a property differs.
Relationships that exist already are read first and skipped. Reading is three times as fast as writing, so an
interrupted load catches up quickly. Run one loader at a time: two would not see each other's relationships.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from graphrec.common.errors import InputError
from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec_etl.model import NO_TIME, Edges, Nodes, Tables
from graphrec_etl.values import without_fraction

if TYPE_CHECKING:
    from neo4j import SummaryCounters

Advance = Callable[[str, int], None]
Key = str | int

#: Seconds to wait for the indexes of a database that already holds data.
INDEX_SECONDS = 600
#: Characters after which a transaction is full: Neo4j stalls on messages of hundreds of megabytes.
CHARACTERS = 10_000_000
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
            "user": schema.user.single(),
            "item": schema.item.single(),
            "entity": (schema.entity.label, schema.entity.key),
        }
        self.changes: Counter[str] = Counter()

    def write(self, tables: Tables) -> Counter[str]:
        """Write everything and return what changed in the database.

        Raises
        ------
        InputError
            The database has integer ids and these are text, or a property would overwrite a key; nothing is written.
        DatabaseError
            Neo4j refuses or is unreachable. Committed batches stay; loading again resumes after them.
        """
        check_names(tables, self._schema)
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
        key = stored[0]["key"]
        if isinstance(key, str) and without_fraction(key) != key:
            raise InputError(
                f"{label}.{name} has texts such as {key!r} in this database; graphrec reads {without_fraction(key)!r} "
                "from files, and the two would never meet",
                hint="load into another database, or store these ids without the fraction",
            )
        integers = isinstance(key, int | float)  # Neo4j finds 12.0 by 12
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
        renamed = _renamed(self._schema)[role]
        rows = (
            [key, {renamed.get(k, k): v for k, v in nodes.properties[code].items()}, sorted(nodes.kinds.get(code, ()))]
            for code, key in enumerate(nodes.keys())
        )
        for part in _batches(rows, self._batch, at=1):
            self._run(query, part)
            self._advance(label, len(part))

    def _edges(self, edges: Edges, head_keys: Sequence[Key], tail_keys: Sequence[Key]) -> None:
        (start, start_key), (end, end_key) = self._roles[edges.start], self._roles[edges.end]
        names = {"User": start, "userId": start_key, "Item": end, "itemId": end_key, "RATED": edges.type}
        create, update = queries.load("load/edges", None, **names), queries.load("load/edges_update", None, **names)
        present = queries.load("load/edges_present", None, **names)
        fresh = self._db.read(queries.load("load/edges_count", RATED=edges.type))[0]["edges"] == 0
        known: dict[Key, dict[tuple[Any, ...], dict[str, Any]]] = {}
        for rows in _batches(_rows(edges, self._batch, head_keys, tail_keys), self._batch, at=3):
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


def check_names(tables: Tables, schema: GraphSchema) -> None:
    """Check that no property takes the place of a key.

    Raises
    ------
    InputError
        A column would overwrite the key of its nodes in this mapping.
    """
    for role, key in (("user", schema.user.key), ("item", schema.item.key), ("entity", schema.entity.key)):
        names = {name for properties in tables.nodes(role).properties for name in properties}
        renamed = _renamed(schema)[role]
        taken = next((name for name in sorted(names) if renamed.get(name, name) == key), None)
        if taken is not None:
            raise InputError(
                f"the property {taken!r} of the {role} nodes would overwrite their key {key!r}",
                hint=f"rename the column, or give {role}s another key in [graph.{role}]",
            )


def _renamed(schema: GraphSchema) -> dict[str, dict[str, str]]:
    """Return role → property of the loaders → property in this graph."""
    item = {
        "title": schema.item.title,
        "image": schema.item.image,
        "audio": schema.item.audio,
        "entityId": schema.entity.key,
    }
    return {"user": {}, "item": item, "entity": {"name": schema.entity.name}}


R = TypeVar("R", bound=Sequence[Any])


def _batches(rows: Iterable[R], size: int, at: int) -> Iterator[list[R]]:
    """Split rows into batches of at most ``size`` rows and about :data:`CHARACTERS`; ``at``: place of properties."""
    part: list[R] = []
    characters = 0
    for row in rows:
        part.append(row)
        characters += sum(map(_characters, row[at].values()))
        if len(part) >= size or characters >= CHARACTERS:
            yield part
            part, characters = [], 0
    if part:
        yield part


def _characters(value: Any) -> int:
    if isinstance(value, list):
        return sum(map(_characters, value))
    return len(value) if isinstance(value, str) else 8


def _is_integer(key: str) -> bool:
    """Return whether a key reads the same as an integer that Neo4j can store."""
    return re.fullmatch(r"0|-?[1-9]\d{0,17}", key, re.ASCII) is not None


def _identity(edges: Edges, tail: Key, time: int | None, properties: dict[str, Any]) -> tuple[Any, ...]:
    """Return what distinguishes a relationship from the others of its start node."""
    return (tail, time, *(properties.get(name) for name in edges.identity))


def _rows(
    edges: Edges, batch: int, head_keys: Sequence[Key], tail_keys: Sequence[Key]
) -> Iterator[tuple[Key, Key, int | None, dict[str, Any]]]:
    """Yield start key, end key, time and properties; missing values are left out."""
    for first in range(0, len(edges), batch):
        yield from _part(edges, slice(first, first + batch), head_keys, tail_keys)


def _part(
    edges: Edges, part: slice, head_keys: Sequence[Key], tail_keys: Sequence[Key]
) -> Iterator[tuple[Key, Key, int | None, dict[str, Any]]]:
    columns = {}
    for name, column in edges.properties.items():
        cells = column[part]
        # NaN is the one number that differs from itself.
        columns[name] = [cell if cell == cell else None for cell in cells.tolist()]  # noqa: PLR0124
    ends = zip(edges.heads[part].tolist(), edges.tails[part].tolist(), edges.times[part].tolist(), strict=True)
    for row, (head, tail, time) in enumerate(ends):
        properties = {name: cells[row] for name, cells in columns.items() if cells[row] is not None}
        yield head_keys[head], tail_keys[tail], None if time == NO_TIME else time, properties
