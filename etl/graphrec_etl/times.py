"""Read the times of a column: epoch numbers of any unit, dates as numbers or ISO 8601 text, dates and datetimes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from graphrec.common.calendar import EARLY, FORMS, calendar_format, calendar_seconds, counts_per_second
from graphrec.common.moments import in_calendar, milliseconds, read_text
from graphrec_etl import values


class Times:
    """Reads one column. Numbers such as 2024 are years, unless the column also counts from a small number."""

    def __init__(self) -> None:
        self._years = self._small = False

    def read(self, cell: Any) -> int | None:
        """Return a time as milliseconds since 1970, None if the cell is empty. Without a time zone it is in UTC.

        Raises
        ------
        ValueError
            The cell is no time, or outside the years 1 to 9999.
        """
        if isinstance(cell, str) and 9 <= len(cell) <= 10 and cell.isascii() and cell.isdecimal():
            return int(cell) * 1000  # nearly every time: epoch seconds from 1973 on
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            return None
        if isinstance(cell, bool):
            raise ValueError("is a boolean, not a time")
        if isinstance(cell, values.OutOfCalendar | values.UnknownZone):
            raise ValueError(f"is {values.in_words(cell)}")
        if isinstance(cell, date) and not isinstance(cell, datetime):
            cell = datetime(cell.year, cell.month, cell.day)
        if isinstance(cell, str):
            cell = read_text(cell.strip())
        return in_calendar(self._of_number(cell) if not isinstance(cell, datetime) else milliseconds(cell))

    def _of_number(self, cell: Any) -> int:
        given = values.number(cell)
        assert given is not None
        form = calendar_format(given)
        if form == "%Y" and (self._small or given != int(given)):
            form = None
        if form is None:
            if abs(given) < EARLY and self._years:
                raise ValueError("is neither a year nor another date, unlike the rows before")
            self._small = self._small or abs(given) < EARLY
            return round(given * 1000 / counts_per_second(given))
        self._years = self._years or form == "%Y"
        found = calendar_seconds(given, form)
        if found is None:
            raise ValueError(f"is no date, although it looks like {FORMS[form]}")
        return found * 1000
