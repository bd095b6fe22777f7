"""Split rows into transactions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

#: Characters after which a transaction is full: Neo4j stalls on messages of hundreds of megabytes.
CHARACTERS = 10_000_000
R = TypeVar("R", bound=Sequence[Any])


def batches(rows: Iterable[R], size: int, at: int) -> Iterator[list[R]]:
    """Split rows into batches of at most ``size`` rows and about :data:`CHARACTERS`; ``at``: place of properties."""
    part: list[R] = []
    characters = 0
    for row in rows:
        part.append(row)
        characters += sum(map(_characters, row[at].values()))
        if len(part) >= size or characters >= CHARACTERS:
            yield part
            part, characters = [], 0
    if part:
        yield part


def _characters(value: Any) -> int:
    if isinstance(value, list):
        return sum(map(_characters, value))
    return len(value) if isinstance(value, str) else 8
