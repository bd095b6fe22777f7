"""An action of a known kind, filled with what the words hold; Unknown where something needed is missing."""

from __future__ import annotations

from typing import Literal

from graphrec.assistant.actions import (
    Action,
    Compare,
    Context,
    Explain,
    Filter,
    Greet,
    HandOver,
    Help,
    Language,
    LookUp,
    More,
    React,
    Recommend,
    Refine,
    Reset,
    Search,
    Similar,
    Unknown,
    WordsFilter,
)
from graphrec.assistant.understanding.known_names import Vocabulary
from graphrec.assistant.understanding.references import ordinals_in, reference_in
from graphrec.assistant.understanding.rules import refining
from graphrec.assistant.understanding.wishes import read_wishes, without_fillers

_ALONE: dict[str, Action] = {
    "help": Help(),
    "hand_over": HandOver(),
    "reset": Reset(),
    "greet hello": Greet("hello"),
    "greet thanks": Greet("thanks"),
    "greet bye": Greet("bye"),
}
_REACTIONS: dict[str, Literal["like", "dislike", "block"]] = {
    "react like": "like",
    "react dislike": "dislike",
    "react block": "block",
}


def filled(kind: str, text: str, language: Language, context: Context, vocabulary: Vocabulary) -> Action:
    """Return the action of a kind that a text asks for.

    Parameters
    ----------
    kind
        The tag of an action, followed by what no other words hold: ``greet thanks``, ``react like``; ``wish`` for a
        list, new or refined.
    text
        In lower case, cleaned. Its filters and items fill the action; other words of a wish become words to search
        for. A confirmation is never made here: only plain words are one.
    """
    if kind in _ALONE:
        return _ALONE[kind]
    if kind in ("wish", "search"):
        return _wished(kind, text, language, context, vocabulary)
    if kind == "more" and context.shown:
        return More()
    if kind == "compare":
        found = tuple(one.item for one in ordinals_in(text, context) if one.item)
        return Compare(found[:2]) if len(found) > 1 else Unknown("not understood", text)
    return _of_item(kind, text, language, context, vocabulary)


def _wished(kind: str, text: str, language: Language, context: Context, vocabulary: Vocabulary) -> Action:
    wishes = read_wishes(text, language, vocabulary)
    words = " ".join(wishes.unread)
    if kind == "search":
        said = without_fillers(text, language)
        return Search(said) if said else Unknown("not understood", text)
    filters: tuple[Filter, ...] = (*wishes.filters, *((WordsFilter(words),) if words else ()))
    if context.shown and filters and refining(text, language, filters):
        return Refine(add=filters)
    return Recommend(filters, wishes.k, wishes.at)


def _of_item(kind: str, text: str, language: Language, context: Context, vocabulary: Vocabulary) -> Action:
    named = reference_in(text, context, vocabulary)
    if named is not None and named.problem is not None:
        return named.problem
    item = named.item if named else None
    if kind == "explain" and context.shown:
        return Explain(item)
    if item is not None and kind in _REACTIONS:
        return React(item, _REACTIONS[kind])
    if item is not None and kind == "similar":
        return Similar(item, read_wishes(text, language, vocabulary).filters)
    return LookUp(item) if item is not None and kind == "look_up" else Unknown("not understood", text)
