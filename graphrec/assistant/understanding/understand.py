"""The one entry point: words → one typed action (:mod:`graphrec.assistant.actions`)."""

from __future__ import annotations

import threading

from graphrec.assistant.actions import Context, Language, Understood, Unknown
from graphrec.assistant.understanding.known_names import Vocabulary
from graphrec.assistant.understanding.names import plain
from graphrec.assistant.understanding.rules import by_rules
from graphrec.content.encoder import Encoder
from graphrec.language.model import LanguageModel
from graphrec.language.script import language_of

#: Characters of an utterance that count.
LONGEST = 500


def understand(
    utterance: str,
    context: Context,
    vocabulary: Vocabulary,
    *,
    model: LanguageModel | None = None,
    encoder: Encoder[str] | None = None,
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
    encoder
        A text encoder for what rules do not decide; None: they alone decide.
    cancel
        Ends the model's answer; the rules then answer.
    """
    text = plain(utterance[: 4 * LONGEST])[:LONGEST]
    language = _language(text, context)
    read = by_rules(text, language, context, vocabulary)
    if read is None:
        return Understood(Unknown("not understood", text), "rules", 0.0, language)
    return Understood(read.action, "rules", read.confidence, language, read.unread)


def _language(text: str, context: Context) -> Language:
    """Return the language of a text: Chinese where it has a Chinese character, though titles in it be English."""
    if any("\u3400" <= sign <= "\u9fff" for sign in text):
        return "zh"
    return language_of(text) or context.language or "en"
