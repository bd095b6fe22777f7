"""Names found despite typing errors, missing articles and years: titles and entities."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from graphrec.content.text_cleaning import clean

#: Least likeness of two names, from 0 to 1, of which one has typing errors.
ALIKE = 0.8
#: Candidates that share the most pieces, and are compared in full.
_CANDIDATES = 24
#: Longest text that is compared; texts whose likeness is remembered.
_LONGEST, _REMEMBERED = 120, 1000
_ARTICLES = frozenset(
    ["the", "a", "an", "le", "la", "les", "l", "der", "die", "das", "el", "los", "las", "il", "lo", "un", "une"]
)
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_YEAR = re.compile(r"\s*[(\[（]\s*(?:1[89]|20)\d\d\s*[)\]）]\s*$")
_WORDS = re.compile(r"[^\W_]+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


def plain(text: str) -> str:
    """Return a text in lower case, cleaned, with plain apostrophes.

    >>> plain("Schindler’s  <b>List</b>")
    "schindler's list"
    """
    return clean(text).replace("’", "'").replace("‘", "'").lower()


def key(name: str) -> str:
    """Return what of a name counts when it is compared: words without accents, articles at its ends, and its year.

    >>> key("Shawshank Redemption, The (1994)"), key("The Godfather: Part II"), key("Amélie"), key("卧虎 藏龙")
    ('shawshank redemption', 'godfather part 2', 'amelie', '卧虎藏龙')
    """
    text = _YEAR.sub("", plain(name)).replace("'", "").replace("&", " and ")
    text = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    words = [_ROMAN.get(word, word) for word in _WORDS.findall(text)]
    while len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    while len(words) > 1 and words[-1] in _ARTICLES:
        words = words[:-1]
    joined = " ".join(words)
    return re.sub(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])", "", joined)


def likeness(a: str, b: str) -> float:
    """Return how alike two keys are, from 0 to 1."""
    return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio()


class NameIndex:
    """Names by what counts of them (:func:`key`), and by pieces of three letters or two Chinese characters.

    Parameters
    ----------
    names
        The names; results are their positions.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.keys = [key(name) for name in names]
        self._exact: dict[str, list[int]] = defaultdict(list)
        pieces: dict[str, list[int]] = defaultdict(list)
        for place, one in enumerate(self.keys):
            self._exact[one].append(place)
            for piece in _pieces(one):
                pieces[piece].append(place)
        self._pieces = {piece: np.array(places, np.int32) for piece, places in pieces.items()}
        self._sizes = np.array([max(1, len(_pieces(one))) for one in self.keys], np.float32)
        self._remembered: dict[tuple[str, float], list[tuple[int, float]]] = {}
        self.longest = max((len(one.split()) for one in self.keys), default=0)

    def exact(self, words: str) -> list[int]:
        """Return the names that are the words but for case, accents, articles and the year."""
        return list(self._exact.get(key(words), ()))

    def has(self, words: str) -> bool:
        """Return whether a key (:func:`key`) is that of a name."""
        return words in self._exact

    def like(self, words: str, least: float = ALIKE) -> list[tuple[int, float]]:
        """Return the names most like the words with their likeness, the best first."""
        wanted = key(words)
        if (wanted, least) not in self._remembered:
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            self._remembered[wanted, least] = self._like(wanted, least)
        return self._remembered[wanted, least]

    def _like(self, wanted: str, least: float) -> list[tuple[int, float]]:
        if not 2 <= len(wanted) <= _LONGEST:
            return []
        held = [self._pieces[piece] for piece in _pieces(wanted) if piece in self._pieces]
        if not held:
            return []
        shared: NDArray[np.float32] = np.bincount(np.concatenate(held), minlength=len(self.keys)).astype(np.float32)
        dice = 2 * shared / (self._sizes + len(_pieces(wanted)))
        some = np.argpartition(-dice, min(_CANDIDATES, len(dice) - 1))[:_CANDIDATES]
        scored = [(int(place), likeness(wanted, self.keys[place])) for place in some if dice[place] > 0.2]
        return sorted((one for one in scored if one[1] >= least), key=lambda one: (-one[1], one[0]))


def _pieces(text: str) -> set[str]:
    size = 2 if _HAN.search(text) else 3
    padded = text if size == 2 and len(text) > 1 else f" {text} "
    return {padded[n : n + size] for n in range(max(1, len(padded) - size + 1))}


def spans(words: Sequence[str], longest: int) -> Iterable[tuple[int, int]]:
    """Yield begin and end of every run of words, the longest first."""
    for size in range(min(longest, len(words)), 0, -1):
        for begin in range(len(words) - size + 1):
            yield begin, begin + size
