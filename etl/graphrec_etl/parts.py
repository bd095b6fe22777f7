"""Published splits: each behaviour's component (train, valid or test) is stored as its property ``split``."""

from __future__ import annotations

from typing import Any

#: The property and its values.
PROPERTY = "split"
PARTS = ("train", "valid", "test")


def part(cell: Any) -> str:
    """Return the split component for an ``x_label`` of MMRec's files: 0, 1 or 2."""
    text = str(cell).strip()
    if text not in {"0", "1", "2"}:
        raise ValueError("is not 0 (train), 1 (valid) or 2 (test)")
    return PARTS[int(text)]
