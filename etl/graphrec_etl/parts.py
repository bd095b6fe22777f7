"""A published split: which part of it a behaviour belongs to, kept as its property ``split``."""

from __future__ import annotations

from typing import Any

#: The property, and its values.
PROPERTY = "split"
PARTS = ("train", "valid", "test")


def part(cell: Any) -> str:
    """Read the ``x_label`` of MMRec's files: 0, 1 or 2."""
    text = str(cell).strip()
    if text not in {"0", "1", "2"}:
        raise ValueError("is none of 0 (train), 1 (valid), 2 (test)")
    return PARTS[int(text)]
