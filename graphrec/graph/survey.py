"""Survey a database: labels, properties, keys, relationship types. Uses counts and samples, fast at any size."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from graphrec.common.console import note, progress
from graphrec.common.printable import printable
from graphrec.config.roles import ItemRole, UserRole
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.mapping import Shape, shape
from graphrec.graph.times import TimeProperty, time_properties

#: Nodes or relationships sampled for the properties of a label or type.
SAMPLE = 1000
#: Most labels or triples surveyed; the rest of a larger schema is skipped.
MOST_LABELS = 200
MOST_RELATIONS = 500


@dataclass(frozen=True)
class Property:
    """A property of a label or type, by a sample.

    ``share`` has it, other than as an empty text; ``distinctness`` 1: no value occurs twice; ``length``: of the texts
    on average, in characters; ``spaced``: share of the values with a space.
    """

    name: str
    kinds: tuple[str, ...]
    share: float
    distinctness: float
    length: float = 0.0
    spaced: float = 0.0


@dataclass(frozen=True)
class Label:
    """A label with its properties, or several labels in one role.

    ``unique``: properties with a uniqueness constraint; ``together``: several with one; ``labels``: if several.
    """

    name: str
    count: int
    properties: tuple[Property, ...]
    unique: tuple[str, ...]
    together: tuple[tuple[str, ...], ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def names(self) -> str | tuple[str, ...]:
        """The label, or all of several, for queries and mappings."""
        return self.labels or self.name


@dataclass(frozen=True)
class Relation:
    """``(:head)-[:kind]->(:tail)``. ``count`` is an upper bound: other labels may share the type.

    ``times``: the properties with times, most likely first. With a ``path`` it leads through other nodes, whose
    properties are named with their variables, such as ``o.orderDate``.
    """

    head: str
    kind: str
    tail: str
    count: int
    properties: tuple[Property, ...]
    times: tuple[TimeProperty, ...] = ()
    path: str | None = None

    def __str__(self) -> str:
        if self.path is not None:
            return f"(:{self.head}){self.path.removeprefix('(u)').removesuffix('(i)')}(:{self.tail})"
        return f"(:{self.head})-[:{self.kind}]->(:{self.tail})"

    def schema(self, mapped: Behaviour) -> GraphSchema:
        """Return a mapping in which this is the only behaviour."""
        return GraphSchema(UserRole(self.head, "id"), ItemRole(self.tail, "id"), behaviours={self.kind: mapped})


@dataclass(frozen=True)
class Survey:
    """Result of :func:`survey`."""

    shape: Shape
    labels: dict[str, Label]
    relations: tuple[Relation, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "labels": [asdict(label) for label in self.labels.values()],
            "relationships": [asdict(relation) for relation in self.relations],
        }

    def summary(self) -> str:
        """Return labels and triples with their counts as readable text."""
        lines = [
            f"(:{label.name})  {label.count:,}  {', '.join(p.name for p in label.properties[:8])}"
            for label in sorted(self.labels.values(), key=lambda label: -label.count)[:20]
        ]
        lines += [
            f"{relation}  {relation.count:,}  {', '.join(p.name for p in relation.properties[:8])}"
            for relation in sorted(self.relations, key=lambda relation: -relation.count)[:30]
        ]
        return "\n".join(f"  {printable(line)}" for line in lines)


def survey(db: Database) -> Survey:
    """Survey a database.

    Raises
    ------
    GraphError
        The database is empty.
    """
    found = shape(db)
    names = sorted(found.labels)[:MOST_LABELS]
    triples = sorted(t for t in found.triples if t[0] in names and t[2] in names)[:MOST_RELATIONS]
    if len(names) < len(found.labels) or len(triples) < len(found.triples):
        note(f"a large schema: looking at {len(names)} labels and {len(triples)} relationships between them")
    constrained = [(row["label"], tuple(row["keys"])) for row in db.read(queries.load("inspect/unique"))]
    labels, relations, properties, times = {}, [], {}, {}
    with progress() as bar:
        for name in bar.track(names, description="labels"):
            total = db.read(queries.load("inspect/label_count", User=name))[0]["total"]
            if total:
                unique = [found for label, found in constrained if label == name]
                together = tuple(found for found in unique if len(found) > 1)
                plain = tuple(f[0] for f in unique if len(f) == 1)
                labels[name] = Label(name, total, _properties(db, name), plain, together)
        for kind in bar.track(sorted({kind for _, kind, _ in triples}), description="types"):
            rows = db.read(queries.load("inspect/relationship_keys", RATED=kind), sample=SAMPLE)
            properties[kind] = tuple(Property(r["key"], _kinds(r["kinds"]), r["share"], 0.0) for r in rows)
            times[kind] = time_properties(row.data() for row in rows)
        for head, kind, tail in bar.track(triples, description="relationships"):
            row = db.read(queries.load("inspect/relationship_count", User=head, RATED=kind, Item=tail))[0]
            count = min(row["leaving"], row["arriving"])
            if count and head in labels and tail in labels:
                relations.append(Relation(head, kind, tail, count, properties[kind], times[kind]))
    return Survey(found, labels, tuple(relations))


def several(db: Database, labels: tuple[str, ...]) -> Label:
    """Return the nodes that have any of several labels as one; a constraint on one label says nothing of the others."""
    total = db.read(queries.load("inspect/label_count", User=labels))[0]["total"]
    return Label("|".join(labels), total, _properties(db, labels), (), labels=labels)


def _properties(db: Database, labels: str | tuple[str, ...]) -> tuple[Property, ...]:
    rows = db.read(queries.load("inspect/label_keys", User=labels), sample=SAMPLE)
    numbers = ("share", "distinctness", "length", "spaced")
    return tuple(Property(row["key"], _kinds(row["kinds"]), *(row[name] for name in numbers)) for row in rows)


def _kinds(kinds: list[str]) -> tuple[str, ...]:
    return tuple(sorted(kind.removesuffix(" NOT NULL") for kind in kinds))
