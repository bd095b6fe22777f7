"""Find the time property of a relationship: values decide whether it is a time, names rank the candidates.

Dates and datetimes are times; so are numbers that are all epoch seconds (or milliseconds and finer) of a plausible
year, and texts that are all such numbers or ISO 8601 dates. ``YYYYMMDD`` is a time if its name says so, and a year if
there is nothing better.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphrec.common.calendar import calendar_format
from graphrec.graph.values import ISO, NUMBER, read_time, text_number
from graphrec.graph.vocabulary import NUMBERS, OTHER_TIMES, TIME_NAMES, TIME_WORDS, words

#: Added to the rank of years, which are coarse.
_LAST = 100
_TEMPORAL = ("ZONED DATETIME", "LOCAL DATETIME", "DATE")
_UNITS = ((10**17, 10**9, "nanoseconds"), (10**14, 10**6, "microseconds"), (10**11, 10**3, "milliseconds"))
_YEAR = 365.25 * 86400
#: Epoch seconds of 1900 and 2101: dates in texts are between them.
_EARLIEST, _LATEST = -2_208_988_800, 4_133_980_800
#: Earliest epoch seconds of a time: 1971 for a property with the name of a time, else 1995.
_FIRST, _FIRST_UNNAMED = _YEAR, 25 * _YEAR


@dataclass(frozen=True)
class TimeProperty:
    """A property with times.

    Attributes
    ----------
    name
        The property.
    kind
        Kind of its values, such as ``DATE`` or ``epoch seconds``.
    share
        Share of the sampled relationships that have it.
    """

    name: str
    kind: str
    share: float


def time_properties(rows: Iterable[Mapping[str, Any]]) -> tuple[TimeProperty, ...]:
    """Return the properties with times, most likely first.

    Parameters
    ----------
    rows
        Result of ``cypher/inspect/relationship_keys.cypher``, or of ``path_keys.cypher`` with an ``owner`` that
        prefixes the name.
    """
    found = [
        (*_order(row, kind), TimeProperty(_named(row), kind, row["share"]))
        for row in rows
        if (kind := _kind(row["key"], row["kinds"], row["some"]))
    ]
    found.sort(key=lambda one: (*one[:-1], -one[-1].share, one[-1].name))
    return tuple(one[-1] for one in found)


def _order(row: Mapping[str, Any], kind: str) -> tuple[int, int, int]:
    """Return what a time is ranked by; on a path, of names that say a time, the nearest to the item comes first."""
    rank, years = _rank(row["key"]), _LAST * kind.startswith("years")
    if "place" not in row:
        return rank + years, 0, 0
    unlike = max(0, rank - len(TIME_NAMES)) + years + 2 * _LAST * (2 * row["share"] < 1)
    return unlike, -row["place"], rank


def _named(row: Mapping[str, Any]) -> str:
    return f"{row['owner']}.{row['key']}" if "owner" in row else str(row["key"])


def looks_like(name: str) -> bool:
    """Return whether a property has the name of a time."""
    return _plain(name) in TIME_NAMES or bool(words(name) & TIME_WORDS)


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


def _rank(name: str) -> int:
    """Rank a time property by its name as the time of the relationship itself; lowest is best."""
    said = words(name)
    if _plain(name) in TIME_NAMES:
        return TIME_NAMES.index(_plain(name))
    return len(TIME_NAMES) + (not said & TIME_WORDS) + 2 * bool(said & OTHER_TIMES)


def _kind(name: str, kinds: Sequence[str], values: Sequence[Any]) -> str | None:
    """Return the kind of the values if they are times, else None.

    With the name of a time, one valid value is enough: reading reports the invalid ones.
    """
    named = _plain(name) in TIME_NAMES
    plain = {kind.removesuffix(" NOT NULL") for kind in kinds}
    parts = [kind for kind in _TEMPORAL if kind in plain]
    for kind in sorted(plain - set(_TEMPORAL)):
        units: list[str | None] = []
        if kind == "STRING":
            units = [_text(name, value) for value in values if isinstance(value, str) and value.strip()]
        elif kind in ("INTEGER", "FLOAT"):
            units = [_number(name, value) for value in values if isinstance(value, int | float)]
        found = sorted({unit for unit in units if unit})
        if not named and (not units or set(units) != set(found[:1])):  # all of one kind
            return None
        parts += found
    return " and ".join(dict.fromkeys(parts)) or None


def _number(name: str, value: float) -> str | None:
    """Return the kind of a number that is a plausible time since 1970, or a date; a year only with a fitting name."""
    timely = looks_like(name)
    form = calendar_format(value)
    if form is not None:
        dated = timely or (form == "%Y" and "year" in words(name))
        read = read_time({"number": value}) if dated and value == int(value) else None
        return read and read[1]
    if not timely and words(name) & NUMBERS:
        return None
    first = _FIRST if timely else _FIRST_UNNAMED
    last = time.time() + (10 * _YEAR if timely else 86400)
    scale, unit = next(((s, u) for limit, s, u in _UNITS if value >= limit), (1, "seconds"))
    return f"epoch {unit}" if first <= value / scale <= last else None


def _text(name: str, text: str) -> str | None:
    """Return the kind of a text that is a date, or a number that is a time."""
    text = text.strip()
    if NUMBER.match(text):
        kind = _number(name, text_number(text))
        return kind and f"{kind} as text"
    return ISO if is_date_text(text) else None


def is_date_text(text: str) -> bool:
    """Return whether a text is an ISO 8601 date with a plausible year; ``20240131`` may be anything."""
    found = read_time(text) if re.match(r"\d{4}[-/]", text.strip()) else None
    return found is not None and _EARLIEST <= found[0] <= _LATEST
