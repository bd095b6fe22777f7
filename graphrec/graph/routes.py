"""Find behaviours through nodes between: orders and their lines, reviews, answers, sessions.

The nodes between belong to one user each (:mod:`graphrec.graph.personal`), and the path through them ends at a node
that several of them share. Names of types decide little: the first step is often authorship (WROTE), the last a part
(CONTAINS).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from graphrec.config.paths import BehaviourPath, Element, parse
from graphrec.config.schema import BLOCKING, Behaviour
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.personal import belong, owned_by_few
from graphrec.graph.senses import dislike, naming
from graphrec.graph.survey import SAMPLE, Property, Relation, Survey
from graphrec.graph.times import time_properties
from graphrec.graph.vocabulary import BEHAVIOURS, BETWEEN, ITEMS, USERS, words

#: Most nodes between, and most routes that are looked at in the database.
_MOST_BETWEEN, _MOST_ROUTES = 3, 30
#: Share of the pairs of a behaviour that another joins too, if it says the same.
_SAME = 0.9


@dataclass(frozen=True)
class _Step:
    """A relationship from the user's side, and the label that it leads to."""

    relation: Relation
    forward: bool
    label: str


@dataclass(frozen=True)
class _Known:
    """What was asked of the database, so that it is asked once; nodes ``between`` may have few owners each."""

    db: Database
    between: frozenset[str] = frozenset()
    answers: dict[tuple[str, ...], bool] = field(default_factory=dict)

    def belong(self, label: str, kind: str, owner: str) -> bool:
        """Return whether nodes of a label have one owner each."""
        key = (label, kind, owner)
        if key not in self.answers:
            few = label in self.between and owned_by_few(self.db, label, kind, owner)
            self.answers[key] = few or belong(self.db, label, kind, owner)
        return self.answers[key]

    def wanted(self, found: Survey, label: str, user: str) -> bool:
        """Return whether several users did something with each node of a label: who posts posts, others like them."""
        kinds = (r.kind for r in found.relations if {r.head, r.tail} == {user, label} and words(r.kind) & BEHAVIOURS)
        return not words(label) & BETWEEN and any(not self.belong(label, kind, user) for kind in kinds)

    def within(self, label: str, other: str) -> bool:
        """Return whether most nodes with one label have another too."""
        key = (label, other)
        if key not in self.answers:
            self.answers[key] = within(self.db, label, other)
        return self.answers[key]


def find_routes(db: Database, found: Survey, direct: bool) -> list[Relation]:
    """Return the behaviours through nodes between, from a user's label to an item's; ``path`` is set.

    Parameters
    ----------
    direct
        Whether a direct relationship may be the main behaviour. Users of a route then need the name of users, or orders
        and the like next to them: readers belong to a library, but the library borrows nothing.
    """
    named = [name for name in found.labels if words(name) & USERS]
    users = named or list(found.labels)
    known = _Known(db)
    ways = [way for user in sorted(users) for way in _ways(known, found, user, ())]
    # A session that several people share is still no user.
    through = {step.label for _, steps in ways for step in steps[:-1]}
    shared = _Known(db, frozenset(name for name in found.labels if words(name) & BETWEEN and name not in through))
    for user in sorted(named) if shared.between else ():
        ways += [way for way in _ways(shared, found, user, ()) if {s.label for s in way[1][:-1]} & shared.between]
    # A way ends at an item: who made a film did nothing with its genre.
    ways = [way for way in ways if not any(is_item(step.label) for step in way[1][:-1])]
    if direct and not named:
        ways = [way for way in ways if words(way[1][0].label) & BETWEEN]
    ways.sort(key=lambda way: (not is_item(way[1][-1].label), len(way[1]), way[0], str(way[1])))
    routes = list[Relation]()
    for user, steps in ways[:_MOST_ROUTES]:
        route = _route(db, found, user, steps)
        if route is not None:
            names = {other.kind for other in routes if (other.head, other.tail) == (route.head, route.tail)}
            further = (f"{route.kind}_{number}" for number in range(2, _MOST_ROUTES + 1))
            free = next(name for name in (route.kind, *further) if name not in names)
            routes.append(replace(route, kind=free))
    return routes


def without_detours(db: Database, routes: list[Relation], direct: list[Relation]) -> tuple[list[Relation], list[str]]:
    """Return the routes that are behaviours of their own, and remarks on the others.

    A route is a detour of another behaviour if nearly all pairs of each are pairs of the other: what was bought is also
    viewed, and says more. One over the same nodes is one even if it joins fewer, unless it has a verb of its own.
    """
    kept, remarks = list[Relation](), list[str]()
    for route in routes:
        others = [one for one in (*direct, *kept) if (dislike(one) is None) == (dislike(route) is None)]
        same = (one for one in others if _share(db, route, one) and (_alike(route, one) or _share(db, one, route)))
        other = next(same, None)
        if other is None:
            kept.append(route)
        else:
            remarks.append(f"left out: {route}: joins the same users and items as {other.kind}")
    return kept, remarks


def _alike(route: Relation, other: Relation) -> bool:
    """Return whether two routes lead over nodes of one label, or the same types, and the first has no other verb."""
    if route.path is None or other.path is None:
        return False
    one, two = parse(route.path), parse(other.path)
    verb = naming(one.types)
    return one.types == two.types or (bool(set(one.labels) & set(two.labels)) and verb in (None, naming(two.types)))


def _share(db: Database, one: Relation, other: Relation) -> bool:
    """Return whether nearly all pairs that one behaviour joins are joined by the other, in a sample."""
    query = queries.load("inspect/pairs", one.schema(Behaviour(path=one.path)), RATED=one.kind)
    pairs = [list(row.values()) for row in db.read(query, sample=SAMPLE)]
    query = queries.load("inspect/pairs_joined", other.schema(Behaviour(path=other.path)), RATED=other.kind)
    turned = (other.path is not None and other.head == one.tail) or (one.path is not None and one.head == other.tail)
    joined = db.read(query, pairs=[pair[::-1] for pair in pairs] if turned else pairs)[0]["joined"]
    return bool(pairs) and joined >= _SAME * len(pairs)


def within(db: Database, label: str, other: str) -> bool:
    """Return whether most nodes with one label have another too, in a sample."""
    row = db.read(queries.load("inspect/both_labels", Item=label, User=other), sample=SAMPLE)[0]
    return bool(2 * row["both"] > row["size"])


def is_item(label: str) -> bool:
    """Return whether a label sounds like items: ``Product``, but neither ``ProductReview`` nor ``LineItem``."""
    parts = re.findall(r"[A-Z]?[^\W\dA-Z_]+|[A-Z]+(?![a-z])", label)
    return bool(parts and words(parts[-1]) & ITEMS) and not (len(parts) > 1 and parts[-1].lower() == "item")


def only_used(path: BehaviourPath, used: set[str]) -> str:
    """Return a path without the variables of relationships of which no property is used."""
    kept = (
        element if element.kind == "node" or element.variable in used else replace(element, variable=None)
        for element in path.elements
    )
    return BehaviourPath(tuple(kept)).text()


def _ways(known: _Known, found: Survey, user: str, steps: tuple[_Step, ...]) -> Iterator[tuple[str, tuple[_Step, ...]]]:
    """Yield the ways from a user over nodes of the user's own to a label that is not the user's own."""
    last = steps[-1].label if steps else user
    passed = {user, *(step.label for step in steps)}
    for relation in found.relations:
        if last not in (relation.head, relation.tail) or relation.head == relation.tail or relation.kind in BLOCKING:
            continue
        forward = relation.head == last
        label = relation.tail if forward else relation.head
        if label in passed or words(label) & USERS:
            continue
        if known.within(label, user):  # a path does not return to people: hosts are users who have something to offer
            continue
        more = (*steps, _Step(relation, forward, label))
        if (
            len(steps) < _MOST_BETWEEN
            and known.belong(label, relation.kind, last)
            and not known.wanted(found, label, user)
        ):
            yield from _ways(known, found, user, more)
        if steps and (relation.count > found.labels[label].count or is_item(label)):
            yield user, more


def _route(db: Database, found: Survey, user: str, steps: tuple[_Step, ...]) -> Relation | None:
    """Return a way as a behaviour with the properties on it; None if no node takes it."""
    path = _path(steps)
    last = steps[-1]
    kind = _name(found, steps)
    route = Relation(user, kind, last.label, last.relation.count, (), (), path.text())
    schema = route.schema(Behaviour(path=route.path))
    if not db.read(queries.load("inspect/joins", schema, RATED=kind))[0]["forward"]:
        return None
    at = {place: variable for variable, place in path.variables.items()}
    rows = [
        row.data() | {"owner": at[row["place"]]}
        for row in db.read(queries.load("inspect/path_keys", schema, RATED=kind), sample=SAMPLE)
    ]
    properties = tuple(
        Property(f"{row['owner']}.{row['key']}", tuple(sorted(row["kinds"])), row["share"], 0.0) for row in rows
    )
    return replace(route, properties=properties, times=time_properties(rows))


def _path(steps: tuple[_Step, ...]) -> BehaviourPath:
    """Return the path, with variables: the first letter of a label, and r for a relationship with properties."""
    taken = {"u", "i"}
    nodes = [_variable(step.label[:1].lower(), taken) for step in steps[:-1]]
    elements = []
    for place, step in enumerate(steps):
        variable = _variable("r", taken) if step.relation.properties else None
        elements.append(Element("relationship", step.relation.kind, variable, "->" if step.forward else "<-"))
        if place < len(nodes):
            elements.append(Element("node", step.label, nodes[place]))
    return BehaviourPath(tuple(elements))


def _variable(letter: str, taken: set[str]) -> str:
    letter = letter if letter.isascii() and letter.isalpha() else "n"
    name, number = letter, 2
    while name in taken:
        name, number = f"{letter}{number}", number + 1
    taken.add(name)
    return name


def _name(found: Survey, steps: tuple[_Step, ...]) -> str:
    """Return a name for the behaviour: a verb of the user's on the way, else the first label between."""
    kinds = [step.relation.kind for step in steps]
    label = re.sub(r"\W", "_", steps[0].label).upper()
    said = naming(kinds) or label
    ends = {steps[0].relation.head if steps[0].forward else steps[0].relation.tail, steps[-1].label}
    taken = any(relation.kind == said and {relation.head, relation.tail} == ends for relation in found.relations)
    return f"{said}_{label}" if taken else said
