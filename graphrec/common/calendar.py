"""Dates and times as numbers: years, YYYYMMDD, YYYYMMDDhhmmss, and epoch numbers of any unit."""

from __future__ import annotations

from datetime import UTC, datetime

#: Numbers that may be a date. As epoch seconds or milliseconds they would be times of 1970, or after 2570.
_DATES = ((1900, 2100, "%Y"), (19000101, 21001231, "%Y%m%d"), (19000101000000, 21001231235959, "%Y%m%d%H%M%S"))
#: Form → its name.
FORMS = {"%Y": "years", "%Y%m%d": "numbers of the form YYYYMMDD", "%Y%m%d%H%M%S": "numbers of the form YYYYMMDDhhmmss"}
#: Epoch numbers from here on → units per second: 10^11 seconds are the year 5138, 10^11 milliseconds are March 1973.
UNITS = ((10**17, 10**9), (10**14, 10**6), (10**11, 10**3))
#: A number below this many seconds counts positions rather than years, if it is beside numbers that could be years.
EARLY = 10**7


def calendar_format(number: float) -> str | None:
    """Return the form of a number that is read as a date, or None.

    >>> calendar_format(2024), calendar_format(20240301), calendar_format(1709251200)
    ('%Y', '%Y%m%d', None)
    """
    return next((form for first, last, form in _DATES if first <= number <= last), None)


def calendar_seconds(number: float, form: str) -> int | None:
    """Return the epoch seconds of a number of a form; None if it is no date.

    >>> calendar_seconds(20240301, "%Y%m%d"), calendar_seconds(20241301, "%Y%m%d")
    (1709251200, None)
    """
    if number != int(number):
        return None
    try:
        return int(datetime.strptime(str(int(number)), form).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


def counts_per_second(number: float) -> int:
    """Return the unit of an epoch number, in units per second.

    >>> counts_per_second(1709251200), counts_per_second(1709251200000), counts_per_second(1709251200000000)
    (1, 1000, 1000000)
    """
    return next((unit for limit, unit in UNITS if abs(number) >= limit), 1)
