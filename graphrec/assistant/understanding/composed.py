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
from graphrec.assistant.understanding.references import means_list, reference_in
from graphrec.assistant.understanding.spoken import cues_in
from graphrec.assistant.understanding.wishes import Wishes

#: What a cue means that stands alone.
_ALONE: tuple[tuple[str, Action], ...] = (("person", HandOver()), ("reset", Reset()), ("help", Help()))
#: Words beside an item and a cue that may say nothing known.
_UNREAD = 1


def composed(ask: Ask) -> Action | None:
    """Return what an item, or the list, and a cue mean together; None: no cue stands there, or other words are left."""
    named = reference_in(ask.text, ask.context, ask.vocabulary)
    if named is None or named.item is None:
        cues, rest = cues_in(ask.text, ask.language)
        return _of_none(ask, cues, ask.wishes(rest))
    text = f"{ask.text[: named.begin]} , {ask.text[named.end :]}"
    cues, rest = cues_in(text, ask.language)
    wishes = ask.wishes(rest)
    if len(wishes.unread) > _UNREAD:
        return None
    second = reference_in(text, ask.context, ask.vocabulary)
    if second is not None and second.item is not None and second.item != named.item:
        return Compare((named.item, second.item)) if "compare" in cues and not wishes.filters else None
    return _of_item(named.item, cues, wishes)


def _of_none(ask: Ask, cues: Set[str], wishes: Wishes) -> Action | None:
    """Return what cues mean where no item is named and nothing is wished for."""
    if wishes.filters:
        return None
    if "why" in cues and means_list(ask.text) and ask.context.shown:
        return Explain()
    if wishes.unread:
        return None
    alone = next((action for cue, action in _ALONE if cue in cues), None)
    if alone is None and not cues & {"why", "good", "bad", "similar", "worth"}:
        if "more" in cues and ask.context.shown:
            alone = More(wishes.k)
        elif "wants" in cues and not means_list(ask.text):
            alone = Recommend((), ask.wishes(ask.text).k, wishes.at)
    return alone


def _of_item(item: ItemRef, held: Set[str], wishes: Wishes) -> Action | None:
    """Return what cues mean of one item."""
    action: Action | None = None
    if wishes.filters:
        action = Similar(item, wishes.filters) if "similar" in held else None
    elif "block" in held and not wishes.unread:
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
