"""Words → an item: a place in the last list, "that one", or a title."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from graphrec.assistant.actions import Context, ItemRef, Unknown
from graphrec.assistant.understanding.known_names import Vocabulary
from graphrec.assistant.understanding.lexicon import lexicon
from graphrec.assistant.understanding.names import key, likeness, spans
from graphrec.assistant.understanding.numerals import NUMBER, ORDINALS, number

_NOUN = (
    r"(?:one|movie|film|book|song|track|album|item|product|game|show|title|recommendation|suggestion"
    r"|entry|option)"
)
_COUNTER = r"(?:部|个|本|首|张|款|条|项|名|位|篇|家|集)"
_ORDINAL = re.compile(
    rf"\b(?:the )?(?P<word>{'|'.join(ORDINALS)}|(?P<th>\d{{1,2}})(?:st|nd|rd|th)|last"
    rf"|final)\b(?: {_NOUN}\b)?(?: (?:on|in|of) (?:the|your|my) list)?"
    rf"|\b(?:{_NOUN} )?(?:number|no\.?|nr\.?|#)\s?(?P<n>{NUMBER})|#(?P<hash>\d{{1,2}})"
    r"|(?<![\d第])(?P<number>\d{1,2})号"
    rf"|第(?P<zh>{NUMBER}){_COUNTER}?(?:电影|片子)?|(?P<zlast>最后)(?:一?{_COUNTER}|那{_COUNTER}?)?(?:电影|片子)?"
    rf"|(?P<zfirst>头一{_COUNTER})"
)
_THAT = re.compile(
    rf"\b(?:(?:that|this|the) (?:{_NOUN})|it|that|this)\b|它|(?:这|那|该|此)(?:一)?(?:{_COUNTER}|片)(?:电影|片子)?"
    rf"|这(?=[^些样里种]|$)"
)
_LIST = re.compile(r"\b(?:these|those|them|this list|the list|all of them)\b|(?:这|那)(?:些|几[部个本首])|它们|这一批")
_EDGES = re.compile(
    r"^(?:the )?(?:movie|film|book|song|album|game|show|item|product)s?(?: called| named)?\s+|^(?:电影|片子"
    r"|影片|你觉得|觉得|听说|请问|知道)|(?:这|那)(?:部|个)?(?:电影|片子|影片)$"
    r"|(?:的)$|\s+(?:please|pls|so much|a lot|very much|really|again|any ?more|at all|then|though|too"
    r"|the (?:movie|film)|the most)$"
)
_QUOTES = "\"'“”‘’《》〈〉「」『』 ,.;:!?，。；：！？、-–"


@dataclass(frozen=True)
class Named:
    """An item that words name: the item, or why there is none; and where in the text it stands."""

    item: ItemRef | None
    problem: Unknown | None = None
    begin: int = 0
    end: int = 0


def item_of(words: str, context: Context, vocabulary: Vocabulary) -> Named:
    """Return the item that a phrase names as a whole."""
    words = trimmed(words)
    if re.fullmatch(r"\d{1,2}", words) and 1 <= int(words) <= len(context.shown):
        return Named(context.shown[int(words) - 1])
    for pattern, found in ((_ORDINAL, _by_ordinal), (_THAT, _by_that)):
        match = pattern.fullmatch(words)
        if match:
            return found(match, context)
    return _by_title(words, context, vocabulary)


def reference_in(text: str, context: Context, vocabulary: Vocabulary) -> Named | None:
    """Return the item that stands anywhere in a text: a place in the list, a title, or "it"; None: there is none."""
    match = _ORDINAL.search(text)
    if match:
        return _placed(_by_ordinal(match, context), match)
    titled = title_in(text, context, vocabulary)
    if titled:
        return titled
    match = _THAT.search(text)
    return _placed(_by_that(match, context), match) if match else None


def ordinals_in(text: str, context: Context) -> list[Named]:
    """Return all items that stand in a text by their place in the list."""
    return [_placed(_by_ordinal(match, context), match) for match in _ORDINAL.finditer(text)]


def means_list(text: str) -> bool:
    """Return whether words mean the whole list: "these"."""
    return bool(_LIST.search(text))


def trimmed(words: str) -> str:
    """Return a phrase without quotes, punctuation and words around a title."""
    words = words.strip(_QUOTES)
    while (cut := _EDGES.sub("", words).strip(_QUOTES)) != words and cut:
        words = cut
    return words


def title_in(text: str, context: Context, vocabulary: Vocabulary) -> Named | None:
    """Return the item whose title stands in a text as it is: not a common word, unless it is one of the last list."""
    held = [(one, key(one.title)) for one in (context.focus, *context.shown) if one is not None]
    words = [(match[0], *match.span()) for match in re.finditer(r"[^\W_]+(?:'[^\W_]+)?", text)]
    longest = min(12, max(vocabulary.titles.longest, *(len(name.split()) for _, name in held), 1) + 1)
    for begin, end in spans([word for word, _, _ in words], longest):
        first, last = words[begin][1], words[end - 1][2]
        said = key(text[first:last])
        shown = next((one for one, name in held if name == said), None)
        if shown is not None:
            return Named(shown, begin=first, end=last)
        if vocabulary.titles.has(said) and (" " in said or _han(said) or said not in _common()):
            return _placed_at(_by_title(text[first:last], context, vocabulary), first, last)
    return _han_title(text, context, vocabulary, held)


def _han_title(text: str, context: Context, vocabulary: Vocabulary, held: list[tuple[ItemRef, str]]) -> Named | None:
    """Return the item with the longest title in Chinese characters, or with the title of the last list, in a text."""
    for match in re.finditer(r"[\u3400-\u9fff\uf900-\ufaff\d]+", text):
        run = match[0]
        for size in range(min(20, len(run)), 1, -1):
            for place in range(len(run) - size + 1):
                said = run[place : place + size]
                if not said.isdigit() and vocabulary.titles.has(said):
                    start = match.start() + place
                    return _placed_at(_by_title(said, context, vocabulary), start, start + size)
    return None


@cache
def _common() -> frozenset[str]:
    """Return words that are no title where they stand alone within a sentence."""
    held = lexicon()
    concepts = (word for words in held.concepts.values() for word in words)
    facts = (word for words in held.facts.values() for word in words.asked["en"])
    return held.fillers["en"].union(concepts, facts, held.fillers["zh"])


def _han(text: str) -> bool:
    return bool(re.search(r"[\u3400-\u9fff]", text))


def _by_ordinal(match: re.Match[str], context: Context) -> Named:
    if not context.shown:
        return Named(None, Unknown("nothing shown", match[0]))
    if match["zlast"] or match["word"] in ("last", "final"):
        return Named(context.shown[-1])
    if match["zfirst"]:
        return Named(context.shown[0])
    word = match["th"] or match["n"] or match["hash"] or match["zh"] or match["number"]
    place = number(word) if word else float(ORDINALS[match["word"]])
    if place is None or not 1 <= place <= len(context.shown) or place != int(place):
        return Named(None, Unknown("not in the list", match[0]))
    return Named(context.shown[int(place) - 1])


def _by_that(match: re.Match[str], context: Context) -> Named:
    item = context.focus or (context.shown[0] if context.shown else None)
    return Named(item) if item else Named(None, Unknown("nothing shown", match[0]))


def _by_title(words: str, context: Context, vocabulary: Vocabulary) -> Named:
    wanted = key(words)
    if not wanted:
        return Named(None, Unknown("no such item", words))
    # What was shown comes first: it is meant, though another item has the same title.
    known = [one for one in (context.focus, *context.shown) if one is not None]
    near = next((one for one in known if key(one.title) == wanted), None)
    if near is not None:
        return Named(near)
    found = vocabulary.items_called(words)
    if len(found) == 1:
        return Named(found[0])
    if found:
        return Named(None, Unknown("several items", words, tuple(found[:5])))
    alike = max(known, key=lambda one: likeness(wanted, key(one.title)), default=None)
    if alike is not None and likeness(wanted, key(alike.title)) >= 0.75:
        return Named(alike)
    return Named(None, Unknown("no such item", words))


def _placed(named: Named, match: re.Match[str]) -> Named:
    return _placed_at(named, *match.span())


def _placed_at(named: Named, begin: int, end: int) -> Named:
    return Named(named.item, named.problem, begin, end)
