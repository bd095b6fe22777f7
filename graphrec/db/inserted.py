"""Texts that are put into a query last, so that renaming its labels, types and properties does not reach into them."""

from __future__ import annotations

import re

_MARK = re.compile("\0(\\d+)\0")


class Inserted:
    """Texts with a mark each; no name can hold a mark, as Neo4j has no names with a NUL."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, text: str) -> str:
        """Return the mark of a text."""
        self._texts.append(text)
        return f"\0{len(self._texts) - 1}\0"

    def fill(self, query: str) -> str:
        """Return a query with the texts in place of their marks."""
        return _MARK.sub(lambda found: self._texts[int(found[1])], query)
