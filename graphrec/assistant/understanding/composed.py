"""Actions composed of small parts: an item, a cue, a wish, and nothing else of weight."""

from __future__ import annotations

from collections.abc import Set

from graphrec.assistant.actions import (
    Action,
    Compare,
    Explain,
    HandOver,
    Help,
    ItemRef,
    LookUp,
    More,
    React,
    Recommend,
    Reset,
    Similar,
)
from graphrec.assistant.understanding.ask import Ask
from graphrec.assistant.understanding.references import Named, means_list, reference_in
from graphrec.assistant.understanding.spoken import spoken
from graphrec.assistant.understanding.wishes import Wishes

#: What a cue means that stands alone.
_PLAIN: tuple[tuple[str, Action], ...] = (("person", HandOver()), ("reset", Reset()), ("help", Help()))
#: Words beside an item and a cue that may say nothing known.
_UNREAD = 1


def composed(ask: Ask) -> Action | None:
    """Return what an item, or the list, and a cue mean together; None: other words are left, or no cue stands there."""
    named = reference_in(ask.text, ask.context, ask.vocabulary)
    if named is not None and named.item is None:
        named = None
    second = _second(ask, named)
    text = _without(ask.text, named)
    cues = {name: pattern for name, pattern in spoken(ask.language).cues.items() if pattern.search(text)}
    rest = text
    for pattern in cues.values():
        rest = pattern.sub(" , ", rest)
    wishes = ask.wishes(rest)
    if named is not None and named.item is not None and len(wishes.unread) <= _UNREAD:
        if second is not None:
            return Compare((named.item, second)) if "compare" in cues and not wishes.filters else None
        return _of_item(named.item, cues.keys(), wishes)
    if "why" in cues and means_list(ask.text) and ask.context.shown and not wishes.filters:
        return Explain()
    if named is not None:
        return None
    if not wishes.filters and not wishes.unread:
        plain = next((action for cue, action in _PLAIN if cue in cues), None)
        if plain is not None:
            return plain
    others = cues.keys() & {"why", "good", "bad", "similar", "worth"}
    if "more" in cues and ask.context.shown and not others and not wishes.filters and not wishes.unread:
        return More(wishes.k)
    if "wants" in cues and not others and not wishes.filters and not wishes.unread and not means_list(ask.text):
        return Recommend((), ask.wishes(ask.text).k, wishes.at)
    return None


def _second(ask: Ask, named: Named | None) -> ItemRef | None:
    """Return another item that stands in the text."""
    if named is None:
        return None
    masked = ask.text[: named.begin] + " , " + ask.text[named.end :]
    other = reference_in(masked, ask.context, ask.vocabulary)
    return other.item if other is not None and other.item != named.item else None


def _without(text: str, named: Named | None) -> str:
    return text if named is None else f"{text[: named.begin]} , {text[named.end :]}"


def _of_item(item: ItemRef, held: Set[str], wishes: Wishes) -> Action | None:
    """Return what cues mean of one item."""
    action: Action | None = None
    if wishes.filters:
        action = Similar(item, wishes.filters) if "similar" in held else None
    elif "block" in held:
        action = React(item, "block")
    elif "why" in held and ("chosen" in held or not wishes.unread):
        action = Explain(item)
    elif "similar" in held:
        action = Similar(item)
    elif held & {"worth", "tell"}:
        action = LookUp(item)
    # What others like, a question and a double negation say nothing of this person's taste.
    elif not (held & {"asked", "others", "why"} or {"good", "bad"} <= held):
        if "bad" in held:
            action = React(item, "dislike")
        elif "good" in held and "nots" not in held:
            action = React(item, "like")
    return action
