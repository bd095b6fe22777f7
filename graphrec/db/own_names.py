"""The indexes and constraints that graphrec makes: their names, and whose an existing one is.

Names of indexes and constraints are global to a database, so the owner of a graph may use the same ones. graphrec
recognises its own by name, kind, label and property, and by the record on its pointer node
(``Recommender.ownIndexes``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graphrec.common.errors import GraphError
from graphrec.config.schema import VECTOR_INDEXES, GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database

TITLE = "itemTitle"
#: Labels that graphrec gives to indexed nodes of a role with several labels: a vector index covers one label.
INDEX_LABELS = {"user": "GraphrecUser", "item": "GraphrecItem"}
#: Constraint → label and property that it makes unique.
CONSTRAINTS = {"runId": ("Run", "runId"), "recommenderId": ("Recommender", "recommenderId")}
#: Index over embeddings → role of the nodes, and property.
EMBEDDINGS = {f"{role}Embedding{slot}": (role, f"embedding{slot}") for role in ("user", "item") for slot in "ABC"}
#: Index over content vectors → property.
CONTENT = {name: f"{vector}Vector" for vector, name in VECTOR_INDEXES.items()}
#: What publishing makes, and what embedding makes.
PUBLISHED = (*CONSTRAINTS, *EMBEDDINGS, TITLE)
EMBEDDED = tuple(CONTENT)


@dataclass(frozen=True)
class Held:
    """An index or constraint of the database; ``nodes``: whether it covers nodes."""

    name: str
    kind: str
    labels: list[str]
    properties: list[str]
    nodes: bool = True
    dimensions: int | None = None
    state: str = "ONLINE"
    unique: bool = False

    def __str__(self) -> str:
        what = "a uniqueness constraint" if self.unique else f"a {self.kind.replace('_', ' ').lower()}"
        index = "" if "CONSTRAINT" in self.kind or self.unique or "UNIQUE" in self.kind else " index"
        where = "|".join(self.labels)
        place = f"(:{where})" if self.nodes else f"[:{where}]"
        return f"{what}{index} on {place}.{', '.join(self.properties)}"

    def covers(self, kind: str, labels: tuple[str, ...], name: str) -> bool:
        """Return whether it is of this kind, on these labels and one property."""
        same = self.unique if kind == "UNIQUE" else self.kind == kind
        return same and self.nodes and set(self.labels) == set(labels) and self.properties == [name]


@dataclass(frozen=True)
class Marks:
    """What shows that graphrec has written to a database.

    ``indexes`` and ``labels``: as recorded on its pointer, None without a record; ``runs``: names of its runs;
    ``item_runs``: those that wrote the shown ``SIMILAR`` edges; ``weighed``: whether one of them has learned weights.
    """

    pointers: int
    ours: int
    indexes: list[str] | None
    labels: list[str] | None
    runs: list[str]
    item_runs: list[str]
    weighed: bool


def read_marks(db: Database) -> Marks:
    """Read what shows that graphrec has written to this database."""
    rows = db.read(queries.load("own/marks"))  # short, and the rest is done here: Neo4j plans it in half the time
    runs, pointers = rows[0]["runs"], [row for row in rows if row["pointer"] is not None]
    ours: list[dict[str, Any]] = [
        row["pointer"]
        for row in pointers
        if "ownIndexes" in row["pointer"] or row["active"] or (runs and len(row["pointer"]) == 1)
    ]

    def first(name: str) -> list[str] | None:
        return next((pointer[name] for pointer in ours if name in pointer), None)

    indexes = first("ownIndexes")
    if indexes is None:
        weighed = any(run["modalities"] not in (None, "{}") for run in runs)
    else:
        weighed = any(pointer.get("ownWeights") is True for pointer in ours)
    named = [run for run in runs if run["runId"] is not None]
    return Marks(
        pointers=len(pointers),
        ours=len(ours),
        indexes=indexes,
        labels=first("ownLabels"),
        runs=[run["runId"] for run in named],
        item_runs=[run["itemsRunId"] or run["runId"] for run in named],
        weighed=weighed,
    )


@dataclass(frozen=True)
class OwnNames:
    """The names of graphrec's indexes and constraints in one database, for one mapping."""

    db: Database
    schema: GraphSchema
    marks: Marks
    held: dict[str, Held]

    @cached_property
    def labels(self) -> list[str]:
        """Labels of users and items that runs have been published for; without a record, those of the mapping."""
        roles = [*self.schema.user.labels, *self.schema.item.labels] if self.marks.runs else []
        return list(dict.fromkeys(roles if self.marks.labels is None else self.marks.labels))

    def wanted(self, base: str) -> tuple[str, tuple[str, ...], str]:
        """Return kind, labels and property of an index or constraint in this mapping."""
        if base in CONSTRAINTS:
            label, name = CONSTRAINTS[base]
            return "UNIQUE", (label,), name
        item = self.schema.item
        if base == TITLE:
            return "FULLTEXT", item.labels, item.title
        role, name = EMBEDDINGS.get(base) or ("item", CONTENT[base])
        own = base in EMBEDDINGS and role == "item" and self.schema.shared
        return "VECTOR", (index_label(self.schema, role),), base if own else name

    def is_ours(self, base: str, found: Held) -> bool:
        """Return whether graphrec made an index or constraint that has one of its names."""
        kind, labels, name = self.wanted(base)
        same_kind = found.unique if kind == "UNIQUE" else found.kind == kind
        if not (same_kind and found.nodes and len(found.properties) == 1 and (len(found.labels) == 1 or base == TITLE)):
            return False
        names = {name, base, EMBEDDINGS[base][1]} if base in EMBEDDINGS else {name}
        if base != TITLE and found.properties[0] not in names:
            return False
        if self.marks.indexes is not None and found.name in self.marks.indexes:
            return True
        exact = set(found.labels) == set(labels) and found.properties == [name]
        if kind == "VECTOR":
            return self._has_our_vectors(base, found) or (self._is_empty(found) and (exact or self._left_over()))
        if self.marks.ours and self.marks.indexes is None:  # published before there was a record
            return exact
        return self._left_over() and (exact or self._is_empty(found))

    def _has_our_vectors(self, base: str, found: Held) -> bool:
        """Return whether the vectors in an index are graphrec's: by their encoder, or by the runs of their label."""
        (label,), (name,) = found.labels, found.properties
        if base in EMBEDDINGS:
            return label in {*self.labels, *INDEX_LABELS.values()}
        encoder = name.removesuffix("Vector") + "Encoder"
        return self._exists("own/marked", label, contentVector=name, contentEncoder=encoder)

    def _is_empty(self, found: Held) -> bool:
        return not self._exists("own/holders", tuple(found.labels), title=found.properties[0])

    def equivalent(self, base: str) -> Held | None:
        """Return an index of another name that covers the same; Neo4j allows no second one."""
        wanted, own = self.wanted(base), self.db.index_name(base)
        return next((one for one in self.held.values() if one.name != own and one.covers(*wanted)), None)

    def check(self, bases: Iterable[str]) -> None:
        """Refuse names that are taken.

        Raises
        ------
        GraphError
            An index or constraint that graphrec did not make has a name that graphrec needs, or covers what only one
            index can cover.
        """
        for base in bases:
            own = self.db.index_name(base)
            found = self.held.get(own)
            if found is not None and not found.covers(*self.wanted(base)):
                self.require_ours(base, found)
            other = self.equivalent(base) if base in EMBEDDINGS or base in CONTENT else None
            if other is not None:
                raise GraphError(
                    f"{other.name} is {other} already, and Neo4j allows no second one; graphrec makes its own, {own}; "
                    "nothing has been written",
                    hint=f"DROP INDEX {other.name}, or rename the property that it covers",
                )

    def require_ours(self, base: str, found: Held) -> None:
        """Refuse to replace an index that graphrec did not make.

        Raises
        ------
        GraphError
            It is the owner's.
        """
        if not self.is_ours(base, found):
            raise GraphError(
                f"the name {found.name} is taken: in this database it is {found}, which graphrec did not make; "
                "it stays as it is",
                hint='give graphrec\'s names a prefix: [database] index_prefix = "graphrec_" in graphrec.toml '
                "(or another one); or drop that one, if it is not needed",
            )

    def title_index(self) -> str | None:
        """Return the full-text index over the items' titles: graphrec's own, or else one of the owner's."""
        own = self.db.index_name(TITLE)
        if own in self.held and self.held[own].covers(*self.wanted(TITLE)):
            return own
        other = self.equivalent(TITLE)
        return other.name if other else None

    def missing_constraints(self) -> dict[str, str]:
        """Return the constraints to make, by name; none on labels whose nodes of the owner's it would bind."""
        found = {}
        for base, (label, name) in CONSTRAINTS.items():
            indexed = any(
                one.nodes and one.labels == [label] and one.properties == [name] for one in self.held.values()
            )
            query = "own/other_runs" if base == "runId" else "own/other_recommenders"
            if not indexed and not self.db.read(queries.load(query)):
                found[base] = self.db.index_name(base)
        return found

    def _left_over(self) -> bool:
        """Return whether runs have been deleted here with all their nodes, by the constraint that stayed."""
        pointer = self.held.get(self.db.index_name("recommenderId"))
        if self.marks.pointers or pointer is None or not pointer.covers("UNIQUE", ("Recommender",), "recommenderId"):
            return False
        return not self.db.read(queries.load("own/other_recommenders"))

    def _exists(self, query: str, label: str | tuple[str, ...], **names: str) -> bool:
        return bool(self.db.read(queries.load(query, None, Item=label, **names)))


def held(db: Database) -> dict[str, Held]:
    """Return every index and constraint of the database, by name."""
    found = {}
    for row in db.read(queries.load("own/constraints")):
        unique = row["kind"] in ("UNIQUENESS", "NODE_PROPERTY_UNIQUENESS")
        nodes = not row["kind"].startswith("RELATIONSHIP")
        found[row["name"]] = Held(row["name"], row["kind"], row["labels"], row["properties"], nodes, unique=unique)
    for row in db.read(queries.load("own/indexes")):
        values: dict[str, Any] = row.data()
        if values.pop("constraint") is None:
            found[row["name"]] = Held(**values)
    return found


def own_names(db: Database, schema: GraphSchema) -> OwnNames:
    """Read the indexes and constraints of a database, and which of them are graphrec's."""
    return OwnNames(db, schema, read_marks(db), held(db))


def index_label(schema: GraphSchema, role: str) -> str:
    """Return the label that vector indexes of users or items cover."""
    labels = schema.role(role).labels
    return labels[0] if len(labels) == 1 else INDEX_LABELS[role]


def label_indexed(db: Database, schema: GraphSchema, role: str, name: str) -> None:
    """Give the nodes with a vector the label that vector indexes cover, if it is graphrec's own.

    Parameters
    ----------
    name
        The property of the vector.
    """
    labels, label = schema.role(role).labels, index_label(schema, role)
    if label not in labels:
        db.auto(queries.load("own/index_label", Item=labels, GraphrecItem=label, textVector=name))


def title_index(db: Database, schema: GraphSchema) -> str | None:
    """Return the name of a full-text index over the items' titles; None if there is none."""
    labels, title, own = set(schema.item.labels), schema.item.title, db.index_name(TITLE)
    rows = db.read(queries.load("own/indexes"))
    fit = [r["name"] for r in rows if (r["kind"], set(r["labels"]), r["properties"]) == ("FULLTEXT", labels, [title])]
    return own if own in fit else next(iter(fit), None)


def record(db: Database, schema: GraphSchema, indexes: Iterable[str] = (), *, weights: bool = False) -> None:
    """Record on the pointer node which indexes and constraints graphrec makes, and where it writes properties.

    ``weights``: whether items get weights of modalities.
    """
    labels = [*schema.user.labels, *schema.item.labels]
    db.write(queries.load("own/record"), indexes=list(indexes), labels=labels, weights=weights)
