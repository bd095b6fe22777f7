"""Which property of a relationship says when it was. Its values decide whether it is a time, its name how likely it is.

Dates and datetimes are times; so are numbers that are all epoch seconds (or milliseconds and finer) of a plausible
year, and texts that are all ISO 8601 dates. A year, a number of days, or ``YYYYMMDD`` is none, whatever it is called.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphrec.graph.vocabulary import NUMBERS, OTHER_TIMES, TIME_NAMES, TIME_WORDS, words

_TEMPORAL = ("ZONED DATETIME", "LOCAL DATETIME", "DATE")
_UNITS = ((10**17, 10**9, "nanoseconds"), (10**14, 10**6, "microseconds"), (10**11, 10**3, "milliseconds"))
_YEAR = 365.25 * 86400
#: Epoch seconds from which on a number may be a time: 1971 for a property that is named like one, else 1995.
_FIRST, _FIRST_UNNAMED = _YEAR, 25 * _YEAR


@dataclass(frozen=True)
class TimeProperty:
    """A property whose values are times.

    Attributes
    ----------
    name
        The property.
    kind
        What its values are, such as ``DATE`` or ``epoch seconds``.
    share
        How many of the relationships that were looked at have it.
    """

    name: str
    kind: str
    share: float


def time_properties(rows: Iterable[Mapping[str, Any]]) -> tuple[TimeProperty, ...]:
    """Return the properties whose values are times, the likeliest first.

    Parameters
    ----------
    rows
        As ``cypher/inspect/relationship_keys.cypher`` returns them.
    """
    found = [
        (_rank(row["key"]), TimeProperty(row["key"], kind, row["share"]))
        for row in rows
        if (kind := _kind(row["key"], row["kinds"], row["some"]))
    ]
    found.sort(key=lambda pair: (pair[0], -pair[1].share, pair[1].name))
    return tuple(one for _, one in found)


def looks_like(name: str) -> bool:
    """Say whether a property has the name of a time."""
    return _plain(name) in TIME_NAMES or bool(words(name) & TIME_WORDS)


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


def _rank(name: str) -> int:
    """Return how likely a time is that of the relationship itself, by its name: least is best."""
    said = words(name)
    if _plain(name) in TIME_NAMES:
        return TIME_NAMES.index(_plain(name))
    return len(TIME_NAMES) + (not said & TIME_WORDS) + 2 * bool(said & OTHER_TIMES)


def _kind(name: str, kinds: Sequence[str], values: Sequence[Any]) -> str | None:
    """Return what the values are if they are times.

    Under the name of a time one is enough: what is wrong with the others is said when they are read.
    """
    named = _plain(name) in TIME_NAMES
    plain = {kind.removesuffix(" NOT NULL") for kind in kinds}
    parts = [kind for kind in _TEMPORAL if kind in plain]
    for kind in sorted(plain - set(_TEMPORAL)):
        units: set[str | None] = set()
        if kind == "STRING":
            units = {_iso(value) for value in values if isinstance(value, str)}
        elif kind in ("INTEGER", "FLOAT"):
            units = {_epoch(name, value) for value in values if isinstance(value, int | float)}
        found = sorted(unit for unit in units if unit)
        if not named and units != set(found[:1]):  # of one kind, all of them
            return None
        parts += found
    return " and ".join(dict.fromkeys(parts)) or None


def _epoch(name: str, value: float) -> str | None:
    """Return the unit of a number that counts from 1970 on to a plausible year."""
    timely = looks_like(name)
    if not timely and words(name) & NUMBERS:
        return None
    first = _FIRST if timely else _FIRST_UNNAMED
    last = time.time() + (10 * _YEAR if timely else 86400)
    scale, unit = next(((s, u) for limit, s, u in _UNITS if value >= limit), (1, "seconds"))
    return f"epoch {unit}" if first <= value / scale <= last else None


def _iso(text: str) -> str | None:
    """Say whether a text is a date: ``20240131`` may be anything."""
    try:
        plausible = "-" in text and 1900 <= datetime.fromisoformat(text.strip()).year <= 2100
    except ValueError:
        return None
    return "ISO 8601 text" if plausible else None
