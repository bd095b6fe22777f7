"""Rules about items: each returns an action, or None where it does not fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Literal

from graphrec.assistant.actions import (
    Action,
    Compare,
    EntityFilter,
    Explain,
    ItemRef,
    LookUp,
    NumberFilter,
    React,
    Refine,
    RelativeFilter,
    Similar,
    TextFilter,
    Unknown,
)
from graphrec.assistant.understanding.ask import Ask, matches
from graphrec.assistant.understanding.lexicon import lexicon
from graphrec.assistant.understanding.names import key
from graphrec.assistant.understanding.references import (
    item_of,
    means_list,
    ordinals_in,
    reference_in,
    title_in,
    trimmed,
)

#: Places where a sentence is cut into an item and a wish.
_CUTS = 10
#: Words that ask for a fact only where nothing else does: "when was it made".
_WEAK = frozenset({"made", "make", "shot", "拍的", "演的", "how good", "rated"})


def block(ask: Ask) -> Action | None:
    """Return never show it again."""
    return _reaction(ask, ask.patterns.block, "block")


def liked_so(ask: Ask) -> Action | None:
    """Return more like an item that somebody liked."""
    for match in matches(ask.patterns.liked_so, ask.text):
        item = ask.item(match["item"])
        if item:
            return Similar(item)
    return None


def react(ask: Ask) -> Action | None:
    """Return a like or a dislike of an item."""
    if ask.context.focus is not None and (alone := ask.patterns.opinion.match(ask.text)):
        return React(ask.context.focus, "dislike" if alone["no"] else "like")
    return _reaction(ask, ask.patterns.dislike, "dislike") or _reaction(ask, ask.patterns.like, "like")


def _reaction(
    ask: Ask, patterns: tuple[re.Pattern[str], ...], kind: Literal["like", "dislike", "block"]
) -> Action | None:
    for match in matches(patterns, ask.text):
        words = trimmed(match["item"])
        # "I like comedies" is a wish; an item must be named as such.
        if words and not ask.vocabulary.terms.get(key(words)):
            item = item_of(words, ask.context, ask.vocabulary).item
            placed = ordinals_in(words, ask.context) if kind == "block" else []
            item = item or next((one.item for one in placed), None)
            if item:
                return React(item, kind)
    return None


def compare(ask: Ask) -> Action | None:
    """Return how items differ."""
    for match in matches(ask.patterns.compare, ask.text):
        pair = match["pair"]
        placed = ordinals_in(pair, ask.context)
        if ask.patterns.first_two.search(pair) and len(ask.context.shown) > 1:
            return Compare(ask.context.shown[:2])
        if len(placed) > 1:
            wrong = next((one.problem for one in placed if one.problem), None)
            return wrong or Compare(tuple(one.item for one in placed if one.item))
        for joint in islice(ask.patterns.joint.finditer(pair), _CUTS):
            first = item_of(pair[: joint.start()], ask.context, ask.vocabulary).item
            second = item_of(pair[joint.end() :], ask.context, ask.vocabulary).item
            if first and second and first != second:
                return Compare((first, second))
    return None


def than(ask: Ask) -> Action | None:
    """Return the comparison of "is A longer than B", and the refinement of "something longer than the first"."""
    match = ask.patterns.than.search(ask.text)
    if match is None:
        return None
    second = item_of(match["b"], ask.context, ask.vocabulary).item
    first = item_of(match["a"], ask.context, ask.vocabulary).item
    if first and second and first != second:
        return Compare((first, second))
    filters = tuple(one for one in ask.wishes(ask.text).filters if isinstance(one, RelativeFilter))
    return Refine(add=filters, basis=second) if second and filters and ask.context.shown else None


def whether(ask: Ask) -> Action | None:
    """Return the question whether an item has something: "does the third star Tom Hanks"."""
    if not ask.patterns.whether.search(ask.text):
        return None
    named = reference_in(ask.text, ask.context, ask.vocabulary)
    if named is None or named.item is None:
        return None
    for one in ask.wishes(ask.text[: named.begin] + ask.text[named.end :]).filters:
        if isinstance(one, EntityFilter):
            held = ask.vocabulary.names.exact(one.name)
            return LookUp(named.item, next(iter(ask.vocabulary.entities[held[0]].relations), None))
        if isinstance(one, TextFilter | NumberFilter | RelativeFilter):
            return LookUp(named.item, one.property)
    return None


def explain(ask: Ask) -> Action | None:
    """Return why an item, or the list, is recommended."""
    for match in matches(ask.patterns.explain, ask.text):
        rest = " ".join(ask.patterns.explain_fillers.sub(" ", match["rest"]).split())
        if not rest or means_list(match["rest"]):
            if not ask.context.shown and ask.context.focus is None:
                return Unknown("nothing shown", ask.text)
            return Explain(ask.context.focus if not rest else None)
        placed = ordinals_in(ask.text, ask.context)
        named = placed[0] if placed else item_of(rest, ask.context, ask.vocabulary)
        if named.item:
            return Explain(named.item)
        item = ask.anywhere(match["rest"])
        if item:
            return Explain(item)
        if ask.problem is not None and ask.problem.reason == "nothing shown":
            return ask.problem
    return None


def look_up(ask: Ask) -> Action | None:
    """Return a fact of an item, or all of them."""
    if means_list(ask.text) and not ordinals_in(ask.text, ask.context):
        return None
    described = None
    for match in matches(ask.patterns.describe, ask.text):
        named = item_of(match["item"], ask.context, ask.vocabulary)
        if named.item:
            described = LookUp(named.item)
            break
        if named.problem and named.problem.reason != "no such item":
            return named.problem
    if described is None and ask.patterns.question.search(ask.text):
        for name, phrase in _asked_facts(ask):
            item = _asked_item(ask, phrase)
            if item:
                held = ask.vocabulary.fact(name)
                return LookUp(item, held) if held else Unknown("no such fact", phrase)
            if ask.problem is not None and ask.problem.reason != "no such item":
                return ask.problem
    return described


def _asked_facts(ask: Ask) -> list[tuple[str, str]]:
    """Return fact and phrase of what a question asks for, the longest phrase first."""
    found = [
        (name, phrase)
        for name, words in lexicon().facts.items()
        for phrase in (*words.asked["en"], *words.asked["zh"])
        if re.search(rf"\b{re.escape(phrase)}\b" if phrase.isascii() else re.escape(phrase), ask.text)
    ]
    return sorted(found, key=lambda one: (one[1] in _WEAK, -len(one[1]) - 10 * (not one[1].isascii())))


def _asked_item(ask: Ask, phrase: str) -> ItemRef | None:
    """Return the item of a question: one that stands in it as it is, else what is left without the question."""
    titled = title_in(ask.text, ask.context, ask.vocabulary)
    if titled:
        ask.keep(titled)
        return titled.item
    rest = ask.patterns.question_fillers.sub(" ", ask.text.replace(phrase, " ", 1))
    rest = " ".join(rest.split())
    if ask.language == "zh":
        rest = rest.replace(" ", "") if not rest.isascii() else rest
    left = rest.split(",")[0]
    if not left:
        return ask.context.focus or ask.anywhere(ask.text)
    before, _, after = ask.text.partition(phrase)
    phrases = (left, after, before)
    item = next((one for part in phrases if (one := item_of(part, ask.context, ask.vocabulary).item)), None)
    return item or ask.anywhere(ask.text) or ask.item(left)


def similar(ask: Ask) -> Action | None:
    """Return items like one."""
    if ask.patterns.similar_alone.match(ask.text):
        item = ask.context.focus or (ask.context.shown[0] if ask.context.shown else None)
        return Similar(item) if item else Unknown("nothing shown", ask.text)
    for before, text, after in _cuts(ask.patterns.cut, ask.text):
        for match in matches(ask.patterns.similar, text):
            words = trimmed(match["item"])
            if not words or ask.vocabulary.terms.get(key(words)):
                continue
            named = item_of(words, ask.context, ask.vocabulary)
            if named.item:
                wishes = ask.wishes(f"{after} {before}")
                return Similar(named.item, wishes.filters)
            if named.problem and named.problem.reason != "no such item":
                ask.problem = named.problem
                return named.problem
            ask.problem = ask.problem or named.problem
    return _similar_so(ask)


def _similar_so(ask: Ask) -> Action | None:
    """Return more like what an utterance speaks of before: "I could watch it every day, what else is like that?"."""
    tail = ask.patterns.similar_tail.search(ask.text)
    named = reference_in(ask.text[: tail.start()], ask.context, ask.vocabulary) if tail else None
    return Similar(named.item) if named and named.item else None


def _cuts(cut: re.Pattern[str], text: str) -> Iterator[tuple[str, str, str]]:
    """Yield a text with ever less of its end, then with ever less of its beginning: before, text, after."""
    ends = [match.span() for match in cut.finditer(text) if match.start() > 0][:_CUTS]
    yield "", text, ""
    for begin, _ in reversed(ends):
        yield "", text[:begin], text[begin:]
    for begin, end in ends:
        yield text[:begin], text[end:], ""


def basis(ask: Ask) -> Action | None:
    """Return the list again, like an item, "but …"."""
    match = ask.patterns.basis.match(ask.text) if ask.context.shown else None
    if match is None:
        return None
    named = item_of(match["item"], ask.context, ask.vocabulary)
    wishes = ask.wishes(match["rest"])
    if named.item and wishes.filters:
        return Refine(add=wishes.filters, basis=named.item)
    if named.problem and named.problem.reason == "not in the list":
        return named.problem
    return None


def basis_by_comma(ask: Ask) -> Action | None:
    """Return the refinement of "the first one, newer" and "the third, but longer"."""
    if not ask.context.shown:
        return None
    for match in islice(re.finditer(r"\s*[,，]\s*|\s+(?=but\b)", ask.text), _CUTS):
        named = item_of(ask.text[: match.start()], ask.context, ask.vocabulary)
        wishes = ask.wishes(ask.text[match.end() :])
        if named.item and wishes.filters and not wishes.unread:
            return Refine(add=wishes.filters, basis=named.item)
    return None
