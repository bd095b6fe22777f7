"""The one entry point: words → one typed action (:mod:`graphrec.assistant.actions`)."""

from __future__ import annotations

import threading

from graphrec.assistant.actions import Context, Understood
from graphrec.assistant.understanding.vocabulary import Vocabulary
from graphrec.content.encoder import Encoder
from graphrec.language.model import LanguageModel


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
    raise NotImplementedError
