"""Numbers in words: English, and Chinese with its own digits."""

from __future__ import annotations

import re

_ENGLISH = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100}
ORDINALS = {
    word: number
    for number, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
        ],
        start=1,
    )
}
_DIGITS = {digit: n for n, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}

#: A number as people write it, in either language.
NUMBER = (
    r"(?:\d+(?:\.\d+)?|[零〇一二两俩三四五六七八九十百千]+|(?:"
    + "|".join(sorted(_ENGLISH, key=len, reverse=True))
    + r")\b)"
)


def number(text: str) -> float | None:
    """Return the number that a text is, or None.

    >>> [number(text) for text in ("8.2", "twenty", "十五", "两", "二十", "一九九五", "一百二十", "many")]
    [8.2, 20.0, 15.0, 2.0, 20.0, 1995.0, 120.0, None]
    """
    text = text.strip().lower()
    if re.fullmatch(r"\d{1,9}(?:\.\d{1,6})?", text, re.ASCII):
        return float(text)
    if text in _ENGLISH:
        return float(_ENGLISH[text])
    if text and all(sign in _DIGITS for sign in text):
        return float("".join(str(_DIGITS[sign]) for sign in text[:9]))
    if not text or any(sign not in _DIGITS and sign not in _UNITS for sign in text):
        return None
    total, last = 0, None
    for sign in text:
        if sign in _UNITS:
            total += (1 if last is None else last) * _UNITS[sign]
            last = None
        else:
            last = _DIGITS[sign]
    return float(total + (last or 0))
