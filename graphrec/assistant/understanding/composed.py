"""Actions composed of small parts: an item, a cue, a wish, and nothing else of weight."""

from __future__ import annotations

from collections.abc import Set

from graphrec.assistant.actions import Action, Explain, ItemRef, LookUp, More, React, Similar
from graphrec.assistant.understanding.ask import Ask
from graphrec.assistant.understanding.references import Named, means_list, reference_in
from graphrec.assistant.understanding.spoken import spoken
from graphrec.assistant.understanding.wishes import Wishes

#: Words beside an item and a cue that may say nothing known.
_UNREAD = 1


def composed(ask: Ask) -> Action | None:
    """Return what an item, or the list, and a cue mean together; None: other words are left, or no cue stands there."""
    named = reference_in(ask.text, ask.context, ask.vocabulary)
    if named is not None and named.item is None:
        named = None
    text = _without(ask.text, named)
    cues = {name: pattern for name, pattern in spoken(ask.language).cues.items() if pattern.search(text)}
    rest = text
    for pattern in cues.values():
        rest = pattern.sub(" , ", rest)
    wishes = ask.wishes(rest)
    if named is not None and named.item is not None and len(wishes.unread) <= _UNREAD:
        return _of_item(named.item, cues.keys(), wishes)
    if "why" in cues and means_list(ask.text) and ask.context.shown and not wishes.filters:
        return Explain()
    others = cues.keys() & {"why", "good", "bad", "similar", "worth"}
    if "more" in cues and ask.context.shown and not others and not wishes.filters and not wishes.unread:
        return More(wishes.k)
    return None


def _without(text: str, named: Named | None) -> str:
    return text if named is None else f"{text[: named.begin]} , {text[named.end :]}"


def _of_item(item: ItemRef, held: Set[str], wishes: Wishes) -> Action | None:
    """Return what cues mean of one item."""
    if {"why", "chosen"} <= held and not wishes.filters:
        return Explain(item)
    if "similar" in held:
        return Similar(item, wishes.filters)
    if wishes.filters:
        return None
    if "worth" in held:
        return LookUp(item)
    # What others like, a question and a double negation say nothing of this person's taste.
    if held & {"asked", "others", "why"} or {"good", "bad"} <= held:
        return None
    if "bad" in held:
        return React(item, "dislike")
    if "good" in held:
        return None if "nots" in held else React(item, "like")
    return None
