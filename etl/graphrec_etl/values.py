"""Convert a cell of a file to a property value.

Each function takes a cell (text, or a typed value from Parquet) and returns None if it is empty. It raises
``ValueError`` with the reason for an invalid cell; the reason becomes part of the reject.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

from graphrec.common.errors import InputError
from graphrec.config.schema import NODES

Parser = Callable[[Any], Any]

#: Larger numbers are milliseconds: as seconds they would be beyond the year 5000.
_MILLISECONDS = 1e11
EARLIEST, LATEST = -62_135_596_800_000, 253_402_300_799_999  # years 1 to 9999
_WORD = re.compile(r"[A-Z]+\d*(?![a-z])|[A-Z]?[a-z]+\d*|[A-Z]+|\d+[a-z]*|[^\W\d_A-Za-z]+")


def token(cell: Any) -> str | None:
    """Read a text or an id; whole numbers stored as floats lose their ``.0``."""
    if cell is None:
        return None
    if isinstance(cell, float):
        if math.isnan(cell):
            return None
        cell = int(cell) if cell.is_integer() else cell
    return str(cell).strip() or None


def key(cell: Any) -> str:
    """Read an id, which must not be empty."""
    found = token(cell)
    if found is None:
        raise ValueError("is an empty id")
    return found


def number(cell: Any) -> float | None:
    """Read a finite number."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    try:
        found = float(cell)
    except (TypeError, ValueError):
        raise ValueError("is not a number") from None
    if not math.isfinite(found):
        raise ValueError("is not a finite number")
    return found


def whole(cell: Any) -> int | None:
    """Read an integer."""
    found = number(cell)
    if found is not None and not found.is_integer():
        raise ValueError("is not a whole number")
    return None if found is None else int(found)


def numbers(cell: Any) -> list[float] | None:
    """Read numbers separated by whitespace."""
    parts = cell if isinstance(cell, list) else str(cell or "").split()
    found = [number(part) for part in parts]
    return [value for value in found if value is not None] or None


def tokens(cell: Any) -> list[str] | None:
    """Read words separated by whitespace."""
    return [str(part) for part in (cell if isinstance(cell, list) else str(cell or "").split())] or None


def time(cell: Any) -> int | None:
    """Read a time as milliseconds since 1970: a number (seconds, or milliseconds if large) or ISO 8601 text.

    A time without a time zone is taken as UTC.
    """
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    if isinstance(cell, date) and not isinstance(cell, datetime):
        cell = datetime(cell.year, cell.month, cell.day)
    if isinstance(cell, str):
        try:
            cell = float(cell)
        except ValueError:
            try:
                cell = datetime.fromisoformat(cell.strip())
            except ValueError:
                raise ValueError("is neither seconds since 1970 nor an ISO 8601 date") from None
    if isinstance(cell, datetime):
        moment: datetime = cell if cell.tzinfo else cell.replace(tzinfo=UTC)
        return round(moment.timestamp() * 1000)
    seconds = number(cell)
    assert seconds is not None
    found = round(seconds if abs(seconds) >= _MILLISECONDS else seconds * 1000)
    if not EARLIEST <= found <= LATEST:
        raise ValueError("is a time outside the years 1 to 9999")
    return found


def native(cell: Any) -> Any:
    """Return a typed value unchanged."""
    if isinstance(cell, str | float):
        return number(cell) if isinstance(cell, float) and not math.isnan(cell) else token(cell)
    if cell is None or isinstance(cell, int | date | list):  # bool is an int, datetime a date
        return cell
    raise ValueError(f"is a {type(cell).__name__}, which cannot be a property")


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
        Two columns give the same property, or one gives a property that graphrec writes itself.
    """
    ours = set(NODES.get(label, ())) - {"title", "description", "image", "audio", "entityId", "name"}
    found: dict[str, str] = {}
    for column in columns:
        name = (known or {}).get(column) or camel(column)
        if name in ours:
            raise InputError(
                f"{where}: column {column!r} would be the property {name!r}, which graphrec writes itself",
                hint="rename the column",
            )
        if name in found.values():
            other = next(c for c, n in found.items() if n == name)
            raise InputError(
                f"{where}: columns {other!r} and {column!r} would both be the property {name!r}",
                hint="rename one of them",
            )
        found[column] = name
    return found
