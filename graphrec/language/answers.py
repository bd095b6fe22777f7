"""What goes to a language model and what comes back, whichever model it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import msgspec

from graphrec.common.errors import LanguageError

#: Why an answer ended: the model ended it, its tokens were used up, or the caller cancelled it.
Finish = Literal["stop", "length", "cancelled"]


class Message(msgspec.Struct, frozen=True):
    """A message to a language model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Generated:
    """The answer of a language model.

    Attributes
    ----------
    text
        The answer.
    tokens_in, tokens_out
        Tokens of the prompts and of the answers, of all attempts together; an endpoint that does not count leaves
        estimates.
    seconds
        Time of the whole call.
    finish
        Why it ended.
    how
        ``model NAME``.
    value
        The answer as a value of the schema that was asked for; None without one.
    kept
        Whether it was read from the cache; it then cost nothing.
    """

    text: str
    tokens_in: int
    tokens_out: int
    seconds: float
    finish: Finish
    how: str
    value: Any = None
    kept: bool = False


class BrokenAnswerError(LanguageError):
    """An answer broke off in the middle; ``text`` has what came before."""

    def __init__(self, message: str, *, text: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.text = text


class BudgetError(LanguageError):
    """A call would not fit the model, or exceed what calls may use; it was not made."""


class SchemaError(LanguageError):
    """No attempt gave an answer that fits the schema; ``text`` has the last one."""

    def __init__(self, message: str, *, text: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.text = text


@dataclass(frozen=True)
class Request:
    """A call of a model, with everything decided.

    ``schema``: a JSON schema that the answer fits; ``cancel``: set by whoever wants no more; ``deadline``: of
    :func:`time.monotonic`.
    """

    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float
    seed: int
    stop: tuple[str, ...] = ()
    schema: dict[str, Any] | None = None
    cancel: threading.Event = field(default_factory=threading.Event)
    deadline: float = float("inf")

    @property
    def left(self) -> float:
        """Seconds until the deadline, at least 0."""
        return max(0.0, self.deadline - time.monotonic())

    @property
    def late(self) -> LanguageError:
        """The error for an answer that takes too long."""
        return LanguageError(
            "the answer was not complete in time", hint="raise [language] call_seconds, or ask for fewer tokens"
        )


@dataclass(frozen=True)
class End:
    """The end of an answer; tokens are None where the model does not count them."""

    finish: Finish
    tokens_in: int | None = None
    tokens_out: int | None = None


class Backend(Protocol):
    """A model, at an endpoint or in this process."""

    #: As in the settings.
    name: str

    @property
    def fingerprint(self) -> str:
        """Identifies the model among all others, for the cache."""

    @property
    def context(self) -> int | None:
        """Most tokens of prompt and answer; None if unknown."""

    def count(self, messages: Sequence[Message]) -> int:
        """Return the tokens of a prompt, or an estimate."""

    def stream(self, request: Request) -> Iterator[str | End]:
        """Yield the answer in pieces, then its end; raises LanguageError."""

    def close(self) -> None:
        """Free what the model holds."""


def estimate(text: str) -> int:
    """Return about how many tokens a text has: four Latin letters each, or one character of another script.

    >>> estimate("eight letters"), estimate("你好")
    (4, 2)
    """
    plain = sum(character.isascii() for character in text)
    return -(-plain // 4) + len(text) - plain
