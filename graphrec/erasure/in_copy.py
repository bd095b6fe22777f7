"""Find and remove the texts of campaigns that were written for a user: in their parts, and in the files they went to.

A file is known by where the campaign wrote it. One that has been moved, renamed or sent is not found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from graphrec.config.settings import Settings
from graphrec.copywriting.campaign_folder import folders, read_rows, write_rows


def look(settings: Settings, forms: Sequence[Any]) -> int:
    """Return the number of texts.

    Raises
    ------
    InputError
        A file is damaged.
    """
    keys = set(map(str, forms))
    return sum(row.get("user") in keys for file in _files(settings) for row in read_rows(file))


def read(settings: Settings, forms: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the texts, each with its file.

    Raises
    ------
    InputError
        A file is damaged.
    """
    keys = set(map(str, forms))
    return [
        {"file": str(file), **row} for file in _files(settings) for row in read_rows(file) if row.get("user") in keys
    ]


def remove(settings: Settings, forms: Sequence[Any]) -> None:
    """Remove them, replacing each file in one step.

    Raises
    ------
    InputError
        A file is damaged, or cannot be replaced.
    """
    keys = set(map(str, forms))
    for file in _files(settings):
        rows = read_rows(file)
        left = [row for row in rows if row.get("user") not in keys]
        if len(left) < len(rows):
            write_rows(file, [left])


def _files(settings: Settings) -> Iterator[Path]:
    written = list[str]()
    for folder in folders(settings):
        yield from folder.parts()
        record = folder.record()
        if record is not None:
            written += record.files
    # Several campaigns may have written one file.
    yield from (file for file in map(Path, dict.fromkeys(written)) if file.is_file())
