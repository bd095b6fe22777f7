"""Replace what names a person in a text by its kind: ``[email]``, ``[card]``, ``[phone]``, ``[name]``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from graphrec.common.errors import LibraryError
from graphrec.common.libraries import library
from graphrec.scrubbing.names import Names

#: In the order in which they are looked for: a card's number is no phone's.
KINDS = ("email", "card", "phone", "name")
# ASCII alone: Chinese characters may stand right beside an address.
_EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+'-]*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.)+[A-Za-z]{2,24}")
_CARD = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])")
#: Texts without as many digits have no phone number; the search for one is slow.
_FEWEST = 7
_DIGITS = re.compile(r"[0-90-9]")
#: Longest piece in which phone numbers are looked for at once.
_PIECE = 2_000


class Scrubber:
    """Takes out what names people.

    Parameters
    ----------
    regions
        Countries whose phone numbers are found without an international prefix.
    names
        Whether to look for names.

    Attributes
    ----------
    counts
        Kind → number of places so far.

    Raises
    ------
    LibraryError
        The libraries of ``graphrec[privacy]`` are not installed.
    """

    def __init__(self, regions: Sequence[str] = ("US", "GB", "CN"), *, names: bool = True) -> None:
        self.counts: Counter[str] = Counter()
        try:
            with library("phonenumbers"):
                import phonenumbers
            self._names = Names() if names else None
        except LibraryError as error:
            raise LibraryError(error.message, hint="pip install 'graphrec[privacy]'") from error
        self._phones = phonenumbers
        self._regions = tuple(regions)

    def text(self, text: str) -> str:
        """Return a text without them, and count what was found."""
        if "@" in text:
            text = self._without("email", text, lambda t: (m.span() for m in _EMAIL.finditer(t)))
        if len(_DIGITS.findall(text)) >= _FEWEST:
            text = self._without("card", text, _cards)
            text = self._without("phone", text, self._numbers)
        if self._names is not None:
            text = self._without("name", text, self._names.spans)
        return text

    def value(self, value: Any) -> Any:
        """Return the value of a property without them: a text, or a list of texts; others stay."""
        if isinstance(value, str):
            return self.text(value)
        return [self.value(one) for one in value] if isinstance(value, list) else value

    def _without(self, kind: str, text: str, find: Callable[[str], Iterator[tuple[int, int]]]) -> str:
        parts, end = [], 0
        for start, stop in find(text):
            if start < end:
                continue
            parts += [text[end:start], f"[{kind}]"]
            end = stop
            self.counts[kind] += 1
        return "".join((*parts, text[end:])) if parts else text

    def _numbers(self, text: str) -> Iterator[tuple[int, int]]:
        valid = self._phones.Leniency.VALID
        found = set()
        for begin in range(0, len(text), _PIECE):
            # Pieces overlap, or a number could stand across the end of one.
            piece = text[begin : begin + _PIECE + 40]
            for region in self._regions or (None,):
                for match in self._phones.PhoneNumberMatcher(piece, region, leniency=valid):
                    open_only = match.raw_string.startswith("(") and ")" not in match.raw_string
                    found.add((begin + match.start + open_only, begin + match.end))
        yield from sorted(found, key=lambda span: (span[0], -span[1]))


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for match in _CARD.finditer(text):
        if luhn(match[0]):
            yield match.span()


def luhn(number: str) -> bool:
    """Return whether the last digit of a number is its check digit (ISO/IEC 7812), as of cards.

    >>> luhn("4111 1111 1111 1111"), luhn("4111 1111 1111 1112"), luhn("0000000000000000")
    (True, False, False)
    """
    digits = [int(sign) for sign in number if sign.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return any(digits) and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
