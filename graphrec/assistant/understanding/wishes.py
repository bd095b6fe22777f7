"""Wishes in words → filters, how many, when, and what was not understood."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from graphrec.assistant.actions import (
    MOST,
    AnyFilter,
    EntityFilter,
    Filter,
    Language,
    NumberFilter,
    RelativeFilter,
    TextFilter,
)
from graphrec.assistant.understanding.known_names import Term, Vocabulary
from graphrec.assistant.understanding.lexicon import lexicon
from graphrec.assistant.understanding.measures import read_numbers
from graphrec.assistant.understanding.names import key, spans
from graphrec.assistant.understanding.numerals import NUMBER, number
from graphrec.assistant.understanding.reading import Reading

#: Shortest word in which typing errors are corrected, and the least likeness.
_TYPED, _ALIKE = 5, 0.86
#: Phrases that are compared with all names.
_COMPARED = 12
#: Longest name in Chinese characters.
_LONGEST = 12
_AT = re.compile(
    r"\b(?:on )?(?P<en>tonight|this (?:evening|weekend|morning|afternoon)|tomorrow(?: (?:night|evening"
    r"|morning))?|right now"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day(?: (?:night|evening|morning|afternoon))?)\b"
    r"|(?P<zh>今晚|明晚|今天晚上|明天晚上|这?周末|本?(?:周|星期|礼拜)[一二三四五六日天](?:晚上|下午|早上)?|明天(?:早上|下午)?|今天(?:早上|下午))"
)
_NOUN = (
    r"(?:movies?|films?|flicks?|books?|songs?|tracks?|albums?|items?|products?|games?|shows?|series"
    r"|titles?|things|ones|more|recommendations?|suggestions?)"
)
_MANY = re.compile(
    rf"\b(?:top |next |another |give me |show me |recommend (?:me )?"
    rf"|suggest (?:me )?)?(?P<en>{NUMBER})\s+(?={_NOUN}\b|or so|\w+\s+{_NOUN}|\w)"
    rf"|\b(?:top|next|recommend(?: me)?|suggest(?: me)?|give me|show me|pick(?: me)?)\s+(?P<top>{NUMBER})\b"
    rf"|(?<!第)(?P<zh>{NUMBER})\s*(?:部|个|本|首|张|款|集|篇)"
)
#: One is a number only where one is asked for.
_ONE = re.compile(r"recommend|suggest")
_DIRECTED = re.compile(r"(?:\bdirected by|\bwritten by|\bmade by)\s*$")
_ABOUT = re.compile(
    r"\b(?:about|on the (?:subject|topic) of|dealing with)\s+(?P<en>[^,.;!?]+)"
    r"|(?:关于|讲述)(?P<zh>[^,，。;；!！?？]+?)(?:的|$)|讲(?![个一])(?P<told>[^,，。;；!！?？]+?)的"
)


_OR = re.compile(r"\s*(?:的|片)?(?:,\s*)?(?:\bor\b|或者?|还是)\s*(?:an? |by |the )?")


@dataclass(frozen=True)
class Wishes:
    """What a wish asks for.

    Attributes
    ----------
    filters
        In the order of the words.
    k
        How many; None: not said.
    at
        A time as said; None: not said.
    unread
        Words that name nothing in the graph.
    """

    filters: tuple[Filter, ...]
    k: int | None
    at: str | None
    unread: tuple[str, ...]


def read_wishes(text: str, language: Language, vocabulary: Vocabulary) -> Wishes:
    """Return the wishes in a text, which is in lower case and cleaned."""
    reading = Reading(text, language)
    read_terms(reading, vocabulary, exact=True, least=2)
    read_numbers(reading, vocabulary)
    k = _read_many(reading)
    at = _read_at(reading)
    read_terms(reading, vocabulary, exact=True)
    read_terms(reading, vocabulary, exact=False)
    said = {one.filter.property for one in reading.found if isinstance(one.filter, NumberFilter)}
    found = sorted(reading.found, key=lambda one: one.begin)
    signed = [(_signed(one.filter, reading.negated(one.begin, one.end)), one.begin, one.end) for one in found]
    # A number says more than a comparison beside it: "90 minutes, nothing longer than that".
    signed = [one for one in signed if not (isinstance(one[0], RelativeFilter) and one[0].property in said)]
    return Wishes(tuple(dict.fromkeys(_either(signed, text))), k, at, tuple(reading.unread()))


def _either(found: list[tuple[Filter, int, int]], text: str) -> list[Filter]:
    """Return filters, those with an "or" between them as one; what is unwanted stays apart."""
    joined: list[Filter] = []
    ended = 0
    for one, begin, end in found:
        last = joined[-1] if joined else None
        if last is not None and _OR.fullmatch(text[ended:begin]) and _wanted(one) and _wanted(last):
            joined[-1] = AnyFilter((*(last.of if isinstance(last, AnyFilter) else (last,)), one))  # type: ignore[arg-type]
        else:
            joined.append(one)
        ended = end
    return joined


def _wanted(one: Filter) -> bool:
    return isinstance(one, AnyFilter) or (isinstance(one, EntityFilter | TextFilter) and one.has)


def about(text: str) -> str:
    """Return what somebody wants to hear about: "a film about friendship"; empty: it is not said."""
    match = _ABOUT.search(text)
    return (match["en"] or match["zh"] or match["told"]).strip() if match else ""


def topics(text: str, unread: Sequence[str]) -> str:
    """Return the unread words that stand before a noun: "heist movies"."""
    return " ".join(one for one in unread if re.search(rf"\b{re.escape(one)} {_NOUN}\b", text))


def without_fillers(text: str, language: Language) -> str:
    """Return the words of a text that say what is wanted."""
    reading = Reading(text, language)
    if language == "zh":
        return " ".join(reading.unread())
    fillers = lexicon().fillers["en"]
    return " ".join(word for word, _, _ in reading.tokens() if word not in fillers)


def _signed(one: Filter, unwanted: bool) -> Filter:
    if unwanted and isinstance(one, EntityFilter | TextFilter):
        return msgspec.structs.replace(one, has=not one.has)
    return one


def _read_many(reading: Reading) -> int | None:
    for match in reading.matches(_MANY):
        value = number(match["en"] or match["top"] or match["zh"])
        if value and value == int(value) and 1 <= value <= MOST and (value > 1 or match["top"] or _ONE.match(match[0])):
            reading.take(*match.span())
            return int(value)
    return None


def _read_at(reading: Reading) -> str | None:
    for match in reading.matches(_AT):
        reading.take(*match.span())
        return match["en"] or match["zh"]
    return None


def read_terms(reading: Reading, vocabulary: Vocabulary, *, exact: bool, least: int = 1) -> None:
    """Read entities and texts by their names; ``least``: fewest words of a name in Latin letters."""
    tokens = reading.tokens()
    fillers = lexicon().fillers["en"]
    left = _COMPARED
    for begin, end in spans([word for word, _, _ in tokens], vocabulary.longest):
        first, last = tokens[begin][1], tokens[end - 1][2]
        words = reading.text[first:last]
        if end - begin < least or not reading.free(first, last) or (end - begin == 1 and words in fillers):
            continue
        if exact:
            term = vocabulary.terms.get(key(words))
        else:
            compared = left > 0 and end - begin <= 3 and len(words) >= _TYPED and not _filler(words, fillers)
            left -= compared
            term = _alike(words, vocabulary) if compared else None
        if term:
            reading.take(first, last, *_by_relation(term, reading.text[:first], vocabulary))
    if exact and least == 1:
        _read_han(reading, vocabulary)


def _filler(words: str, fillers: frozenset[str]) -> bool:
    return any(word in fillers for word in words.split())


def _alike(words: str, vocabulary: Vocabulary) -> Term | None:
    found = vocabulary.term_names.like(words, _ALIKE)
    return vocabulary.terms[vocabulary.term_names.keys[found[0][0]]] if found else None


def _by_relation(term: Term, before: str, vocabulary: Vocabulary) -> tuple[Filter, ...]:
    """Restrict an entity to the relation that "directed by" names."""
    relation = vocabulary.fact("maker") if _DIRECTED.search(before) else None
    if relation is None:
        return term.filters
    return tuple(
        msgspec.structs.replace(one, relation=relation) if isinstance(one, EntityFilter) else one
        for one in term.filters
    )


def _read_han(reading: Reading, vocabulary: Vocabulary) -> None:
    for size in range(_LONGEST, 0, -1):
        for run, start in reading.han():
            place = 0
            while place + size <= len(run):
                term = vocabulary.terms.get(key(run[place : place + size]))
                if term and (size > 1):
                    reading.take(start + place, start + place + size, *term.filters)
                    place += size
                else:
                    place += 1
