"""Write Markdown tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from graphrec.common.printable import printable


def markdown_table(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> str:
    """Return rows as a Markdown table; missing cells are empty."""
    lines = [[escaped(name) for name in columns], ["---"] * len(columns)]
    lines += [[escaped(row.get(name, "")) for name in columns] for row in rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def escaped(text: str) -> str:
    r"""Escape text so that Markdown shows it literally, on one line.

    >>> escaped("a | b\n<i>")
    'a \\| b \\<i\\>'
    """
    return re.sub(r"([\\`*_\[\]<>|&])", r"\\\1", printable(text))
