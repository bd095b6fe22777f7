"""The one entry point: words → one typed action (:mod:`graphrec.assistant.actions`)."""

from __future__ import annotations

import threading

from graphrec.assistant.actions import Context, Language, Understood, Unknown
from graphrec.assistant.understanding.by_model import by_model
from graphrec.assistant.understanding.filled import filled
from graphrec.assistant.understanding.known_names import Vocabulary
from graphrec.assistant.understanding.names import plain
from graphrec.assistant.understanding.nearest import Nearest
from graphrec.assistant.understanding.rules import by_rules
from graphrec.common.errors import LanguageError
from graphrec.language.model import LanguageModel
from graphrec.language.script import language_of

#: Characters of an utterance that count.
LONGEST = 500
RULES = "rules"


def understand(
    utterance: str,
    context: Context,
    vocabulary: Vocabulary,
    *,
    model: LanguageModel | None = None,
    nearest: Nearest | None = None,
    cancel: threading.Event | None = None,
) -> Understood:
    """Return the action that somebody's words ask for.

    Parameters
    ----------
    utterance
        The words; at most the first 500 characters count.
    context
        What the dialogue knows.
    vocabulary
        Titles, entities and properties of the graph
        (:func:`graphrec.assistant.understanding.vocabulary.open_vocabulary`).
    model
        Understands by constrained output; where it fails, or is None, rules and encoder do.
    nearest
        For what rules do not decide (:func:`graphrec.assistant.understanding.nearest.nearest_of`); None: they alone
        decide.
    cancel
        Ends the model's answer; the rules then answer.
    """
    text = plain(utterance[: 4 * LONGEST])[:LONGEST]
    language = _language(text, context)
    read = by_rules(text, language, context, vocabulary)
    note = ""
    # What plain words say for certain, such as a yes, is never for a model to decide.
    if model is not None and (read is None or read.confidence < 1):
        try:
            found = by_model(text, language, context, vocabulary, model, cancel)
        except LanguageError as error:
            found, note = None, error.message
        else:
            note = "" if found else "the model's answer was cancelled"
        if found is not None and (read is None or not isinstance(found[0], Unknown)):
            return Understood(found[0], model.how, 0.8, language, found[1])
    if read is not None:
        return Understood(read.action, RULES, read.confidence, language, read.unread, note)
    near = nearest.kind(text, language, context, vocabulary) if nearest is not None else None
    if near is not None and near[0] not in ("unknown", "confirm"):
        action = filled(near[0], text, language, context, vocabulary)
        return Understood(action, near[2], near[1], language, note=note)
    return Understood(Unknown("not understood", text), RULES, 0.0, language, note=note)


def _language(text: str, context: Context) -> Language:
    """Return the language of a text: Chinese where it has a Chinese character, though titles in it be English."""
    if any("\u3400" <= sign <= "\u9fff" for sign in text):
        return "zh"
    return language_of(text) or context.language or "en"
