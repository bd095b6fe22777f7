"""When an item expires, by the value of its property, without Neo4j: as ``cypher/query/shown.cypher`` reads it."""

from __future__ import annotations

import math
import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import Any

from graphrec.common.calendar import calendar_format, counts_per_second

_TEXT = re.compile(r"(\d{4})-(\d{2})-(\d{2})([T ]\d{2}:.*)?", re.ASCII | re.DOTALL)


def expires_at(value: Any) -> float | None:
    """Return the seconds since 1970 from which an item has expired; None: never, or the value is no time.

    Parameters
    ----------
    value
        A time of Neo4j's or of Python's, a date, an epoch number of any unit, a year or YYYYMMDD as a number, or ISO
        8601 text. UTC without a time zone. A day, or a year, is past when it is over.

    >>> expires_at(2029), expires_at(20291231), expires_at("2029-12-31"), expires_at(date(2029, 12, 31))
    (1893456000.0, 1893456000.0, 1893456000.0, 1893456000.0)
    >>> expires_at("2030-01-01T01:00:00+01:00"), expires_at(1893456000000), expires_at("soon")
    (1893456000.0, 1893456000.0, None)
    """
    read = value.to_native() if hasattr(value, "to_native") else value
    if isinstance(read, datetime):
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    if isinstance(read, date):
        return _midnight(read + timedelta(days=1)) if read < date.max else None
    if isinstance(read, str):
        return _of_text(read)
    if isinstance(read, bool) or not isinstance(read, int | float) or math.isnan(read):
        return None
    form = calendar_format(read)
    if form == "%Y":
        return _midnight(date(int(read) + 1, 1, 1))
    return _midnight(_day_after(int(read))) if form == "%Y%m%d" else read / counts_per_second(read)


def _of_text(text: str) -> float | None:
    found = _TEXT.fullmatch(text)
    if found is None:
        return None
    if found[4]:
        try:
            return expires_at(datetime.fromisoformat(text))
        except ValueError:  # 24:00, say
            pass
    year, month, day = map(int, found.groups()[:3])
    return _midnight(_day_after(10_000 * year + 100 * month + day)) if 0 < year < 9999 else None


def _day_after(number: int) -> date:
    """Return the first day whose YYYYMMDD is above a number, which need be no date itself."""
    year, (month, day) = number // 10_000, divmod(number % 10_000, 100)
    if month < 1:
        return date(year, 1, 1)
    if month > 12 or (month == 12 and day >= 31):
        return date(year + 1, 1, 1)
    last = monthrange(year, month)[1]
    return date(year, month, day + 1) if day < last else date(year, month + 1, 1)


def _midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
