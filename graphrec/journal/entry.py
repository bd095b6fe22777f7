"""One line of the journal: how it is written, and what a line has to be to count as one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

#: What the first entry is written after.
NOTHING = "0" * 64
#: No longer: the last one is looked for in so many bytes.
LONGEST = 16_384
_MARK = b',"mark":"'


class Line(NamedTuple):
    """A complete line of the file: its bytes without the end of line, and what it says; None: no entry."""

    raw: bytes
    entry: dict[str, Any] | None

    @property
    def hash(self) -> str:
        """The SHA-256 of the bytes, which the next entry repeats."""
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def number(self) -> int:
        """The entry's number; 0: no entry."""
        return 0 if self.entry is None else int(self.entry["number"])

    @property
    def marked(self) -> tuple[str, str] | None:
        """What the mark is made of, and the mark; None: there is none."""
        text, found, mark = self.raw.rpartition(_MARK)
        return (text.decode("utf-8", "replace"), mark.decode("utf-8", "replace")[:-2]) if found else None


def line_of(raw: bytes) -> Line:
    """Return a line with what it says."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return Line(raw, None)
    needed = {"number": int, "at": str, "id": str, "event": str, "before": str}
    good = isinstance(found, dict) and all(type(found.get(name)) is kind for name, kind in needed.items())
    return Line(raw, found if good and found["number"] > 0 else None)


def text_of(entry: Mapping[str, Any]) -> str:
    """Return an entry as it is written, without its mark and its end."""
    return json.dumps(entry, ensure_ascii=True, separators=(",", ":"))[:-1]


def with_mark(text: str, mark: str) -> bytes:
    """Return the bytes of a line."""
    return text.encode() + _MARK + mark.encode() + b'"}'
