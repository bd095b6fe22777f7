"""What the paths of behaviours and of texts have in common: names in backticks, and arrows."""

from __future__ import annotations

import re
from typing import Literal

#: Seen from the beginning of the path; ``-`` for either.
Direction = Literal["->", "<-", "-"]
#: A label, type or property, in backticks if it has other characters.
NAME = r"[^\W\d]\w*|`(?:[^`]|``)+`"


def plain(name: str) -> str:
    """Return a name without its backticks."""
    return name[1:-1].replace("``", "`") if name.startswith("`") else name


def direction(step: re.Match[str], place: str) -> Direction:
    """Return the direction of a step by its groups ``back`` and ``forth``.

    Raises
    ------
    ValueError
        It points both ways; ``place`` names the path.
    """
    if step["back"] and step["forth"]:
        raise ValueError(
            f"{place}, character {step.start() + 1}: an arrow has one head; without any, either way counts"
        )
    return "<-" if step["back"] else "->" if step["forth"] else "-"


def arrow(way: Direction, inside: str) -> str:
    """Return a relationship of a pattern.

    >>> arrow("<-", "r:ORDERS"), arrow("-", ":KNOWS")
    ('<-[r:ORDERS]-', '-[:KNOWS]-')
    """
    return f"{'<' * (way == '<-')}-[{inside}]-{'>' * (way == '->')}"
