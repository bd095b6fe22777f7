"""Find and remove lines about a user in the reject files of ``graphrec load``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from graphrec.common.errors import InputError
from graphrec.common.files import replacing

#: Reasons of rejects that name something other than a user, perhaps with the same id.
_OTHERS = ("is not a known item", "is not a known entity")


def look(folder: Path, text: str) -> dict[str, int]:
    """Return file → number of lines that name the user.

    Raises
    ------
    InputError
        A file cannot be read.
    """
    found = {path.name: sum(_names(line, text) for line in _lines(path)) for path in _files(folder)}
    return {name: count for name, count in found.items() if count}


def remove(folder: Path, text: str) -> None:
    """Remove these lines, replacing each file atomically.

    Raises
    ------
    InputError
        A file cannot be read or written.
    """
    for name in look(folder, text):
        path = folder / name
        kept = [line for line in _lines(path) if not _names(line, text)]
        try:
            with replacing(path) as part:
                part.write_text("".join(kept), encoding="utf-8", errors="surrogateescape", newline="")
        except OSError as error:
            raise InputError(f"{path}: cannot be written: {error.strerror}", hint="remove that file") from error


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.tsv"))


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            yield from file
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}", hint="remove that file") from error


def _names(line: str, text: str) -> bool:
    """Return whether a line's value is the id; its cells are line, column, value, reason."""
    cells = line.rstrip("\n").split("\t")
    if len(cells) != 4 or cells[3] in _OTHERS:
        return False
    # A load stores this much of a cell, without tabs and line breaks.
    return cells[2].split() == text[:200].split()
