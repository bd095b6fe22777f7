"""Rules: words → an action, or None where no rule fits."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from graphrec.assistant.actions import (
    Action,
    Confirm,
    Context,
    EntityFilter,
    Filter,
    Greet,
    HandOver,
    Help,
    Language,
    More,
    NumberFilter,
    Recommend,
    Refine,
    RelativeFilter,
    Reset,
    Search,
    TextFilter,
    Unknown,
    WordsFilter,
)
from graphrec.assistant.understanding import item_rules
from graphrec.assistant.understanding.ask import Ask, matches
from graphrec.assistant.understanding.composed import composed
from graphrec.assistant.understanding.known_names import Vocabulary
from graphrec.assistant.understanding.lexicon import lexicon
from graphrec.assistant.understanding.numerals import number
from graphrec.assistant.understanding.patterns import patterns
from graphrec.assistant.understanding.spoken import restated, spoken
from graphrec.assistant.understanding.wishes import about, topics, without_fillers

#: Words before what was meant, and words that put one thing in the place of another.
_MEANT = re.compile(r"(?:sorry|oops|my bad|i meant?)\b|我?(?:说错|搞错|弄错|记错|错)")
_INSTEAD = re.compile(r"\binstead\b|\bmake (?:it|that|them)\b|换成|改成|改为")


@dataclass(frozen=True)
class Read:
    """What rules make of words: the action, how sure, and what they could not read."""

    action: Action
    confidence: float
    unread: tuple[str, ...] = ()


def by_rules(text: str, language: Language, context: Context, vocabulary: Vocabulary) -> Read | None:
    """Return what a text asks for by rules; None: they do not decide.

    Parameters
    ----------
    text
        In lower case, cleaned (:func:`graphrec.assistant.understanding.names.plain`).
    """
    read = _read(text, language, context, vocabulary)
    plainly = restated(text, language)
    if context.pending or plainly in ("", text) or (read is not None and _settled(read)):
        return read
    again = _read(plainly, language, context, vocabulary)
    if again is None or isinstance(again.action, Unknown | Confirm):
        return read
    better = read is None or isinstance(read.action, Unknown) or len(again.unread) < len(read.unread)
    return again if better else read


def _settled(read: Read) -> bool:
    """Return whether plainer words could not tell more."""
    if isinstance(read.action, Unknown):
        return read.action.reason in ("several items", "not in the list", "nothing pending")
    return not read.unread


def _read(text: str, language: Language, context: Context, vocabulary: Vocabulary) -> Read | None:
    ask = Ask(text, language, context, vocabulary)
    alone = _alone(ask)
    if alone is not None:
        return Read(alone, 1.0)
    ask.text = ask.patterns.courtesy.sub("", ask.text) or ask.text
    alone = _alone(ask)
    if alone is not None:
        return Read(alone, 0.9)
    corrects = False
    if context.shown or context.pending:
        left = ask.patterns.no_but.sub("", ask.text) or ask.text
        agreed = spoken(language).acknowledged.sub("", left) or left
        corrects, refines, ask.text = left != ask.text, agreed != ask.text, agreed
        if refines and agreed != left:
            corrects = corrects or bool(_MEANT.match(left))
    else:
        refines = False
    for rule in _RULES:
        found = rule(ask)
        if found is not None:
            return Read(found, 0.9)
        if ask.problem is not None and ask.problem.reason in ("several items", "not in the list"):
            return Read(ask.problem, 0.9)
    read = _wish(ask, corrects, refines)
    if read is None or read.unread:
        found = composed(ask)
        read = read if found is None else Read(found, 0.8)
    if read is not None:
        return read
    return Read(ask.problem, 0.6) if ask.problem is not None else None


def _alone(ask: Ask) -> Action | None:
    """Return the action of words that say one thing alone."""
    held, text = ask.patterns, ask.text
    pending = ask.context.pending
    yes, no = held.yes.match(text), held.no.match(text)
    if pending and (yes or no):
        return Confirm(bool(yes))
    greetings: tuple[tuple[re.Pattern[str], Literal["hello", "thanks", "bye"]], ...] = (
        (held.hello, "hello"),
        (held.thanks, "thanks"),
        (held.bye, "bye"),
    )
    for pattern, kind in greetings:
        if pattern.match(text):
            return Greet(kind)
    if yes or no:
        return Unknown("nothing pending", text)
    others = ((held.help, Help()), (held.hand_over, HandOver()), (held.reset, Reset()))
    return next((action for pattern, action in others if pattern.search(text)), None)


def _more(ask: Ask) -> Action | None:
    match = ask.patterns.more.match(ask.text) if ask.context.shown else None
    if match is None:
        return None
    said = next((one for name, one in match.groupdict().items() if name in ("n", "n2") and one), None)
    value = number(said) if said else None
    return More(int(value)) if value and 1 <= value <= 50 else More()


def _drop(ask: Ask) -> Action | None:
    held = ask.context.filters
    if not held:
        return None
    if ask.patterns.drop_all.search(ask.text):
        return Refine(drop=held)
    for match in matches(ask.patterns.drop, ask.text):
        dropped = _same(ask, held, match["rest"])
        if dropped:
            return Refine(drop=dropped)
    cue = spoken(ask.language).cues["drop"]
    left = cue.sub(" , ", ask.text)
    wishes = ask.wishes(left)
    if left != ask.text and not wishes.unread:
        dropped = _same(ask, held, left)
        names = {one.name for one in dropped if isinstance(one, EntityFilter)}
        others = [one for one in wishes.filters if not (isinstance(one, EntityFilter) and one.name in names)]
        if dropped and not others:
            return Refine(drop=dropped)
    return None


def _same(ask: Ask, held: tuple[Filter, ...], words: str) -> tuple[Filter, ...]:
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


def _search(ask: Ask) -> Action | None:
    match = next(matches(ask.patterns.search, ask.text), None)
    if match is None:
        return None
    wishes = ask.wishes(match["words"])
    words = without_fillers(about(match["words"]) or match["words"], ask.language)
    if wishes.filters and not wishes.unread:
        return Recommend(wishes.filters, wishes.k, wishes.at)
    return Search(words, wishes.filters) if words else None


_RULES: tuple[Callable[[Ask], Action | None], ...] = (
    _more,
    _drop,
    item_rules.block,
    item_rules.liked_so,
    item_rules.explain,
    item_rules.than,
    item_rules.compare,
    item_rules.look_up,
    item_rules.whether,
    item_rules.similar,
    item_rules.basis,
    item_rules.basis_by_comma,
    item_rules.react,
    _search,
)


def _wish(ask: Ask, corrects: bool, refines: bool) -> Read | None:
    """Return a request for recommendations: new, or the last one refined."""
    wishes = ask.wishes(ask.text)
    topic = about(ask.text)
    words = without_fillers(topic, ask.language) if topic else topics(ask.text, wishes.unread)
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
    refines = bool(ask.context.shown) and (refines or refining(ask.text, ask.language, filters))
    if refines and filters:
        replaces = corrects or bool(_INSTEAD.search(ask.text))
        drop = tuple(
            one
            for one in ask.context.filters
            if any(contradict(one, new) or (replaces and of_same_kind(one, new)) for new in filters)
        )
        if replaces and any(_wished(one) for one in filters):
            # "Romance instead of thriller": the thriller goes, and none is forbidden.
            filters = tuple(one for one in filters if _wished(one) or not any(contradict(old, one) for old in drop))
        return Read(Refine(add=filters, drop=drop), confidence, unread)
    return Read(Recommend(filters, wishes.k, wishes.at), confidence, unread)


def contradict(held: Filter, new: Filter) -> bool:
    """Return whether a filter in force cannot hold beside a new one, which then takes its place."""
    match held, new:
        case EntityFilter(), EntityFilter():
            return held.entity == new.entity and held.has != new.has
        case TextFilter(), TextFilter():
            return held.property == new.property and (held.value == new.value) == (held.has != new.has)
        case NumberFilter(), NumberFilter():
            apart = _over(held.at_least, new.at_most) or _over(new.at_least, held.at_most)
            return held.property == new.property and apart
    return False


def _wished(one: Filter) -> bool:
    return not isinstance(one, EntityFilter | TextFilter) or one.has


def of_same_kind(held: Filter, new: Filter) -> bool:
    """Return whether two wanted things are of one kind, so that a correction puts one in the other's place."""
    match held, new:
        case EntityFilter(), EntityFilter():
            return held.has and new.has and held.entity != new.entity and held.relation == new.relation
        case TextFilter(), TextFilter():
            return held.has and new.has and held.property == new.property
        case ((NumberFilter() | RelativeFilter()), (NumberFilter() | RelativeFilter())):
            return held.property == new.property
    return False


def _over(least: float | None, most: float | None) -> bool:
    return least is not None and most is not None and least > most


def refining(text: str, language: Language, filters: tuple[Filter, ...]) -> bool:
    """Return whether a wish is about the last list: it compares, excludes, or begins like an addition."""
    if any(isinstance(one, RelativeFilter) for one in filters):
        return True
    if filters and all(isinstance(one, EntityFilter | TextFilter) and not one.has for one in filters):
        return True
    return bool(patterns(language).refine.search(text))
