"""Convert a cell of a file to a property value.

Each function takes a cell (text, or a typed value from Parquet) and returns None if it is empty. It raises
``ValueError`` with the reason for an invalid cell; the reason becomes part of the reject.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from typing import Any
from uuid import UUID

from graphrec.common.errors import InputError
from graphrec.common.moments import EARLIEST, LATEST, OUTSIDE
from graphrec.config.ids import LONGEST_ID, without_fraction
from graphrec.config.schema import NODES, TIME

Parser = Callable[[Any], Any]

#: Largest integer of Neo4j.
LARGEST = 2**63 - 1
TOO_LARGE = "is too large for an integer of Neo4j (64 bits)"
#: From here on floats no longer represent every whole number.
EXACT = 2**53
#: Nobody is older, in years.
OLDEST = 150
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_WORD = re.compile(r"[A-Z]+\d*(?![a-z])|[A-Z]?[a-z]+\d*|[A-Z]+|\d+[a-z]*|[^\W\d_A-Za-z]+")


@dataclass(frozen=True)
class OutOfCalendar:
    """A time of Parquet that Python cannot hold, such as one in the year 20000; no column accepts it."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class UnknownZone:
    """A time of Parquet in a time zone that this machine does not know; no column accepts it."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class NotText:
    """A text of Parquet that is not UTF-8; no column accepts it."""

    text: str

    def __str__(self) -> str:
        return self.text


_KINDS = {
    bytes: "bytes",
    dict: "a struct",
    Decimal: "a decimal",
    timedelta: "a duration",
    clock: "a time of day",
    OutOfCalendar: f"a time {OUTSIDE}",
    UnknownZone: "a time of a zone that this machine does not know",
    NotText: "text that is not UTF-8",
}


def empty(cell: Any) -> bool:
    """Return whether a cell has no value."""
    # NaN is the one number that differs from itself.
    return cell is None or (isinstance(cell, float) and cell != cell) or (isinstance(cell, str) and not cell.strip())  # noqa: PLR0124


def token(cell: Any) -> str | None:
    """Read a text; whole numbers stored as floats or decimals lose their ``.0``."""
    if cell is None:
        return None
    if isinstance(cell, float):
        if math.isnan(cell):
            return None
        cell = int(cell) if cell.is_integer() else cell
    elif isinstance(cell, Decimal):
        cell = int(cell) if cell.is_finite() and cell == cell.to_integral_value() else f"{cell:f}"
    elif not isinstance(cell, str | int | date | clock | UUID):
        raise ValueError(f"is {in_words(cell)}, not a text")
    found = str(cell).strip()
    if not found.isascii():
        _check_characters(found)
    return found or None


def key(cell: Any) -> str:
    """Read an id, which must not be empty.

    A whole number with a fraction of zeros, ``12.0``, is the id ``12``: files from pandas write integers that way as
    soon as one is missing.
    """
    if isinstance(cell, str) and len(cell) <= 100 and cell.isascii() and cell.isalnum():
        return cell  # nearly every id
    if isinstance(cell, bool):
        raise ValueError("is a boolean, which cannot be an id")
    if isinstance(cell, float) and abs(cell) >= EXACT:
        raise ValueError("is a float too large to tell ids apart: store such ids as text or integers")
    found = token(cell)
    if found is None:
        raise ValueError("is an empty id")
    if _CONTROL.search(found):
        raise ValueError("is an id with a control character")
    if len(found.encode()) > LONGEST_ID:
        raise ValueError(f"is an id of {len(found):,} characters; Neo4j can index {LONGEST_ID:,} bytes")
    return without_fraction(found)


def link(cell: Any) -> str | None:
    """Read the id of another node, which may be missing."""
    return None if empty(cell) else key(cell)


def number(cell: Any) -> float | None:
    """Read a finite number."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    # Python reads 1_000 and b"1" as numbers.
    if isinstance(cell, bytes) or (isinstance(cell, str) and "_" in cell):
        raise ValueError("is not a number")
    try:
        found = float(cell)
    except (TypeError, ValueError):
        raise ValueError("is not a number") from None
    except OverflowError:
        raise ValueError("is not a finite number") from None
    if not math.isfinite(found):
        raise ValueError("is not a finite number")
    return found


def whole(cell: Any) -> int | None:
    """Read an integer of 64 bits."""
    found: int | None
    if isinstance(cell, str) and _INTEGER.fullmatch(cell.strip()):
        found = int(cell) if len(cell) < 100 else LARGEST + 1  # Python refuses to read very long ones
    elif isinstance(cell, int):
        found = int(cell)
    else:
        plain = number(cell)
        if plain is not None and not plain.is_integer():
            raise ValueError("is not a whole number")
        found = None if plain is None else int(plain)
    if found is not None and too_large(found):
        raise ValueError(TOO_LARGE)
    return found


def age(parse: Parser) -> Parser:
    """Return a parser that refuses what ``parse`` reads as a number of years that nobody reaches."""

    def check(cell: Any) -> Any:
        found = parse(cell)
        if isinstance(found, int | float) and found > OLDEST:
            raise ValueError(f"is not an age: more than {OLDEST} years")
        return found

    return check


def numbers(cell: Any) -> list[float] | None:
    """Read numbers separated by whitespace."""
    found = [number(part) for part in _parts(cell)]
    return [value for value in found if value is not None] or None


def tokens(cell: Any) -> list[str] | None:
    """Read words separated by whitespace."""
    found = [token(part) for part in _parts(cell)]
    return [value for value in found if value is not None] or None


def _check_moment(moment: datetime) -> None:
    """Check that a time is in the calendar, in UTC too."""
    milliseconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000
    if not EARLIEST <= milliseconds <= LATEST:
        raise ValueError(f"is a time {OUTSIDE}")


def native(cell: Any) -> Any:
    """Return a typed value unchanged, if Neo4j can store it."""
    if isinstance(cell, str | float):
        return number(cell) if isinstance(cell, float) and not math.isnan(cell) else token(cell)
    if isinstance(cell, datetime):
        _check_moment(cell)
        return cell
    if isinstance(cell, list):
        return _list(cell)
    if too_large(cell):
        raise ValueError(TOO_LARGE)
    if cell is None or isinstance(cell, int | date):  # bool is an int
        return cell
    more = '; types = { column = "number" } reads it as a number' if isinstance(cell, Decimal) else ""
    raise ValueError(f"is {in_words(cell)}, which cannot be a property{more}")


def too_large(value: Any) -> bool:
    """Return whether a value is an integer of more than 64 bits, which Neo4j cannot store."""
    return isinstance(value, int) and not -LARGEST - 1 <= value <= LARGEST


def _list(cells: list[Any]) -> list[Any]:
    """Check a list: Neo4j stores values of one simple type."""
    kinds = {_simple(part) for part in cells}
    if len(kinds) > 1 or "" in kinds:
        raise ValueError("is a list with gaps or of mixed or nested values, which cannot be a property")
    for part in cells:
        if too_large(part):
            raise ValueError(f"has {part}, which {TOO_LARGE}")
        if isinstance(part, float):
            number(part)
        elif isinstance(part, str):
            _check_characters(part)
        elif isinstance(part, datetime):
            _check_moment(part)
    return cells


def _simple(part: Any) -> str:
    """Return the simple type of a value in a list; empty if lists cannot hold it."""
    if isinstance(part, datetime):
        return "datetime" if part.tzinfo else "local datetime"
    known = {str: "text", bool: "boolean", int: "number", float: "number", date: "date"}
    return known.get(type(part), "")


def _parts(cell: Any) -> list[Any]:
    """Return the parts of a list or of a text with whitespace."""
    if cell is None:
        return []
    if isinstance(cell, list):
        return cell
    return str(token(cell) or "").split()


def _check_characters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("has half of a character, which is no Unicode text") from None


def in_words(cell: Any) -> str:
    """Return what a cell is, in words."""
    if isinstance(cell, list):
        return "a map" if cell and isinstance(cell[0], tuple) else "a list"
    return _KINDS.get(type(cell), f"a {type(cell).__name__}")


def words(name: str) -> list[str]:
    """Split a name at whitespace, punctuation and case changes, in lower case: ``releaseYear`` → release, year."""
    return [part.lower() for part in _WORD.findall(name)]


def camel(name: str) -> str:
    """Return a column's name as a property: ``release_year`` → ``releaseYear``."""
    first, *rest = words(name) or ["value"]
    joined = first + "".join(part.capitalize() for part in rest)
    return f"n{joined}" if joined[0].isdigit() else joined


def snake(name: str) -> str:
    """Return a name as a relationship type: ``addToCart`` → ``ADD_TO_CART``; empty if it has no usable characters."""
    plain = "_".join(words(name)).upper()
    return f"_{plain}" if plain[:1].isdigit() else plain


def property_names(
    columns: Iterable[str], where: str, label: str, known: dict[str, str] | None = None
) -> dict[str, str]:
    """Return column → property for one table.

    Parameters
    ----------
    columns
        The table's columns other than ids.
    where
        The file, for error messages.
    label
        Label or type that the columns belong to: ``User``, ``Item`` or ``RATED``.
    known
        Columns whose property is not their name in camel case.

    Raises
    ------
    InputError
        Two columns give the same property, one gives a property that graphrec writes itself, or a property's name is
        empty or has a control character.
    """
    ours = set(NODES.get(label, (TIME,))) - {"title", "description", "image", "audio", "name"}
    if label == "Item":
        ours -= {"entityId"}
    found: dict[str, str] = {}
    taken: dict[str, str] = {}
    for column in columns:
        name = (known or {}).get(column) or camel(column)
        if not name.strip() or _CONTROL.search(name):
            raise InputError(
                f"{where}: column {column!r} would be the property {name!r}, which is not a name",
                hint="name the property with letters and digits",
            )
        if name in ours:
            raise InputError(
                f"{where}: column {column!r} would be the property {name!r}, which graphrec writes itself",
                hint="map it as the time of the behaviour" if name == TIME else "rename the column",
            )
        if taken.setdefault(name, column) != column:
            raise InputError(
                f"{where}: columns {taken[name]!r} and {column!r} would both be the property {name!r}",
                hint="rename one of them",
            )
        found[column] = name
    return found
