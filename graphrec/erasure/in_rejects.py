"""Find and remove lines about a user in the reject files of ``graphrec load``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from graphrec.common.errors import InputError
from graphrec.common.files import replacing

#: Reasons of rejects that name something other than a user, perhaps with the same id.
_OTHERS = ("is not a known item", "is not a known entity")
#: Most characters of a value in a reject file.
_SHOWN = 200
#: Fewer characters are found within other values by chance.
SHORTEST = 8


def look(folder: Path, text: str) -> dict[str, int]:
    """Return file → number of lines that name the user.

    Raises
    ------
    InputError
        A file cannot be read.
    """
    found = {path.name: sum(_names(line, text) for line in _lines(path)) for path in _files(folder)}
    return {name: count for name, count in found.items() if count}


def read(folder: Path, text: str) -> list[dict[str, Any]]:
    """Return these lines, each with its file.

    Raises
    ------
    InputError
        A file cannot be read.
    """
    return [
        {"file": path.name, "line": line.rstrip("\n")}
        for path in _files(folder)
        for line in _lines(path)
        if _names(line, text)
    ]


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
    """Return whether a line is of the user's row, or names the user.

    Its cells are line, column, value, reason, and the key of the row's user; earlier releases wrote no such key.
    """
    cells = line.rstrip("\n").split("\t")
    if len(cells) not in (4, 5):
        return False
    value, reason, user = cells[2], cells[3], cells[4] if len(cells) == 5 else ""
    wanted = _stored(text)
    if user.split() == wanted:
        return True
    if reason in _OTHERS:
        return False
    return value.split() == wanted or (len(text) >= SHORTEST and _word(text).search(line) is not None)


def _stored(text: str) -> list[str]:
    """Return a value as a load stores it: cut, without tabs and line breaks."""
    return (text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…").split()


@cache
def _word(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")
