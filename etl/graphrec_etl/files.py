"""Read numbered lines and rows from text files with any line ending; the only module that opens them."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from graphrec.common.errors import InputError
from graphrec.common.files import refuse_special

#: What every encoding that can be read by lines has in common. The rest of ASCII differs: ``¥`` for a backslash.
_ASCII = bytes(set(range(0x20, 0x7F)) - set(b"\\~")) + b"\t"
#: Not to be read as an escape.
_ESCAPE = rb"\u0041"

Row = tuple[int, list[Any]]


def only(folder: Path, suffix: str) -> Path | None:
    """Return the single file of ``folder`` with this suffix, or None.

    Raises
    ------
    InputError
        Several files have the suffix.
    """
    found = sorted(folder.glob(f"*{suffix}"))
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise InputError(f"{folder} has several {suffix} files: {names}", hint="keep one data set in a folder")
    return found[0] if found else None


def folder_of(path: Path) -> Path:
    """Check that ``path`` is a folder and return it.

    Raises
    ------
    InputError
        It is not a folder.
    """
    if not path.is_dir():
        raise InputError(f"{path}: {'not a folder' if path.exists() else 'no such folder'}", hint="check the path")
    return path


def lines(path: Path, encoding: str = "utf-8", *, empty: bool = False) -> Iterator[tuple[int, str]]:
    """Yield line number and line of a text file, without line ending or byte order mark.

    Empty lines are skipped unless ``empty``.

    Raises
    ------
    InputError
        The file cannot be read or is not in this encoding (the message names line and byte).
    """
    decode = decoder(encoding)
    refuse_special(path)
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                raw = line.rstrip(b"\r\n")
                if number == 1:
                    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                        raise InputError(f"{path}: is UTF-16", hint="save the file as UTF-8")
                    raw = raw.removeprefix(codecs.BOM_UTF8)
                    if b"\r" in raw:
                        raise InputError(
                            f"{path}:1: the lines end with CR alone, as on old Macs",
                            hint="save the file with line ends of Unix (LF) or Windows (CR LF)",
                        )
                if raw or empty:
                    yield number, decode(raw)[0]
    except UnicodeError as error:
        at = error.start if isinstance(error, UnicodeDecodeError) else 0
        raise InputError(
            f"{path}:{number}: byte {at + 1} of the line, 0x{raw[at]:02x}, is not {encoding}",
            hint="save the file as UTF-8, or name its encoding with --encoding, such as latin-1",
        ) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}", hint="check the path") from error
    except ValueError as error:  # a NUL in the name
        raise InputError(f"{str(path)!r}: cannot be read: {error}", hint="check the path") from error


def decoder(encoding: str) -> Callable[[bytes], tuple[str, int]]:
    """Return what decodes the lines of a file in this encoding.

    Raises
    ------
    InputError
        There is no such encoding, or it is none of text (``rot13``, ``zip``), or ASCII is not part of it (UTF-16,
        EBCDIC): its lines and separators cannot be told apart.
    """
    hint = "for example utf-8 or latin-1"
    try:
        decode = codecs.getdecoder(encoding)
    except (LookupError, ValueError) as error:
        raise InputError(f"unknown encoding {encoding!r}", hint=hint) from error
    try:
        is_text = _ASCII.decode(encoding) == _ASCII.decode("ascii") and _ESCAPE.decode(encoding)[1:] == "u0041"
    except Exception:  # a codec of something else raises anything
        is_text = False
    if not is_text:
        raise InputError(f"encoding {encoding!r} cannot be read line by line", hint=hint)
    return decode


def rows(path: Path, separator: str = "\t", *, encoding: str = "utf-8", quoted: bool = False) -> Iterator[Row]:
    """Yield line number and fields of each row.

    Parameters
    ----------
    quoted
        Fields in double quotes may contain separators and line ends (CSV). Otherwise a quote is an ordinary
        character, as in the tab-separated formats.

    Raises
    ------
    InputError
        See :func:`lines`; also for an unclosed quote.
    """
    if not quoted:
        for number, line in lines(path, encoding):
            yield number, line.split(separator)
        return
    at = 0

    def feed() -> Iterator[str]:
        nonlocal at
        # A quoted field may contain empty lines.
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
        The file is empty, or a name is empty or appears twice.
    """
    first = next(source, None)
    if first is None:
        raise InputError(f"{path}: is empty", hint="the first line must name the columns")
    names = [name.strip() for name in first[1]]
    check_names(names, f"{path}:1")
    return names


def check_names(names: Sequence[str], where: str) -> None:
    """Check the names of columns.

    Raises
    ------
    InputError
        A name is empty or appears twice.
    """
    times = Counter(names)
    for number, name in enumerate(names, 1):
        if not name.strip():
            raise InputError(f"{where}: column {number} has no name", hint="name every column")
        if times[name] > 1:
            raise InputError(f"{where}: column {name!r} appears twice", hint="give every column its own name")
