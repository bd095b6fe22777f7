"""Parse the texts of items that related nodes hold: ``(i)-[:IN_GENRE]->(g).name``.

A small part of Cypher's patterns: from the item ``(i)`` over one or more relationships with a type each, then a
property of the last node. Nodes may have a label; names with other characters stand in backticks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from graphrec.config.cypher_path import NAME, Direction, direction, plain

EXAMPLE = "(i)-[:IN_GENRE]->(g).name"

_START = re.compile(r"\s*\(\s*i\s*\)")
_STEP = re.compile(
    rf"\s*(?P<back><)?-\[\s*:\s*(?P<type>{NAME})\s*\]-(?P<forth>>)?\s*"
    rf"\(\s*(?:[A-Za-z_]\w*)?\s*(?::\s*(?P<label>{NAME}))?\s*\)"
)
_END = re.compile(rf"\s*\.\s*({NAME})\s*\Z")


@dataclass(frozen=True)
class Step:
    """A relationship and the node it leads to; ``direction`` is seen from the item."""

    type: str
    direction: Direction
    label: str | None = None


@dataclass(frozen=True)
class TextPath:
    """Steps from an item; ``name``: the property of the last node."""

    steps: tuple[Step, ...]
    name: str

    @property
    def types(self) -> tuple[str, ...]:
        """The relationship types."""
        return tuple(step.type for step in self.steps)


@cache
def parse_text(text: str) -> TextPath | None:
    """Parse an entry of ``text`` in ``[graph.item]``; None if it is a property of the item.

    Raises
    ------
    ValueError
        It begins like a path and is none; the message says where, and what is expected.

    Examples
    --------
    >>> parse_text("plot"), parse_text("(i)<-[:`ACTED IN`]-(:Person).name").types
    (None, ('ACTED IN',))
    """
    if not text.lstrip().startswith("("):
        return None
    start = _START.match(text)
    if start is None:
        raise ValueError(f"text {text!r} begins with (i), the item, such as {EXAMPLE}")
    at, steps = start.end(), list[Step]()
    while (step := _STEP.match(text, at)) is not None:
        way = direction(step, f"text {text!r}")
        steps.append(Step(plain(step["type"]), way, step["label"] and plain(step["label"])))
        at = step.end()
    end = _END.match(text, at)
    if not steps or end is None:
        raise ValueError(
            f"text {text!r}, character {at + 1}: expected a relationship and a node, and a property at the end, such "
            f"as {EXAMPLE}"
        )
    return TextPath(tuple(steps), plain(end[1]))
