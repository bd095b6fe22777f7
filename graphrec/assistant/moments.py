"""A time as people say it ("tonight", "friday evening", 今晚八点) → the next such time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

#: Words → hour; the first that is said counts.
_HOURS = (
    ("midnight|半夜|午夜|深夜", 23),
    ("breakfast|early|morning|早餐|早上|早晨|清晨|上午", 8),
    ("noon|lunch|中午|午饭", 12),
    ("afternoon|下午", 15),
    ("tonight|evening|dinner|night|今晚|晚上|傍晚|晚饭|夜", 20),
)
#: Hours of the afternoon and the evening, by which 9:30 is half past nine at night.
_LATE = (15, 20)
_DAYS = tuple(
    f"{english}|周{chinese}|星期{chinese}|礼拜{chinese}"
    for english, chinese in zip(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday|weekend|周末", "sunday"),
        ("一", "二", "三", "四", "五", "六", "[日天]"),
        strict=True,
    )
)
_CLOCK = re.compile(r"(?<!\d)([01]?\d|2[0-3])[:：]([0-5]\d)(?!\d)")


def moment(words: str, now: datetime) -> str | None:
    """Return the time that words mean, as ISO 8601 text; None where they name none.

    Parameters
    ----------
    now
        The present, in the time zone of whoever speaks.

    >>> moment("friday evening", datetime(2026, 11, 30, 9, 0)), moment("今晚", datetime(2026, 11, 30, 9, 0))
    ('2026-12-04T20:00:00', '2026-11-30T20:00:00')
    >>> moment("今晚9:30", datetime(2026, 11, 30, 9, 0)), moment("21:30", datetime(2026, 11, 30, 9, 0))
    ('2026-11-30T21:30:00', '2026-11-30T21:30:00')
    >>> {moment(f"{day}晚上", datetime(2026, 11, 30, 9, 0)) for day in ("周日", "星期天", "礼拜天")}
    {'2026-12-06T20:00:00'}
    """
    text = words.lower()
    clock = _CLOCK.search(text)
    hour = next((hour for said, hour in _HOURS if re.search(said, text)), None)
    day = next((place for place, said in enumerate(_DAYS) if re.search(said, text)), None)
    ahead = 1 if re.search("tomorrow|明天|明早|明晚", text) else 0
    if clock is None and hour is None and day is None and not ahead:
        return now.isoformat() if re.search(r"\bnow\b|现在", text) else None
    found = now.replace(minute=0, second=0, microsecond=0)
    if clock is not None:
        said = int(clock[1])
        said += 12 if hour in _LATE and 0 < said < 12 else 0
        found = found.replace(hour=said, minute=int(clock[2]))
    elif hour is not None:
        found = found.replace(hour=hour)
    days = ahead if day is None else (day - now.weekday()) % 7
    return (found + timedelta(days=days)).isoformat()
