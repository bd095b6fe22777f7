"""The only place that opens files: lines and rows, with their numbers, from text of any line ending."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphrec.common.errors import InputError

Row = tuple[int, list[Any]]


def only(folder: Path, suffix: str) -> Path | None:
    """Return the one file of ``folder`` with this suffix, None where there is none.

    Raises
    ------
    InputError
        There are several.
    """
    found = sorted(folder.glob(f"*{suffix}"))
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise InputError(f"{folder} has several {suffix} files: {names}", hint="keep one data set in a folder")
    return found[0] if found else None


def folder_of(path: Path) -> Path:
    """Return ``path`` if it is a folder.

    Raises
    ------
    InputError
        It is not.
    """
    if not path.is_dir():
        raise InputError(f"{path}: {'not a folder' if path.exists() else 'no such folder'}", hint="check the path")
    return path


def lines(path: Path, encoding: str = "utf-8", *, empty: bool = False) -> Iterator[tuple[int, str]]:
    """Yield line number and line of a text file, without line ending and byte order mark.

    Empty lines are skipped unless ``empty``.

    Raises
    ------
    InputError
        The file cannot be read or is not in this encoding (line and byte are named).
    """
    try:
        decode = codecs.getdecoder(encoding)
    except LookupError as error:
        raise InputError(f"there is no encoding {encoding!r}", hint="for example utf-8 or latin-1") from error
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                raw = line.rstrip(b"\r\n")
                if number == 1:
                    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                        raise InputError(f"{path}: is UTF-16", hint="save the file as UTF-8")
                    raw = raw.removeprefix(codecs.BOM_UTF8)
                if raw or empty:
                    yield number, decode(raw)[0]
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}:{number}: byte {error.start + 1} of the line, 0x{raw[error.start]:02x}, is not {encoding}",
            hint="save the file as UTF-8, or name its encoding with --encoding, such as latin-1",
        ) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}", hint="check the path") from error


def rows(path: Path, separator: str = "\t", *, encoding: str = "utf-8", quoted: bool = False) -> Iterator[Row]:
    """Yield line number and fields.

    Parameters
    ----------
    quoted
        Fields may stand in double quotes and then hold separators and line ends (CSV). Without it a quote is a
        character like others, as the tab-separated formats have it.

    Raises
    ------
    InputError
        As :func:`lines`; or quoting that never ends.
    """
    if not quoted:
        for number, line in lines(path, encoding):
            yield number, line.split(separator)
        return
    at = 0

    def feed() -> Iterator[str]:
        nonlocal at
        # A quoted field may hold empty lines.
        for at, line in lines(path, encoding, empty=True):  # noqa: B007 - read outside
            yield line + "\n"

    try:
        for fields in csv.reader(feed(), delimiter=separator, strict=True):
            if fields:
                yield at, fields
    except csv.Error as error:
        raise InputError(f"{path}:{at}: not valid CSV: {error}", hint="check the quotes") from error


def header(source: Iterator[Row], path: Path) -> list[str]:
    """Take the first row as column names.

    Raises
    ------
    InputError
        The file is empty, or a name is empty or stands twice.
    """
    first = next(source, None)
    if first is None:
        raise InputError(f"{path}: is empty", hint="the first line must name the columns")
    names = [name.strip() for name in first[1]]
    for number, name in enumerate(names, 1):
        if not name:
            raise InputError(f"{path}:1: column {number} has no name", hint="the first line must name the columns")
        if names.count(name) > 1:
            raise InputError(f"{path}:1: column {name!r} stands twice", hint="give every column its own name")
    return names
