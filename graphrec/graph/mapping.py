"""Complete the ``[graph]`` mapping from the database, and check it against the database.

Behaviours are relationships from a user to an item, except those that graphrec itself writes. Knowledge is
relationships among items and other nodes connected to items. A node connected to users *and* items, such as
``(:User)-[:WROTE]->(:Review)-[:ABOUT]->(:Item)``, encodes behaviour, and so does a longer path over nodes that belong
to one user each (:mod:`graphrec.graph.personal`): as knowledge it would leak held-out behaviour into training, so its
types are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from graphrec.common.console import warn
from graphrec.common.errors import ConfigError, GraphError, LeakageError, nearest
from graphrec.config.posts_mapping import POST_KEY, STRENGTH
from graphrec.config.schema import BLOCKING, OWN_LABELS, OWN_TYPES, TIME, Behaviour, GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.on_paths import also_on_paths, check_paths, labels_on_paths
from graphrec.graph.personal import few, number_of, personal_labels, shared_by_few
from graphrec.graph.subset import check_subset
from graphrec.graph.times import time_properties

#: Labels of nodes that graphrec writes for itself.

#: Properties that are a behaviour's strength. Ratings are not: 1 star is a negative opinion, not a weak preference.
STRENGTH_NAMES = ("weight", "strength")

_SAMPLE = 1000


@dataclass(frozen=True)
class Shape:
    """Labels and (label, type, label) triples of a database, without graphrec's own.

    Each label of a node with several labels gives a separate triple, so some triples may not occur as such.
    """

    labels: frozenset[str]
    triples: frozenset[tuple[str, str, str]]

    @property
    def types(self) -> frozenset[str]:
        """All relationship types."""
        return frozenset(kind for _, kind, _ in self.triples)

    def joins(self, kind: str) -> str:
        """Return the label pairs of a type as readable text."""
        found = sorted({f"(:{a})-[:{kind}]->(:{b})" for a, t, b in self.triples if t == kind})
        return ", ".join(found[:3]) + (", …" if len(found) > 3 else "")


def shape(db: Database) -> Shape:
    """Return the labels and triples of the database.

    Raises
    ------
    GraphError
        The database is empty.
    """
    row = db.read(queries.load("inspect/shape"))[0]
    joined = {label for a, _, b in row["triples"] for label in (a, b)}
    alone = (label for label in set(row["labels"]) - joined - OWN_LABELS if _has_nodes(db, label))
    labels = frozenset(joined.union(alone)) - OWN_LABELS
    if not labels:
        raise GraphError("the database is empty", hint="run graphrec load or graphrec quickstart")
    triples = {(a, kind, b) for a, kind, b in row["triples"] if a in labels and b in labels and kind not in OWN_TYPES}
    return Shape(labels, frozenset(triples))


def _has_nodes(db: Database, label: str) -> bool:
    """Return whether a label has nodes; others are known by an index or a constraint alone."""
    return bool(db.read(queries.load("inspect/label_count", User=label))[0]["total"])


def unmapped(db: Database, schema: GraphSchema, roles: Collection[str] = ("user", "item")) -> GraphError | None:
    """Return an error if the database is empty or lacks the mapped nodes of some roles, else None."""
    try:
        _check_labels(schema, shape(db), roles)
    except GraphError as error:
        return error
    return None


def resolve_behaviours(db: Database, schema: GraphSchema) -> GraphSchema:
    """Fill in empty ``behaviours`` from the database, and leave ``knowledge`` as it is: for those who only write.

    Raises
    ------
    GraphError, ConfigError, LeakageError
        See :func:`resolve`.
    """
    return _with_behaviours(db, schema, shape(db))


def _with_behaviours(db: Database, schema: GraphSchema, found: Shape) -> GraphSchema:
    _check_labels(schema, found)
    _check_types(schema, found)
    for role in (schema.user, schema.item):
        check_subset(db, role)
    check_searches(db, schema, found)
    return msgspec.structs.replace(schema, behaviours=_behaviours(db, schema, found))


def resolve(db: Database, schema: GraphSchema) -> GraphSchema:
    """Fill in empty ``behaviours`` and unset ``knowledge`` from the database.

    Returns
    -------
    GraphSchema
        Has at least one behaviour, and knowledge is not None. Resolving again changes nothing.

    Raises
    ------
    GraphError
        The database is empty, lacks a mapped label or type, or has no behaviours.
    ConfigError
        One type has two roles.
    LeakageError
        A type mapped as knowledge encodes behaviour.
    """
    found = shape(db)
    filled = _with_behaviours(db, schema, found)
    if schema.knowledge is not None:
        owned = _owned(db, filled, found)
        for kind in schema.knowledge:
            _refuse_leak(db, filled, found, kind, owned)
        return filled
    knowledge, left = find_knowledge(db, filled, found)
    for kind, why in left.items():
        warn(f"{kind} is left out of the knowledge: {why}")
    return msgspec.structs.replace(filled, knowledge=knowledge)


def _check_labels(schema: GraphSchema, found: Shape, roles: Collection[str] = ("user", "item")) -> None:
    """Check that the labels of users and items exist."""
    for table in roles:
        for label in schema.role(table).labels:
            if label in found.labels:
                continue
            inspect = "`graphrec inspect` proposes a mapping of this graph"
            if schema == GraphSchema():
                inspect = "`graphrec inspect --write` puts a mapping of this graph into graphrec.toml"
            raise GraphError(
                f"[graph.{table}] label = {label!r}: the database has no such label",
                hint=f"{nearest(label, found.labels)}; {inspect}",
            )


def _check_types(schema: GraphSchema, found: Shape) -> None:
    """Check that every mapped type exists, is not graphrec's own and has one role."""
    parts: dict[str, str] = {}
    named = [("behaviours", kind) for kind in sorted(schema.behaviour_types)]
    named += [("searches", kind) for kind in schema.searches]
    named += [("knowledge", kind) for kind in schema.knowledge or ()] + [("social", kind) for kind in schema.social]
    for part, kind in named:
        if kind in OWN_TYPES:
            raise ConfigError(f"[graph] {part}: {kind!r} is what graphrec itself writes", hint="leave it out")
        if kind not in found.types:
            raise GraphError(
                f"[graph] {part}: the database has no relationship of type {kind!r}",
                hint=f"{nearest(kind, found.types)}; graphrec inspect proposes a mapping",
            )
        if parts.setdefault(kind, part) != part:
            on = next((f" on the path of {name!r}" for name, path in schema.paths.items() if kind in path.types), "")
            raise (LeakageError if part == "knowledge" else ConfigError)(
                f"[graph]: {kind!r} is mapped as {parts[kind]}{on} and as {part}", hint="a type has one role: keep one"
            )
    check_paths(schema, found.labels, found.triples)


def check_searches(db: Database, schema: GraphSchema, found: Shape) -> None:
    """Check that every type of search leads from users to nodes with a key and text.

    Raises
    ------
    GraphError
        The database lacks a mapped label, type or property.
    ConfigError
        Searches have the label of users or items, or two types map the same nodes differently.
    """
    read: dict[str, tuple[str, str]] = {}
    for kind, mapped in schema.searches.items():
        place = f"[graph.searches.{kind}]"
        if mapped.label in (*schema.user.labels, *schema.item.labels):
            raise ConfigError(
                f"{place} label = {mapped.label!r}: already has another role", hint="name that of searches"
            )
        if read.setdefault(mapped.label, (mapped.key, mapped.text)) != (mapped.key, mapped.text):
            raise ConfigError(
                f"{place}: maps {mapped.label!r} to other properties than another type of search",
                hint="key and text of a label are the same in every [graph.searches.TYPE]",
            )
        if mapped.label not in found.labels:
            raise GraphError(
                f"{place} label = {mapped.label!r}: the database has no such label",
                hint=nearest(mapped.label, found.labels),
            )
        joined = db.read(queries.load("inspect/joins", schema, RATED=kind, Item=mapped.label))[0]
        if not (joined["forward"] or joined["backward"]):
            raise GraphError(
                f"{place}: joins no {schema.user.name!r} with a {mapped.label!r}"
                + (f", but {found.joins(kind)}" if kind in found.types else ""),
                hint="name the label of the searches, or another type: "
                + nearest(kind, (t for a, t, b in found.triples if a in schema.user.labels and b == mapped.label)),
            )
        rows = db.read(queries.load("inspect/label_keys", User=mapped.label), sample=_SAMPLE)
        known = [row["key"] for row in rows]
        for name, value in (("key", mapped.key), ("text", mapped.text)):
            if value not in known:
                raise GraphError(f"{place} {name} = {value!r}: no {mapped.label!r} has it", hint=nearest(value, known))


def _behaviours(db: Database, schema: GraphSchema, found: Shape) -> dict[str, Behaviour]:
    user, item = schema.user.name, schema.item.name
    if schema.behaviours:
        for kind, mapped in schema.behaviours.items():
            joined = db.read(queries.load("inspect/joins", schema, RATED=kind))[0]
            if not (joined["forward"] or (joined["backward"] and not schema.shared)):
                said = f"joins no {user!r} with any {item!r}, but {found.joins(kind)}"
                if mapped.path is not None:
                    said = f"no path {mapped.path} leads from any {user!r} to any {item!r}"
                raise GraphError(f"[graph.behaviours.{kind}]: {said}", hint="graphrec inspect proposes a mapping")
        return schema.behaviours
    users, items = schema.user.labels, schema.item.labels
    between = {kind for a, kind, b in found.triples if a in users and b in items}
    candidates = sorted(between - {*schema.social, *BLOCKING})
    joining = [kind for kind in candidates if db.read(queries.load("inspect/joins", schema, RATED=kind))[0]["forward"]]
    if not joining:
        near = sorted(kind for a, kind, b in found.triples if a in users or (a in items and b in users))
        raise GraphError(
            f"no behaviours: nothing leads from any {user!r} to any {item!r}"
            + (f" (types that touch {user!r} nodes: {', '.join(dict.fromkeys(near))})" if near else ""),
            hint="run graphrec load, or name the type in [graph.behaviours]; graphrec inspect proposes a mapping",
        )
    return {kind: behaviour(db, kind) for kind in joining}


def behaviour(db: Database, kind: str) -> Behaviour:
    """Return the mapping of a behaviour by its properties; ``time`` is None if no property is a time."""
    rows = db.read(queries.load("inspect/relationship_keys", RATED=kind), sample=_SAMPLE)
    times = time_properties(row.data() for row in rows)
    if POST_KEY in {row["key"] for row in rows}:  # the tone of posts, negative where something is disliked
        return Behaviour(strength=STRENGTH, dislike=0.0, time=TIME if times else None)
    strength = named([row["key"] for row in rows], STRENGTH_NAMES)
    return Behaviour(strength=strength, time=times[0].name if times else None)


def named(keys: Collection[str], names: tuple[str, ...]) -> str | None:
    """Return the first of ``names`` that is a key, ignoring case and underscores."""
    plain = {key.lower().replace("_", ""): key for key in sorted(keys, reverse=True)}
    return next((plain[name] for name in names if name in plain), None)


def find_knowledge(db: Database, schema: GraphSchema, found: Shape) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the knowledge types, and the rejected candidates with reasons."""
    # Relationships of a user's searches and posts are relationships of the user.
    personal = {*schema.user.labels, *(mapped.label for mapped in schema.searches.values())}
    if any(b == schema.posts.label and kind == schema.posts.to_author[-1].name for _, kind, b in found.triples):
        personal.add(schema.posts.label)
    personal.difference_update(schema.item.labels)
    taken = {*schema.behaviour_types, *schema.social, *schema.searches}
    among = {(a, kind, b) for a, kind, b in found.triples if not personal & {a, b} and kind not in taken}
    # Only types connected to items; unrelated parts of the database carry no information about them.
    reached, grown = set(schema.item.labels), True
    while grown:
        more = {label for a, _, b in among if a in reached or b in reached for label in (a, b)} - reached
        reached |= more
        grown = bool(more)
    kept, left = [], {}
    owned = _owned(db, schema, found)
    for kind in sorted({kind for a, kind, _ in among if a in reached}):
        if not _between(db, schema, found, kind):
            continue
        leak = _leak(db, schema, found, kind, owned)
        if leak:
            left[kind] = f"{leak}, so it would leak held-out behaviour"
        else:
            kept.append(kind)
    left |= also_on_paths(schema, found.triples)
    return tuple(kept), left


def _between(db: Database, schema: GraphSchema, found: Shape, kind: str) -> bool:
    """Return whether a type joins nodes other than users; query the database only if labels are ambiguous."""
    users = schema.user.labels
    if schema.shared or not any(a in users or b in users for a, t, b in found.triples if t == kind):
        return True
    return bool(db.read(queries.load("export/between", schema, HAS_GENRE=kind))[0]["found"])


def _refuse_leak(db: Database, schema: GraphSchema, found: Shape, kind: str, owned: _Owned) -> None:
    if not _between(db, schema, found, kind):
        raise LeakageError(
            f"[graph] knowledge: {kind!r} joins users ({found.joins(kind)}): that is behaviour, not knowledge",
            hint=f"take it out of knowledge; map it in [graph.behaviours.{kind}] if it leads to items",
        )
    leak = _leak(db, schema, found, kind, owned)
    if leak:
        raise LeakageError(
            f"[graph] knowledge: {kind!r} would leak held-out behaviour: {leak}",
            hint="take it out of knowledge; to learn from it, map its path in [graph.behaviours] (graphrec inspect)",
        )


class _Owned(NamedTuple):
    """Labels with the path from the user: of nodes that belong to one user each, and of those that few users share.

    ``users``: the number of all users.
    """

    paths: Mapping[str, str]
    shared: Mapping[str, str]
    users: int

    def said(self, label: str) -> str:
        """Return whom the nodes of a label belong to."""
        path = self.paths[label]
        whom = "few users" if path.startswith(tuple(self.shared.values())) else "one user"
        return f"its :{label} nodes belong to {whom} each, by {path}"


def _owned(db: Database, schema: GraphSchema, found: Shape) -> _Owned:
    direct = (kind for kind, mapped in schema.behaviours.items() if mapped.path is None)
    ignored = {*schema.social, *BLOCKING, *direct}
    roles = (schema.user.labels, schema.item.labels, found.triples, ignored)
    shared = shared_by_few(db, *roles)
    paths = personal_labels(db, *roles, labels_on_paths(schema), shared)
    return _Owned(paths, shared, number_of(db, schema.user.labels))


def _leak(db: Database, schema: GraphSchema, found: Shape, kind: str, owned: _Owned) -> str | None:
    """Return how a knowledge type encodes behaviour, or None."""
    users, items = set(schema.user.labels), set(schema.item.labels)
    near = {label for a, _, b in found.triples if users & {a, b} for label in (a, b)} - users - items
    ends = {label for a, t, b in found.triples if t == kind for label in (a, b)}
    if not schema.shared:
        ends = {label for a, t, b in found.triples if t == kind and not users & {a, b} for label in (a, b)}
    if near & ends and not schema.shared:  # every node near an item is near users then
        rows = db.read(queries.load("export/leak", schema, HAS_GENRE=kind), blocking=list(BLOCKING), sample=_SAMPLE)
        if few([row["users"] for row in rows], owned.users):
            one = min(rows, key=lambda row: row["users"])
            return f"its :{':'.join(sorted(one['labels']))} nodes touch items and also users (by {one['types'][0]})"
    # The farthest label names the whole path. Triples are of labels, so some of them may not occur as such.
    for label in sorted(ends & owned.paths.keys(), key=lambda one: (-owned.paths[one].count("-["), one)):
        query = queries.load("export/personal", User=schema.user.label, Item=label, HAS_GENRE=kind)
        if schema.shared or db.read(query)[0]["found"]:
            return owned.said(label)
    return None
