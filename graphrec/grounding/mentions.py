"""Names, titles and numbers in a text, found by what the facts say, each replaced by one character.

What is left is words, which a grammar reads (:mod:`graphrec.grounding.grammar`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from graphrec.grounding.fact import USER, Fact

#: Characters that stand for mentions: private ones, which a text must not have itself.
FIRST, LAST = "\ue000", "\uf8ff"
M = f"[{FIRST}-{LAST}]"
_LETTER = "[A-Za-z0-9\u00c0-\u024f\u0370-\u04ff]"
_NUMBER = r"\d+(?:[.,]\d+)*"
_QUOTES = "\"'“”‘’«»„《》〈〉「」『』*_`"
_WRAPPED = re.compile(rf"[{_QUOTES}]*({M})[{_QUOTES}]*(?!s\b)|({M})")
_PLAIN = str.maketrans("’‘“”", "''\"\"")
_YEAR = re.compile(r"(.+?) \((\d{4})\)\Z")
_ARTICLE = re.compile(r"(.+), (The|A|An)\Z")
_END = re.compile(r"[.!?。！？…]+[\"”’'」』)）]*(?=\s|\Z|[^\x00-\x7f])|\n+")


def key(text: str) -> str:
    """Return what texts are compared by: NFKC, one case, single spaces.

    >>> key("  The  MATRIX ")
    'the matrix'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def names_of(value: str) -> list[str]:
    """Return the ways in which a value may be written: as it is, and without what catalogues add.

    >>> names_of("English Patient, The (1996)")
    ['English Patient, The (1996)', 'English Patient, The', 'The English Patient']
    """
    found = [value]
    if year := _YEAR.match(value):
        found.append(year[1])
    if article := _ARTICLE.match(found[-1]):
        found.append(f"{article[2]} {article[1]}")
    return found


@dataclass(frozen=True)
class Sentence:
    """A sentence of a text.

    Attributes
    ----------
    text
        As it stands.
    words
        In one case, without quotes around mentions, each of which is a character.
    mentions
        Character → keys of the values that it may mean.
    cased
        The words, with their capitals.
    """

    text: str
    words: str
    mentions: dict[str, frozenset[str]]
    cased: str = ""

    def keys(self, characters: str) -> list[frozenset[str]]:
        """Return what each mention among some characters may mean, in order."""
        return [self.mentions[one] for one in characters if one in self.mentions]


class Mentions:
    """Finds mentions of the values of some facts.

    Parameters
    ----------
    facts
        The facts; their subjects are mentions too.
    common
        Words that are something else unless they are quoted, such as "it", which is a film too.
    about
        The title of what the text is about, also where no fact has it.
    """

    def __init__(self, facts: Sequence[Fact], common: Collection[str] = (), about: str = "") -> None:
        loose = {fact.value for fact in facts if fact.kind == "property" or fact.of_kind}
        self._keys: dict[str, set[str]] = {}
        patterns: dict[str, bool] = {}
        for value in [*_values(facts), about]:
            for name in names_of(value):
                if any(letter.isalnum() for letter in name):
                    self._keys.setdefault(key(name), set()).add(key(value))
                    patterns[name] = patterns.get(name, False) or value in loose
        parts = [_pattern(name, loose_case, common) for name, loose_case in sorted(patterns.items(), key=_longest)]
        self._pattern = re.compile("|".join([*parts, _NUMBER]))

    def sentences(self, text: str) -> list[Sentence]:
        """Return the sentences of a text."""
        masked, places = list[str](), list[int]()
        meanings = dict[str, frozenset[str]]()
        at = 0
        for found in self._pattern.finditer(text):
            masked += text[at : found.start()]
            places += range(at, found.start())
            character = chr(ord(FIRST) + len(meanings))
            if character > LAST:
                break
            meanings[character] = self._meaning(found[0])
            masked.append(character)
            places.append(found.start())
            at = found.end()
        masked += text[at:]
        places += range(at, len(text))
        return list(_split(text, "".join(masked), [*places, len(text)], meanings))

    def _meaning(self, text: str) -> frozenset[str]:
        bare = text.strip(_QUOTES)
        found = self._keys.get(key(text)) or self._keys.get(key(bare))
        return frozenset(found or {key(bare)})


def _values(facts: Sequence[Fact]) -> list[str]:
    found = [fact.value for fact in facts] + [fact.subject for fact in facts if fact.subject != USER]
    found += [fact.detail for fact in facts if fact.detail]
    return list(dict.fromkeys(found))


def _longest(one: tuple[str, bool]) -> tuple[int, str]:
    return -len(one[0]), one[0]


def _pattern(name: str, loose: bool, common: Collection[str]) -> str:
    spaced = r"\s+".join(map(re.escape, name.split()))
    if key(name) in common:
        return "|".join(f"{a}{spaced}{b}" for a, b in (("“", "”"), ('"', '"'), ("《", "》"), ("「", "」")))
    before = f"(?<!{_LETTER})" if re.match(_LETTER, name) else ""
    after = f"(?!{_LETTER})" if re.match(_LETTER, name[-1]) else ""
    return before + (f"(?i:{spaced})" if loose else spaced) + after


def _split(text: str, masked: str, places: list[int], meanings: dict[str, frozenset[str]]) -> Iterable[Sentence]:
    start = 0
    ends = [found.end() for found in _END.finditer(masked)]
    for end in [*ends, len(masked)]:
        part, original = masked[start:end], text[places[start] : places[end]]
        start = end
        if part.strip():
            bare = _WRAPPED.sub(lambda found: found[1] or found[2], part)
            letters = (one.lower() if len(one.lower()) == 1 else one for one in bare)
            lower = "".join(letters).translate(_PLAIN)
            here = {one: meanings[one] for one in part if one in meanings}
            yield Sentence(original.strip(), " ".join(lower.split()), here, bare)
