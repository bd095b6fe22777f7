"""The labels at the ends of a behaviour: one label that holds all of them, else several, such as films and series."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from graphrec.config.paths import parse
from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.keys import COUNTABLE
from graphrec.graph.survey import Relation, Survey
from graphrec.graph.vocabulary import ITEMS, words

#: Most labels of items.
_MOST = 8
#: Share of the ends that a label holds if it holds all, but for some mistakes; and share that is large.
_ALL, _LARGE = 0.99, 0.1

#: Labels of nodes → number of behaviours that end there, the most frequent first.
Ends = Mapping[frozenset[str], int]


@dataclass(frozen=True)
class Stray:
    """Behaviours of a type that end at nodes outside a role: how many of all, and the most frequent labels."""

    kind: str
    part: str
    count: int
    total: int
    labels: tuple[str, ...]

    @property
    def message(self) -> str:
        """What is wrong."""
        where = "|".join(self.labels) or "nodes without a label"
        return (
            f"{self.kind}: {self.count:,} of {self.total:,} end at {where!r} nodes, which [graph.{self.part}] label "
            "does not name: they are not read"
        )

    @property
    def hint(self) -> str:
        """The next step."""
        return (
            f"name in [graph.{self.part}] label one label that all of them have, or several with a key that is on all; "
            f"or leave it so if they are no {self.part}s"
        )


def ends_of(db: Database, label: str | tuple[str, ...], kind: str) -> dict[frozenset[str], int]:
    """Return the labels at the other ends of the relationships of a type that touch a label."""
    rows = db.read(queries.load("inspect/end_labels", User=label, RATED=kind))
    found: dict[frozenset[str], int] = {}
    for row in rows:
        labels = frozenset(row["labels"])
        found[labels] = found.get(labels, 0) + row["count"]
    return found


def held(ends: Ends, labels: Collection[str]) -> int:
    """Return how many behaviours end at a node with any of the labels."""
    return sum(count for some, count in ends.items() if not some.isdisjoint(labels))


def further(ends: Ends, label: str, known: Collection[str], others: Collection[str]) -> list[str]:
    """Return a label and those that hold the remaining ends, labels of items first.

    Parameters
    ----------
    known
        Labels that may be named.
    others
        Labels of the other role, which may not.

    Examples
    --------
    >>> ends = {frozenset({"Book", "Medium"}): 6, frozenset({"DVD", "Medium"}): 4}
    >>> further(ends, "Book", ["Book", "DVD", "Medium"], ["Borrower"])
    ['Book', 'DVD']
    """
    labels = [label]
    while len(labels) < _MOST:
        rest = [name for some in ends if some.isdisjoint(labels) for name in sorted(some)]
        names = [name for name in rest if name in known and name not in others]
        # Of the labels of a node, the one that is on no node held so far says more than one that is on all.
        narrow = [name for name in names if held(ends, [name]) <= sum(ends.values()) - held(ends, labels)] or names
        chosen = next((name for name in narrow if words(name) & ITEMS), next(iter(narrow), None))
        if chosen is None:
            break
        labels.append(chosen)
    return labels


def one_label(ends: Ends, label: str, sizes: Mapping[str, int], others: Collection[str]) -> str:
    """Return one label that holds all ends: the given one if it does, or if no other does without more nodes.

    Parameters
    ----------
    sizes
        Label → number of its nodes.
    others
        Labels of the other role.

    Examples
    --------
    >>> ends = {frozenset({"Book", "Medium"}): 6, frozenset({"DVD", "Medium"}): 4}
    >>> one_label(ends, "Book", {"Book": 3, "DVD": 3, "Medium": 6, "Borrower": 9}, ["Borrower"])
    'Medium'
    >>> one_label(ends, "Book", {"Book": 3, "DVD": 3, "Medium": 50, "Borrower": 9}, ["Borrower"])
    'Book'
    """
    total = sum(ends.values())
    if held(ends, [label]) >= _ALL * total:
        return label
    several = further(ends, label, sizes, others)
    complete = held(ends, several) >= _ALL * total
    most = sum(sizes[name] for name in several) if complete else sum(sizes.values())
    whole = [
        name
        for name, size in sizes.items()
        if name not in others and size <= most and held(ends, [name]) >= _ALL * total
    ]
    return min(whole, key=lambda name: (sizes[name], name), default=label)


def with_whole_labels(
    db: Database, found: Survey, routes: Collection[Relation], relation: Relation, backwards: bool
) -> Relation:
    """Return a behaviour between the labels that hold all of its ends, where there are such labels."""
    if relation.head == relation.tail or relation.count > COUNTABLE:
        return relation
    sizes = {name: label.count for name, label in found.labels.items()}
    user, item = (relation.tail, relation.head) if backwards else (relation.head, relation.tail)
    if relation.path is not None:
        item = one_label(_ends_of_path(db, relation.path, user), item, sizes, [user])
        return next((r for r in routes if (r.head, r.path, r.tail) == (user, relation.path, item)), relation)
    users, items = ends_of(db, item, relation.kind), ends_of(db, user, relation.kind)
    item = one_label(items, item, sizes, _labels_beside(users, user))
    user = one_label(ends_of(db, item, relation.kind), user, sizes, _labels_beside(items, item))
    head, tail = (item, user) if backwards else (user, item)
    same = (r for r in found.relations if (r.head, r.kind, r.tail) == (head, relation.kind, tail))
    return next(same, relation)


def _ends_of_path(db: Database, path: str, *users: str) -> dict[frozenset[str], int]:
    """Return the labels at the end of a path, by its last relationship; nodes of the path itself are none."""
    parsed = parse(path)
    ends = ends_of(db, parsed.labels[-1], parsed.types[-1])
    return {some: count for some, count in ends.items() if some.isdisjoint({*users, *parsed.labels})}


def _labels_beside(ends: Ends, label: str) -> set[str]:
    """Return the labels of the nodes that have a label."""
    return {label}.union(*(some for some in ends if label in some))


def same_reading(db: Database, one: Relation, other: Relation, backwards: bool) -> bool:
    """Return whether two direct relationships of a type are between the same users, so that only a label differs."""
    if one.kind != other.kind or one.path is not None or other.path is not None or one.count > COUNTABLE:
        return False
    user, item = (one.tail, one.head) if backwards else (one.head, one.tail)
    its_user, its_item = (other.tail, other.head) if backwards else (other.head, other.tail)
    if its_user not in _labels_beside(ends_of(db, item, one.kind), user):
        return False
    return any(its_item in some for some in ends_of(db, user, one.kind))


def more_labels(
    db: Database, found: Survey, relations: Iterable[Relation], user: str, item: str
) -> tuple[tuple[str, ...], str]:
    """Return the items' label with those of further nodes that users reach by the same behaviours, and a remark."""
    labels, remarks = [item], list[str]()
    for relation in relations:
        if relation.count > COUNTABLE:
            continue
        direct = relation.path is None
        ends = ends_of(db, user, relation.kind) if direct else _ends_of_path(db, str(relation.path), user)
        for name in further(ends, item, found.labels, [user]):
            if name not in labels and len(labels) < _MOST:
                count = held({some: n for some, n in ends.items() if some.isdisjoint(labels)}, [name])
                labels.append(name)
                remarks.append(f"{count:,} {relation.kind} lead to {name!r} too")
    return tuple(labels), "; ".join(remarks)


def strays(db: Database, schema: GraphSchema) -> Iterator[Stray]:
    """Yield the behaviours of which a large share ends at nodes that are neither users nor items."""
    if schema.shared:
        return
    for kind, mapped in schema.behaviours.items():
        last = kind if mapped.by_path is None else mapped.by_path.types[-1]
        if db.read(queries.load("inspect/type_count", RATED=last))[0]["total"] > COUNTABLE:
            continue
        if mapped.path is None:
            sides = {"item": ends_of(db, schema.user.labels, kind), "user": ends_of(db, schema.item.labels, kind)}
        else:
            sides = {"item": _ends_of_path(db, mapped.path, *schema.user.labels)}
        for part, ends in sides.items():
            labels, total = schema.role(part).labels, sum(ends.values())
            stray = total - held(ends, labels)
            if total and stray >= _LARGE * total:
                first = next(some for some in ends if some.isdisjoint(labels))
                yield Stray(kind, part, stray, total, tuple(sorted(first)))
