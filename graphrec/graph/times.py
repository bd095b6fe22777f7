"""Find the time property of a relationship: values decide whether it is a time, names rank the candidates.

Dates and datetimes are times; so are numbers that are all epoch seconds (or milliseconds and finer) of a plausible
year, and texts that are all ISO 8601 dates. A year, a number of days or ``YYYYMMDD`` is not a time, whatever its name.
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
        Result of ``cypher/inspect/relationship_keys.cypher``.
    """
    found = [
        (_rank(row["key"]), TimeProperty(row["key"], kind, row["share"]))
        for row in rows
        if (kind := _kind(row["key"], row["kinds"], row["some"]))
    ]
    found.sort(key=lambda pair: (pair[0], -pair[1].share, pair[1].name))
    return tuple(one for _, one in found)


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
        units: set[str | None] = set()
        if kind == "STRING":
            units = {_iso(value) for value in values if isinstance(value, str)}
        elif kind in ("INTEGER", "FLOAT"):
            units = {_epoch(name, value) for value in values if isinstance(value, int | float)}
        found = sorted(unit for unit in units if unit)
        if not named and units != set(found[:1]):  # all of one kind
            return None
        parts += found
    return " and ".join(dict.fromkeys(parts)) or None


def _epoch(name: str, value: float) -> str | None:
    """Return the unit of a number that is a plausible time since 1970."""
    timely = looks_like(name)
    if not timely and words(name) & NUMBERS:
        return None
    first = _FIRST if timely else _FIRST_UNNAMED
    last = time.time() + (10 * _YEAR if timely else 86400)
    scale, unit = next(((s, u) for limit, s, u in _UNITS if value >= limit), (1, "seconds"))
    return f"epoch {unit}" if first <= value / scale <= last else None


def _iso(text: str) -> str | None:
    """Return the kind of a text that is a date; ``20240131`` may be anything."""
    try:
        plausible = "-" in text and 1900 <= datetime.fromisoformat(text.strip()).year <= 2100
    except ValueError:
        return None
    return "ISO 8601 text" if plausible else None
