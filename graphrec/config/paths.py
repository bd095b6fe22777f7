"""Parse the path of a behaviour through other nodes: ``(u)-[:PLACED]->(o:Order)-[r:ORDERS]->(i)``.

A small part of Cypher's patterns: from the user ``(u)`` to the item ``(i)``, every relationship with one type, every
node between with one label. Names of variables are free; names with other characters stand in backticks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from graphrec.config.cypher_path import NAME, Direction, arrow, direction, plain

EXAMPLE = "(u)-[:PLACED]->(o:Order)-[r:ORDERS]->(i)"

_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
_STEP = re.compile(
    rf"\s*(?P<back><)?-\[\s*(?P<relationship>{_VARIABLE})?\s*:\s*(?P<type>{NAME})\s*\]-(?P<forth>>)?\s*"
    rf"\(\s*(?P<node>{_VARIABLE})?\s*(?::\s*(?P<label>{NAME}))?\s*\)"
)
_START = re.compile(r"\s*\(\s*u\s*\)")


@dataclass(frozen=True)
class Element:
    """A relationship or a node between, with its type or label, and its variable if it has one.

    ``direction`` is that of a relationship, seen from the user: ``->``, ``<-``, or ``-`` for either.
    """

    kind: Literal["relationship", "node"]
    name: str
    variable: str | None
    direction: Direction = "-"


@dataclass(frozen=True)
class BehaviourPath:
    """The elements from the user to the item, a relationship first and last."""

    elements: tuple[Element, ...]

    @property
    def types(self) -> tuple[str, ...]:
        """The relationship types, from the user on."""
        return tuple(element.name for element in self.elements if element.kind == "relationship")

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the nodes between, from the user on."""
        return tuple(element.name for element in self.elements if element.kind == "node")

    @property
    def variables(self) -> dict[str, int]:
        """Variable → place of its element."""
        return {element.variable: n for n, element in enumerate(self.elements) if element.variable}

    def owned(self, text: str) -> tuple[int | None, str]:
        """Return the place of the element that ``variable.property`` names, and the property.

        The place is None, and the property the whole text, if it does not begin with a variable of the path.
        """
        variable, dot, name = text.partition(".")
        if dot and name and variable in self.variables:
            return self.variables[variable], name
        return None, text

    def text(self) -> str:
        """Return the path as it is written in ``graphrec.toml``."""
        shown = "(u)"
        for element in self.elements:
            inside = f"{element.variable or ''}:{_written(element.name)}"
            if element.kind == "node":
                shown += f"({inside})"
            else:
                shown += arrow(element.direction, inside)
        return f"{shown}(i)"


@cache
def parse(text: str) -> BehaviourPath:
    """Parse a path.

    Raises
    ------
    ValueError
        The text is not such a path; the message says where, and what is expected.
    """
    start = _START.match(text)
    if start is None:
        raise ValueError(f"path {text!r} begins with (u), the user, such as {EXAMPLE}")
    at, elements = start.end(), list[Element]()
    ended = False
    while not ended:
        step = _STEP.match(text, at)
        if step is None:
            raise ValueError(
                f"path {text!r}, character {at + 1}: expected a relationship and a node, such as "
                f"-[:PLACED]->(o:Order) or -[:PLACED]->(i)"
            )
        way = direction(step, f"path {text!r}")
        elements.append(Element("relationship", plain(step["type"]), step["relationship"], way))
        at = step.end()
        ended = step["node"] == "i" and step["label"] is None
        if not ended and step["label"] is None:
            raise ValueError(
                f"path {text!r}: the node before character {at + 1} has no label: write (o:Order) for a node between, "
                "and (i) for the item at the end"
            )
        if not ended:
            elements.append(Element("node", plain(step["label"]), step["node"]))
    if text[at:].strip():
        raise ValueError(f"path {text!r}, character {at + 1}: the path ends with (i), the item")
    _check(text, elements)
    return BehaviourPath(tuple(elements))


def _check(text: str, elements: list[Element]) -> None:
    if len(elements) == 1:
        raise ValueError(
            f"path {text!r} has no node between: leave path out, and name the table [graph.behaviours.TYPE] by the type"
        )
    variables = ["u", "i", *(element.variable for element in elements if element.variable)]
    twice = sorted({name for name in variables if variables.count(name) > 1})
    if twice:
        raise ValueError(f"path {text!r}: the variable {twice[0]!r} stands for two things: rename one")


def _written(name: str) -> str:
    return name if re.fullmatch(r"[^\W\d]\w*", name) else "`" + name.replace("`", "``") + "`"
