"""Write tables to Neo4j: constraints, nodes and relationships, one transaction per batch.

Loading is idempotent and so resumable. A node is merged on its key and written only if a property differs.
Relationships that exist already are read first and skipped. Reading is three times as fast as writing, so an
interrupted load catches up quickly. Two loads at once would not see each other's relationships, so one waits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from graphrec.common.errors import InputError
from graphrec.config.ids import is_integer, without_fraction
from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.server.room import RECORD_BYTES
from graphrec.db.write_lock import writing
from graphrec.pseudonyms.key import PseudonymKey
from graphrec.pseudonyms.noted import note_key
from graphrec_etl.batches import batches
from graphrec_etl.edge_writer import EdgeWriter, Key
from graphrec_etl.model import Edges, Nodes, Tables

if TYPE_CHECKING:
    from neo4j import SummaryCounters

Advance = Callable[[str, int], None]

#: Seconds to wait for the indexes of a database that already holds data.
INDEX_SECONDS = 600
_COUNTED = ("nodes_created", "relationships_created", "relationships_deleted", "properties_set", "labels_added")
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
    key
        Key of the pseudonyms that ids are; None: they are none.
    """

    def __init__(
        self,
        db: Database,
        schema: GraphSchema,
        batch: int = 10_000,
        advance: Advance | None = None,
        key: PseudonymKey | None = None,
    ) -> None:
        self._db, self._schema, self._batch, self._key = db, schema, batch, key
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
        ConfigError, GraphError
            The database has users under other ids: see :func:`graphrec.pseudonyms.noted.note_key`.
        DatabaseError
            Neo4j refuses or is unreachable. Committed batches stay; loading again resumes after them.
        """
        check_names(tables, self._schema)
        with writing(self._db, "load"):
            self._write(tables)
        return self.changes

    def _write(self, tables: Tables) -> None:
        note_key(self._db, self._schema, self._key)
        for role in ("user", "item", "entity"):
            self._match_keys(role, tables.nodes(role))
        self._require_room(tables)
        for name in CONSTRAINTS:
            self._db.auto(queries.load(name, self._schema))
        self._db.read(queries.load("schema/await"), seconds=INDEX_SECONDS)
        for role in ("user", "item", "entity"):
            self._nodes(role, tables.nodes(role))
        keys: dict[str, Sequence[Key]] = {role: tables.nodes(role).keys() for role in self._roles}
        between: dict[tuple[str, str], list[Edges]] = {}
        for edges in tables.edges:
            between.setdefault((edges.start, edges.end), []).append(edges)
        for (start, end), some in between.items():
            self._edges(start, end, some, keys)

    def _require_room(self, tables: Tables) -> None:
        """Refuse what has no room on the disk of a local server: at least what is more than the database has now."""
        there = self._db.read(queries.load("load/size"))[0]
        nodes = sum(len(tables.nodes(role)) for role in self._roles) - there["nodes"]
        edges = sum(len(edges) for edges in tables.edges) - there["relationships"]
        self._db.require_room((max(nodes, 0) + max(edges, 0)) * RECORD_BYTES)

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
        strange = next((key for key in nodes.codes if integers and not is_integer(key)), None)
        if strange is not None:
            raise InputError(
                f"{label}.{name} is an integer in this database, and {strange!r} is none",
                hint="load into another database, or give integer ids",
            )
        nodes.integers = integers

    def _count(self, counters: SummaryCounters) -> None:
        for name in _COUNTED:
            self.changes[name] += getattr(counters, name)

    def _nodes(self, role: str, nodes: Nodes) -> None:
        label, name = self._roles[role]
        query = queries.load("load/nodes", User=label, userId=name)
        renamed = _renamed(self._schema)[role]
        rows = (
            [key, {renamed.get(k, k): v for k, v in nodes.properties[code].items()}, sorted(nodes.kinds.get(code, ()))]
            for code, key in enumerate(nodes.keys())
        )
        for part in batches(rows, self._batch, at=1):
            self._count(self._db.write(query, rows=part))
            self._advance(label, len(part))

    def _edges(self, start: str, end: str, edges: list[Edges], keys: Mapping[str, Sequence[Key]]) -> None:
        names = dict(zip(("User", "userId", "Item", "itemId"), self._roles[start] + self._roles[end], strict=True))
        writer = EdgeWriter(self._db, names, edges, self._count)
        for written in writer.write(keys[start], keys[end], self._batch):
            for kind, rows in written.items():
                self._advance(kind, rows)


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
