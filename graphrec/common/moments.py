"""Times that people give, ISO 8601 texts and numbers, as milliseconds since 1970; in UTC without a time zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime

#: Years 1 to 9999, in milliseconds: what Python and Neo4j can both hold.
EARLIEST, LATEST = -62_135_596_800_000, 253_402_300_799_999
OUTSIDE = "outside the years 1 to 9999"


def in_calendar(milliseconds: int) -> int:
    """Return a time, and refuse one that Python and Neo4j cannot both hold.

    Raises
    ------
    ValueError
        It is outside the years 1 to 9999.
    """
    if not EARLIEST <= milliseconds <= LATEST:
        raise ValueError(f"is a time {OUTSIDE}")
    return milliseconds


def read_text(text: str) -> float | datetime:
    """Return the number or the time that a text is.

    Raises
    ------
    ValueError
        It is neither.
    """
    try:
        if "_" not in text:  # Python reads 1_000 as a number
            return int(text) if text.lstrip("+-").isdecimal() else float(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(re.sub(r"\A(\d{4})/(\d\d)/", r"\1-\2-", text))
    except ValueError:
        raise ValueError("is neither seconds since 1970 nor an ISO 8601 date") from None


def milliseconds(moment: datetime) -> int:
    """Return a time as milliseconds since 1970.

    >>> milliseconds(datetime(2024, 3, 1))
    1709251200000
    """
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
