"""Words from a model where there is one, and from a template where there is none or it fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from graphrec.common.errors import LanguageError
from graphrec.language.answers import Message
from graphrec.language.model import LanguageModel

TEMPLATE = "template"


class Worded(NamedTuple):
    """A text and where it is from.

    ``how``: ``template``, or ``model NAME``; ``why``: why a template took a model's place, else empty.
    """

    text: str
    how: str
    why: str = ""


def word(
    model: LanguageModel | None, messages: Sequence[Message], template: Callable[[], str], **options: Any
) -> Worded:
    """Return a model's answer to messages, or a template's text.

    Parameters
    ----------
    model
        None: the template is used.
    template
        Makes the text without a model.
    options
        See :meth:`graphrec.language.model.LanguageModel.generate`.

    Examples
    --------
    >>> word(None, [], lambda: "Heat, because you liked Ronin.")
    Worded(text='Heat, because you liked Ronin.', how='template', why='')
    """
    if model is None:
        return Worded(template(), TEMPLATE)
    try:
        answer = model.generate(messages, **options)
    except LanguageError as error:
        return Worded(template(), TEMPLATE, error.message)
    if answer.finish == "stop" and answer.text.strip():
        return Worded(answer.text.strip(), answer.how)
    why = {"stop": "is empty", "length": "is cut off", "cancelled": "was cancelled"}[answer.finish]
    return Worded(template(), TEMPLATE, f"the model's answer {why}")
