"""Derive pseudonyms: keyed BLAKE2b of an id in its one form, cut to 128 bits.

``p1-`` and 32 hexadecimal digits; the number is the key's generation, which grows by one with each rotation. Two of n
people have the same pseudonym with a probability of at most n²/2¹²⁹ per generation: 10⁻²¹ for a billion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from graphrec.config.ids import without_fraction
from graphrec.pseudonyms.key import PseudonymKey

BITS = 128
#: Letter of pseudonyms of people, and of those of the keys of events.
PERSON, EVENT = "p", "e"
_FORM = re.compile(r"[pe]([1-9][0-9]?)-[0-9a-f]{32}")
_KEPT = 65_536


def canonical(value: Any) -> str:
    """Return an id in the one form that loading gives it: 1, ``"1"``, ``" 1"`` and ``"1.0"`` are one person.

    >>> canonical(1), canonical("1.0"), canonical(" anna "), canonical("007")
    ('1', '1', 'anna', '007')
    """
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, float) and plain.is_integer():
        plain = int(plain)
    return without_fraction(str(plain).strip())


def generation(text: Any) -> int:
    """Return the generation of a pseudonym; 0: it is none.

    >>> generation("p1-00112233445566778899aabbccddeeff"), generation("anna")
    (1, 0)
    """
    found = _FORM.fullmatch(text) if isinstance(text, str) else None
    return int(found[1]) if found else 0


class Pseudonyms:
    """The pseudonyms of one key."""

    def __init__(self, key: PseudonymKey) -> None:
        self.key = key
        self._cached = lru_cache(_KEPT)(self._derived)

    def of(self, value: Any) -> str:
        """Return the pseudonym of a person's id; one that is a pseudonym already stays.

        >>> some = Pseudonyms(PseudonymKey((bytes(32),)))
        >>> some.of(1) == some.of("1.0"), some.of(some.of("anna")) == some.of("anna"), some.of("1")[:3]
        (True, True, 'p1-')
        """
        return self._of(PERSON, value)

    def of_event(self, key: str) -> str:
        """Return what stands for the key of an event, which may name a person or an order."""
        return self._of(EVENT, key)

    def _of(self, letter: str, value: Any) -> str:
        return value if generation(value) else self._cached(letter, canonical(value))

    def _derived(self, letter: str, text: str) -> str:
        found = text
        for number, secret in enumerate(self.key.secrets, 1):
            found = _step(letter, number, secret, found)
        return found

    def next_of(self, pseudonym: str) -> str:
        """Return the newest pseudonym of one of the generation before; others are returned as they are."""
        number = self.key.generation
        if generation(pseudonym) != number - 1:
            return pseudonym
        return _step(pseudonym[0], number, self.key.secrets[-1], pseudonym)

    def all_of(self, value: Any) -> list[str]:
        """Return all pseudonyms of a person with this key, the oldest first; of a pseudonym, those from then on.

        >>> some = Pseudonyms(PseudonymKey((bytes(32), bytes(32))))
        >>> some.all_of("anna")[-1] == some.of("anna"), len(some.all_of("anna"))
        (True, 2)
        """
        text, found = canonical(value), [value] if generation(value) else []
        for number, secret in enumerate(self.key.secrets, 1):
            if number > generation(value):
                text = _step(PERSON, number, secret, text)
                found.append(text)
        return found

    def matches(self, candidates: Iterable[str]) -> dict[str, str]:
        """Return pseudonym → id of candidates; only who knows an id can find its pseudonym."""
        return {self.of(one): one for one in candidates}


def _step(letter: str, number: int, secret: bytes, text: str) -> str:
    # `surrogatepass`: an id that is no Unicode text is refused where ids are checked, not here.
    data = text.encode("utf-8", "surrogatepass")
    digest = blake2b(data, digest_size=BITS // 8, key=secret, person=b"graphrec-id-" + letter.encode())
    return f"{letter}{number}-{digest.hexdigest()}"
