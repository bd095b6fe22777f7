"""Find names in free text: titles of items, names of entities; with a confidence, and what is left out counted.

A trie of words: a word of Latin letters is a unit, and so is each Chinese character, so that English names end at the
borders of words and Chinese ones need none. The longest name wins. The confidence is by rules:

==============================================  ==========
in 《》 or quotation marks, or with its year       0.97
four Chinese characters or more; three           0.95; 0.85
two English words or more, as they are written   0.95
in small letters, with two words of content; one 0.8; 0.6
one English word, capital within a sentence      0.9
the same at the beginning of a sentence          0.75
the same in small letters, or two Chinese        0.5
a word that these texts also use as a word       0.3
one Chinese character, a number                  0.2
==============================================  ==========
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from graphrec.language.script import HAN

_UNIT = re.compile(rf"[{HAN}]|(?:(?![{HAN}])[^\W_])+(?:['’](?:(?![{HAN}])[^\W_])+)*")
_HAN = re.compile(f"[{HAN}]")
_POSSESSIVE = re.compile(r"['’]s\Z")
#: Most characters between two words of a name.
_APART = 3
#: A full stop ends a sentence before a space, but not after some abbreviations.
_END = re.compile(r"(?:[!?。；;\n]+|(?<!\bMr)(?<!\bDr)(?<!\bMrs)(?<!\bSt)(?<!\bvs)\.+(?=\s|\Z))[\"”’」』)]*")
_YEAR = re.compile(r"\s*[(（](\d{4})[)）]")
_ARTICLE = re.compile(r"(?i)\A(?:the|a|an)\s+")
_LAST_ARTICLE = re.compile(r"(?i)\A(.+),\s*(the|a|an|les?|la|el|der|die|das)\Z")
_OPENING, _CLOSING = '《“"「『‘〈', '》”"」』’〉'
#: Words that are nearly always words, whatever the texts.
_FUNCTION = frozenset(
    re.findall(
        r"\w+",
        """
        a about after again all always am an and any are as at away back be because been before being best better
        big but by came can come could day did do does done down each even ever every few first for from get go
        going good got great had happy has have he her here him his home house how i if in into is it its just last
        life like little live lost love made make man many me more most much my never new next night no not nothing
        now of off old on once one only or other our out over people real really room run same saw see she should
        show so some something still such take taken than that the their them then there these they thing this those
        three time to today too two under up us very want war was way we well were what when where which while who
        why will with work world would year you your
        """,
    )
)
#: Uses in small letters after which a name is also a word.
_USES = 2


class Mention(NamedTuple):
    """A name in a text: the node that it names, how sure that is, the sentence it stands in, and how it was found."""

    node: str
    confidence: float
    sentence: int


@dataclass
class Found:
    """The mentions in a text, its sentences, and the names that are left out: reason → how often."""

    mentions: list[Mention]
    sentences: list[str]
    left_out: Counter[str] = field(default_factory=Counter)
    ambiguous: Counter[str] = field(default_factory=Counter)


class _Name(NamedTuple):
    """A name: text as it is written, its units, and the nodes that have it with their years."""

    text: str
    units: tuple[str, ...]
    nodes: tuple[tuple[str, str | None], ...]


class _Unit(NamedTuple):
    text: str
    plain: str
    start: int
    end: int


class Matcher:
    """Finds the names of nodes in texts.

    Parameters
    ----------
    names
        Pairs of a node and its name. ``Heat (1995)`` is the name ``Heat`` with a year; ``Matrix, The`` is ``The
        Matrix``; a name that begins with an article is found without it, too, unless that is another's.
    """

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        full: dict[tuple[str, ...], dict[str, str | None]] = {}
        shown: dict[tuple[str, ...], str] = {}
        short: dict[tuple[str, ...], list[tuple[str, str | None, str]]] = {}
        for node, given in names:
            name, year = _written(given)
            units = tuple(unit.plain for unit in _units(name))
            if not units:
                continue
            full.setdefault(units, {})[node] = year
            shown.setdefault(units, name)
            bare = _ARTICLE.sub("", name)
            if bare != name and len(units) > 2:
                short.setdefault(units[1:], []).append((node, year, bare))
        for units, some in short.items():
            if units not in full:
                full[units] = {node: year for node, year, _ in some}
                shown[units] = some[0][2]
        self._trie: dict[str, Any] = {}
        for units, nodes in full.items():
            at = self._trie
            for unit in units:
                at = at.setdefault(unit, {})
            at[""] = _Name(shown[units], units, tuple(nodes.items()))
        self._singles = {units[0] for units in full if len(units) == 1}
        self._small: Counter[str] = Counter()
        self._large: Counter[str] = Counter()

    def learn(self, texts: Iterable[str]) -> None:
        """Count how texts write the names of one English word: what they write in small letters is a word, too."""
        for text in texts:
            for start, end in _sentences(text):
                for place, unit in enumerate(_units(text[start:end])):
                    if unit.plain in self._singles and place:
                        (self._small if unit.text[0].islower() else self._large)[unit.plain] += 1

    def find(self, text: str, about: Collection[str] = (), least: float = 0.0) -> Found:
        """Return the mentions of a text with a confidence of ``least`` or more, the surest of each node.

        Parameters
        ----------
        about
            Nodes that the text is known to be about: a name of several that one of them has is its.
        """
        spans = _sentences(text)
        found = Found([], [text[start:end].strip() for start, end in spans])
        best: dict[tuple[str, int], Mention] = {}
        for number, (start, end) in enumerate(spans):
            units = _units(text[:end], start)
            place = 0
            while place < len(units):
                name, size = self._longest(text, units, place)
                if name is None:
                    place += 1
                    continue
                self._judge(name, text, units[place : place + size], place == 0, number, about, least, found, best)
                place += size
        found.mentions = sorted(best.values(), key=lambda one: (one.sentence, one.node))
        return found

    def _longest(self, text: str, units: Sequence[_Unit], place: int) -> tuple[_Name | None, int]:
        at: dict[str, Any] | None = self._trie
        name, size = None, 0
        for n in range(place, len(units)):
            if n > place and units[n].start - units[n - 1].end > _APART:
                break
            at = at.get(units[n].plain) if at is not None else None
            if at is None:
                break
            if "" in at:
                name, size = at[""], n - place + 1
        return name, size

    def _judge(
        self,
        name: _Name,
        text: str,
        units: Sequence[_Unit],
        first: bool,
        sentence: int,
        about: Collection[str],
        least: float,
        found: Found,
        best: dict[tuple[str, int], Mention],
    ) -> None:
        year = _YEAR.match(text, units[-1].end)
        nodes = [node for node, _ in name.nodes]
        dated = [node for node, when in name.nodes if year and when == year[1]]
        if len(nodes) > 1:
            nodes = dated if len(dated) == 1 else [node for node in nodes if node in about]
        if len(nodes) != 1:
            found.left_out["ambiguous"] += 1
            found.ambiguous[name.text] += 1
            return
        confidence, why = self._confidence(name, text, units, first=first, dated=bool(dated))
        if confidence < least:
            found.left_out[why] += 1
            return
        key = nodes[0], sentence
        if key not in best or best[key].confidence < confidence:
            best[key] = Mention(nodes[0], confidence, sentence)

    def _confidence(
        self, name: _Name, text: str, units: Sequence[_Unit], *, first: bool, dated: bool
    ) -> tuple[float, str]:
        """Return the confidence of a name, and why it may be left out."""
        if dated or _quoted(text, units):
            return 0.97, "unsure"
        han = sum(bool(_HAN.match(unit)) for unit in name.units)
        if len(units) == 1 and not han:
            return self._word(units[0], first)
        if han == len(units):
            return {1: 0.2, 2: 0.5, 3: 0.85}.get(han, 0.95), "common word" if han == 1 else "unsure"
        if han:
            return 0.95, "unsure"
        written = [unit.text for unit in _units(name.text)]
        if all(unit.text[0].isupper() or not word[0].isupper() for unit, word in zip(units, written, strict=True)):
            return 0.95, "unsure"
        words = sum(unit not in _FUNCTION for unit in name.units)
        return (0.8, "unsure") if words > 1 else (0.6, "unsure") if words else (0.3, "common word")

    def _word(self, unit: _Unit, first: bool) -> tuple[float, str]:
        if unit.plain.isdecimal():
            return 0.2, "common word"
        small, large = self._small[unit.plain], self._large[unit.plain]
        common = unit.plain in _FUNCTION or len(unit.plain) == 1 or (small >= _USES and small >= large)
        if common:
            return 0.3, "common word"
        if unit.text[0].islower():
            return 0.5, "unsure"
        return (0.75 if first else 0.9), "unsure"


def _written(name: str) -> tuple[str, str | None]:
    """Return a name without its year and with its article in front, and the year.

    >>> _written("Matrix, The (1999)"), _written("Up")
    (('The Matrix', '1999'), ('Up', None))
    """
    name = name.strip()
    year = re.search(r"\s*[(（](\d{4})[)）]\Z", name)
    if year:
        name = name[: year.start()]
    turned = _LAST_ARTICLE.match(name)
    return (f"{turned[2]} {turned[1]}" if turned else name), (year[1] if year else None)


def _units(text: str, start: int = 0) -> list[_Unit]:
    return [
        _Unit(
            found[0],
            unicodedata.normalize("NFKC", _POSSESSIVE.sub("", found[0])).casefold(),
            found.start(),
            found.end(),
        )
        for found in _UNIT.finditer(text, start)
    ]


def _sentences(text: str) -> list[tuple[int, int]]:
    ends = [0, *(found.end() for found in _END.finditer(text)), len(text)]
    return [(start, end) for start, end in pairwise(ends) if text[start:end].strip()]


def _quoted(text: str, units: Sequence[_Unit]) -> bool:
    before, after = text[: units[0].start].rstrip()[-1:], text[units[-1].end :].lstrip()[:1]
    return bool(before) and bool(after) and before in _OPENING and after in _CLOSING
