"""Check what the mapping says of contexts: the time zone, and the properties that are read as categories."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

#: What the time of a behaviour says by itself.
TIMED = ("hour", "weekday")
#: Most properties of one behaviour, and most values of one property.
MOST_PROPERTIES, MOST_VALUES = 8, 32


@cache
def zone_of(name: str) -> ZoneInfo:
    """Return a time zone of the tz database, such as ``Europe/Berlin``.

    Raises
    ------
    ValueError
        There is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise ValueError(
            f"time_zone = {name!r}: no time zone has this name: name one of the tz database, such as 'Europe/Berlin'"
        ) from error


def check_time_zone(name: str) -> None:
    """Refuse a name that no time zone has.

    Raises
    ------
    ValueError
        There is none of that name.
    """
    if name != "UTC":
        zone_of(name)


def check_context(names: Sequence[str]) -> None:
    """Refuse properties of a context that are named twice, are too many, or are what a time says by itself.

    Raises
    ------
    ValueError
        They cannot be told apart.
    """
    for name in names:
        if name in TIMED:
            raise ValueError(f"context: {name!r} comes from the time by itself: leave it out, or rename the property")
        if names.count(name) > 1:
            raise ValueError(f"context names {name!r} twice")
    if len(names) > MOST_PROPERTIES:
        raise ValueError(f"context has {len(names)} properties: at most {MOST_PROPERTIES} are read")
