"""Rewrite queries for behaviours through other nodes, so that each query is written once, for direct relationships.

Two forms of a query know behaviours:

* those of one type, written with ``-[r:RATED]-``: the path takes the place of the relationship;
* those of all types: the part between ``{ // or by a path`` and its ``}`` is repeated, with UNION ALL, for each path.

In both, ``r[$strength]``, ``r[$time]``, ``r[$part]`` and ``[name IN $contexts | r[name]]`` become properties of the
elements of the path that have them, and ``type(r)`` the name of the behaviour. Nodes on paths belong to users:
``NOT n:User`` leaves them out too.

Names of the mapping are inserted when the query's own names have been replaced (:mod:`graphrec.db.inserted`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from graphrec.config.cypher_path import arrow
from graphrec.config.paths import BehaviourPath
from graphrec.config.schema import Behaviour, GraphSchema, quoted
from graphrec.db.inserted import Inserted
from graphrec.db.literals import literal

_MARK = " // or by a path"
_PART = re.compile(rf"^(?P<indent> *)(?P<head>.*\{{){_MARK}\n(?P<body>(?s:.*?))^(?P=indent)\}}", re.MULTILINE)
#: A behaviour between a user and an item; the item stands first only if the user has a label.
_PATTERN = (
    r"\((?P<user>\w*)(?P<userLabel>:User)?\)<?-\[(?P<relationship>\w*){type}\]->?"
    r"\((?P<item>\w*)(?P<itemLabel>:(?:Item|User))?\)"
)
_ONE = re.compile(_PATTERN.format(type=":RATED"))
_ANY = re.compile(_PATTERN.format(type=r"(?::[^\]]*)?"))
_NO_USER = re.compile(r"(NOT \w+:User)\b")


def rewrite(query: str, schema: GraphSchema, kind: str | None, part: str | None, names: Inserted) -> str:
    """Return a query for the behaviours of a mapping.

    Parameters
    ----------
    query
        In the default names.
    kind
        The type that takes the place of ``RATED``, if any.
    part
        Property with the component of a published split, if read.
    names
        Takes the names of the mapping.
    """
    mapped = schema.behaviours.get(kind) if kind is not None else None
    if kind is not None and mapped is not None and mapped.by_path is not None:
        query = _Branch(kind, mapped, mapped.by_path, part, names).of(query, _ONE)
    query = _PART.sub(lambda found: _repeated(found, schema, part, names), query)
    labels = sorted({label for path in schema.paths.values() for label in path.labels})
    if labels:
        own = "".join(f"|{names.add(quoted(label))}" for label in labels)
        query = _NO_USER.sub(rf"\1{own}", query)
    return query


def _repeated(found: re.Match[str], schema: GraphSchema, part: str | None, names: Inserted) -> str:
    indent, body = found["indent"], found["body"]
    bodies = [body]
    for kind, mapped in schema.behaviours.items():
        if mapped.by_path is not None:
            bodies.append(_Branch(kind, mapped, mapped.by_path, part, names).of(body, _ANY))
    return f"{indent}{found['head']}\n{f'{indent}UNION ALL{chr(10)}'.join(bodies)}{indent}}}"


@dataclass(frozen=True)
class _Branch:
    """How one behaviour is read."""

    kind: str
    mapped: Behaviour
    path: BehaviourPath
    part: str | None
    names: Inserted

    def of(self, query: str, pattern: re.Pattern[str]) -> str:
        """Return the query with the path in place of the relationship."""
        first = pattern.search(query)
        if first is None:
            return query
        query = pattern.sub(self._pattern, query)
        if first["relationship"]:
            query = self._properties(query, re.escape(first["relationship"]))
        return query

    def _pattern(self, found: re.Match[str]) -> str:
        user, label, item = found["user"], found["userLabel"] or "", found["item"]
        if found["itemLabel"] == ":User":
            user, label, item = item, ":User", user
        return f"({user}{label}){self.steps()}({item}:Item)"

    def steps(self) -> str:
        """Return the part of a pattern between user and item."""
        shown = ""
        for place, element in enumerate(self.path.elements):
            inside = f"{_variable(place)}:{self.names.add(quoted(element.name))}"
            if element.kind == "node":
                shown += f"({inside})"
            else:
                shown += arrow(element.direction, inside)
        return shown

    def _properties(self, query: str, variable: str) -> str:
        every = range(len(self.path.elements))
        query = re.sub(
            rf"\[(\w+) IN \$contexts(?:\[[^\]]*\])? \| {variable}\[\1\]\]", lambda _: self._contexts(), query
        )
        query = re.sub(rf"\btype\({variable}\)", lambda _: self.names.add(literal(self.kind)), query)
        query = re.sub(rf"\bendNode\({variable}\)", f"endNode({_variable(every[-1])})", query)
        query = re.sub(
            rf"\b{variable}\.(\w+)",
            lambda found: "coalesce(" + ", ".join(f"{_variable(n)}.{found[1]}" for n in every) + ")",
            query,
        )
        for parameter, name in (
            ("(?:strengths?|dislikes)", self.mapped.strength),
            ("times?", self.mapped.time_property),
            ("part", self.part),
        ):
            place = None if name is None else self.path.owned(name)[0]
            if parameter == "part" and place is None:  # looked up on the path
                looked_up = ", ".join(f"{_variable(n)}[$part]" for n in every)
                query = re.sub(rf"\b{variable}\[\$part\]", f"coalesce({looked_up})", query)
            else:
                owner = _variable(every[-1] if place is None else place)
                query = re.sub(rf"\b{variable}(?=\[\${parameter}\b)", owner, query)
        return query

    def _contexts(self) -> str:
        """Return the list of the properties that are read as context."""
        owned = [self.path.owned(name) for name in self.mapped.context]
        return f"[{', '.join(f'{_variable(place or 0)}.{self.names.add(quoted(name))}' for place, name in owned)}]"


def _variable(place: int) -> str:
    return f"on{place + 1}"
