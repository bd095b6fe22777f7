"""Rules: words → an action, or None where no rule fits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from graphrec.assistant.actions import (
    Action,
    Compare,
    Confirm,
    Context,
    EntityFilter,
    Explain,
    Filter,
    Greet,
    HandOver,
    Help,
    ItemRef,
    Language,
    LookUp,
    More,
    NumberFilter,
    React,
    Recommend,
    Refine,
    RelativeFilter,
    Reset,
    Search,
    Similar,
    TextFilter,
    Unknown,
    WordsFilter,
)
from graphrec.assistant.understanding.known_names import Vocabulary
from graphrec.assistant.understanding.lexicon import lexicon
from graphrec.assistant.understanding.numerals import number
from graphrec.assistant.understanding.patterns import PATTERNS, Patterns
from graphrec.assistant.understanding.references import (
    Named,
    item_of,
    means_list,
    ordinals_in,
    reference_in,
    title_in,
    trimmed,
)
from graphrec.assistant.understanding.wishes import Wishes, about, read_wishes, without_fillers

#: Words that ask for a fact only where nothing else does: "when was it made".
_WEAK = frozenset({"made", "make", "shot", "拍的", "演的", "how good", "rated"})


@dataclass(frozen=True)
class Read:
    """What rules make of words: the action, how sure, and what they could not read."""

    action: Action
    confidence: float
    unread: tuple[str, ...] = ()


@dataclass
class _Ask:
    text: str
    language: Language
    context: Context
    vocabulary: Vocabulary
    #: Why no earlier rule took it: a title that no item has.
    problem: Unknown | None = None

    @property
    def patterns(self) -> Patterns:
        return PATTERNS[self.language]

    def item(self, words: str) -> ItemRef | None:
        """Return the item that a phrase names; the reason why there is none is kept."""
        named = item_of(words, self.context, self.vocabulary)
        self._keep(named)
        return named.item

    def _keep(self, named: Named | None) -> None:
        if named is not None and named.problem is not None and self.problem is None:
            self.problem = named.problem

    def anywhere(self, text: str) -> ItemRef | None:
        """Return the item that stands anywhere in a text."""
        named = reference_in(text, self.context, self.vocabulary)
        self._keep(named)
        return named.item if named else None

    def wishes(self, text: str) -> Wishes:
        return read_wishes(text, self.language, self.vocabulary)


def by_rules(text: str, language: Language, context: Context, vocabulary: Vocabulary) -> Read | None:
    """Return what a text asks for by rules; None: they do not decide.

    Parameters
    ----------
    text
        In lower case, cleaned (:func:`graphrec.assistant.understanding.names.plain`).
    """
    ask = _Ask(text, language, context, vocabulary)
    alone = _alone(ask)
    if alone is not None:
        return Read(alone, 1.0)
    ask.text = ask.patterns.courtesy.sub("", ask.text) or ask.text
    alone = _alone(ask)
    if alone is not None:
        return Read(alone, 0.9)
    corrected = ask.patterns.no_but.sub("", ask.text) if context.shown or context.pending else ask.text
    was_corrected, ask.text = corrected != ask.text, corrected or ask.text
    for rule in _RULES:
        found = rule(ask)
        if found is not None:
            return Read(found, 0.9)
        if ask.problem is not None and ask.problem.reason in ("several items", "not in the list"):
            return Read(ask.problem, 0.9)
    read = _wish(ask, was_corrected)
    if read is not None:
        return read
    return Read(ask.problem, 0.6) if ask.problem is not None else None


def _alone(ask: _Ask) -> Action | None:
    """Return the action of words that say one thing alone."""
    patterns, text = ask.patterns, ask.text
    pending = ask.context.pending
    yes, no = patterns.yes.match(text), patterns.no.match(text)
    if pending and (yes or no):
        return Confirm(bool(yes))
    greetings: tuple[tuple[re.Pattern[str], Literal["hello", "thanks", "bye"]], ...] = (
        (patterns.hello, "hello"),
        (patterns.thanks, "thanks"),
        (patterns.bye, "bye"),
    )
    for pattern, kind in greetings:
        if pattern.match(text):
            return Greet(kind)
    if yes or no:
        return Unknown("nothing pending", text)
    others = ((patterns.help, Help()), (patterns.hand_over, HandOver()), (patterns.reset, Reset()))
    return next((action for pattern, action in others if pattern.search(text)), None)


def _more(ask: _Ask) -> Action | None:
    match = ask.patterns.more.match(ask.text) if ask.context.shown else None
    if match is None:
        return None
    said = next((one for name, one in match.groupdict().items() if name in ("n", "n2") and one), None)
    value = number(said) if said else None
    return More(int(value)) if value and 1 <= value <= 50 else More()


def _drop(ask: _Ask) -> Action | None:
    held = ask.context.filters
    if not held:
        return None
    if ask.patterns.drop_all.search(ask.text):
        return Refine(drop=held)
    for match in _matches(ask.patterns.drop, ask.text):
        dropped = _same(ask, held, match["rest"])
        if dropped:
            return Refine(drop=dropped)
    return None


def _same(ask: _Ask, held: tuple[Filter, ...], words: str) -> tuple[Filter, ...]:
    """Return the filters in force that words name: by entity or value, or by the property."""
    wanted = ask.wishes(words).filters
    names = {one.name for one in wanted if isinstance(one, EntityFilter)}
    names |= {one.value for one in wanted if isinstance(one, TextFilter)}
    properties = {one.property for one in wanted if isinstance(one, NumberFilter | RelativeFilter)}
    for name, measure in lexicon().measures.items():
        if any(word in words for word in measure.named):
            properties.add(ask.vocabulary.measure(name) or "")
    for name, fact in lexicon().facts.items():
        if any(word in words for word in fact.asked[ask.language]):
            properties.add(ask.vocabulary.fact(name) or "")
    relations = (
        {one.name: one.relations for one in ask.vocabulary.entities if properties.intersection(one.relations)}
        if properties
        else {}
    )
    return tuple(
        one
        for one in held
        if (isinstance(one, EntityFilter) and (one.name in names or one.name in relations))
        or (isinstance(one, TextFilter) and (one.value in names or one.property in properties))
        or (isinstance(one, NumberFilter | RelativeFilter) and one.property in properties)
    )


def _block(ask: _Ask) -> Action | None:
    return _reaction(ask, ask.patterns.block, "block")


def _liked_so(ask: _Ask) -> Action | None:
    for match in _matches(ask.patterns.liked_so, ask.text):
        item = ask.item(match["item"])
        if item:
            return Similar(item)
    return None


def _react(ask: _Ask) -> Action | None:
    return _reaction(ask, ask.patterns.dislike, "dislike") or _reaction(ask, ask.patterns.like, "like")


def _reaction(
    ask: _Ask, patterns: tuple[re.Pattern[str], ...], kind: Literal["like", "dislike", "block"]
) -> Action | None:
    for match in _matches(patterns, ask.text):
        words = trimmed(match["item"])
        # "I like comedies" is a wish; an item must be named as such.
        if words and not ask.vocabulary.terms.get(words):
            item = item_of(words, ask.context, ask.vocabulary).item
            if item:
                return React(item, kind)
    return None


def _compare(ask: _Ask) -> Action | None:
    for match in _matches(ask.patterns.compare, ask.text):
        pair = match["pair"]
        placed = ordinals_in(pair, ask.context)
        if ask.patterns.first_two.search(pair) and len(ask.context.shown) > 1:
            return Compare(ask.context.shown[:2])
        if len(placed) > 1:
            wrong = next((one.problem for one in placed if one.problem), None)
            return wrong or Compare(tuple(one.item for one in placed if one.item))
        for joint in ask.patterns.joint.finditer(pair):
            first = item_of(pair[: joint.start()], ask.context, ask.vocabulary).item
            second = item_of(pair[joint.end() :], ask.context, ask.vocabulary).item
            if first and second and first != second:
                return Compare((first, second))
    return None


def _than(ask: _Ask) -> Action | None:
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


def _whether(ask: _Ask) -> Action | None:
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


def _explain(ask: _Ask) -> Action | None:
    for match in _matches(ask.patterns.explain, ask.text):
        rest = " ".join(ask.patterns.explain_fillers.sub(" ", match["rest"]).split())
        if not rest or means_list(match["rest"]):
            if not ask.context.shown and ask.context.focus is None:
                return Unknown("nothing shown", ask.text)
            return Explain(ask.context.focus if not rest else None)
        named = item_of(rest, ask.context, ask.vocabulary)
        if named.item:
            return Explain(named.item)
        item = ask.anywhere(match["rest"])
        if item:
            return Explain(item)
        if ask.problem is not None and ask.problem.reason == "nothing shown":
            return ask.problem
    return None


def _look_up(ask: _Ask) -> Action | None:
    described = None
    for match in _matches(ask.patterns.describe, ask.text):
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


def _asked_facts(ask: _Ask) -> list[tuple[str, str]]:
    """Return fact and phrase of what a question asks for, the longest phrase first."""
    found = [
        (name, phrase)
        for name, words in lexicon().facts.items()
        for phrase in (*words.asked["en"], *words.asked["zh"])
        if re.search(rf"\b{re.escape(phrase)}\b" if phrase.isascii() else re.escape(phrase), ask.text)
    ]
    return sorted(found, key=lambda one: (one[1] in _WEAK, -len(one[1]) - 10 * (not one[1].isascii())))


def _asked_item(ask: _Ask, phrase: str) -> ItemRef | None:
    """Return the item of a question: one that stands in it as it is, else what is left without the question."""
    titled = title_in(ask.text, ask.context, ask.vocabulary)
    if titled:
        ask._keep(titled)
        return titled.item
    rest = ask.patterns.question_fillers.sub(" ", ask.text.replace(phrase, " ", 1))
    rest = " ".join(rest.split())
    if ask.language == "zh":
        rest = rest.replace(" ", "") if not rest.isascii() else rest
    left = rest.split(",")[0]
    if not left:
        return ask.context.focus or ask.anywhere(ask.text)
    item = item_of(left, ask.context, ask.vocabulary).item
    return item or ask.anywhere(ask.text) or ask.item(left)


def _similar(ask: _Ask) -> Action | None:
    if ask.patterns.similar_alone.match(ask.text):
        item = ask.context.focus or (ask.context.shown[0] if ask.context.shown else None)
        return Similar(item) if item else Unknown("nothing shown", ask.text)
    for before, text, after in _cuts(ask.patterns.cut, ask.text):
        for match in _matches(ask.patterns.similar, text):
            words = trimmed(match["item"])
            if not words or ask.vocabulary.terms.get(words):
                continue
            named = item_of(words, ask.context, ask.vocabulary)
            if named.item:
                wishes = ask.wishes(f"{after} {before}")
                return Similar(named.item, wishes.filters)
            if named.problem and named.problem.reason != "no such item":
                ask.problem = named.problem
                return named.problem
            ask.problem = ask.problem or named.problem
    return None


def _cuts(cut: re.Pattern[str], text: str) -> Iterator[tuple[str, str, str]]:
    """Yield a text with ever less of its end, then with ever less of its beginning: before, text, after."""
    ends = [match.span() for match in cut.finditer(text) if match.start() > 0]
    yield "", text, ""
    for begin, _ in reversed(ends):
        yield "", text[:begin], text[begin:]
    for begin, end in ends:
        yield text[:begin], text[end:], ""


def _basis(ask: _Ask) -> Action | None:
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


def _basis_by_comma(ask: _Ask) -> Action | None:
    """Return the refinement of "the first one, newer" and "the third, but longer"."""
    if not ask.context.shown:
        return None
    for match in re.finditer(r"\s*[,，]\s*|\s+(?=but\b)", ask.text):
        named = item_of(ask.text[: match.start()], ask.context, ask.vocabulary)
        wishes = ask.wishes(ask.text[match.end() :])
        if named.item and wishes.filters and not wishes.unread:
            return Refine(add=wishes.filters, basis=named.item)
    return None


def _search(ask: _Ask) -> Action | None:
    match = ask.patterns.search.match(ask.text)
    if match is None:
        return None
    wishes = ask.wishes(match["words"])
    words = without_fillers(about(match["words"]) or match["words"], ask.language)
    if wishes.filters and not wishes.unread:
        return Recommend(wishes.filters, wishes.k, wishes.at)
    return Search(words, wishes.filters) if words else None


def _matches(patterns: tuple[re.Pattern[str], ...], text: str) -> Iterator[re.Match[str]]:
    return (match for pattern in patterns if (match := pattern.search(text)))


_RULES: tuple[Callable[[_Ask], Action | None], ...] = (
    _more,
    _drop,
    _block,
    _liked_so,
    _explain,
    _than,
    _compare,
    _look_up,
    _whether,
    _similar,
    _basis,
    _basis_by_comma,
    _react,
    _search,
)


def _wish(ask: _Ask, corrected: bool) -> Read | None:
    """Return a request for recommendations: new, or the last one refined."""
    wishes = ask.wishes(ask.text)
    topic = about(ask.text)
    words = without_fillers(topic, ask.language) if topic else ""
    filters: tuple[Filter, ...] = wishes.filters
    unread = wishes.unread
    if words and unread:
        filters, unread = (*filters, WordsFilter(words)), tuple(one for one in unread if one not in words)
    asked = bool(ask.patterns.recommend.search(ask.text))
    if unread and ask.patterns.no_wish.search(ask.text):
        return None
    if not filters and not (asked and not unread):
        return None
    if len(unread) > (2 * len(filters) if asked else len(filters)):
        return None
    confidence = (0.9 if asked or not unread else 0.7) - 0.1 * min(4, len(unread))
    refines = bool(ask.context.shown) and (corrected or _refining(ask, filters))
    if refines and filters:
        return Read(Refine(add=filters), confidence, unread)
    return Read(Recommend(filters, wishes.k, wishes.at), confidence, unread)


def _refining(ask: _Ask, filters: tuple[Filter, ...]) -> bool:
    """Return whether a wish is about the last list: it compares, excludes, or begins like an addition."""
    if any(isinstance(one, RelativeFilter) for one in filters):
        return True
    if filters and all(isinstance(one, EntityFilter | TextFilter) and not one.has for one in filters):
        return True
    return bool(ask.patterns.refine.search(ask.text))
