"""Read the server-sent events of an OpenAI-compatible endpoint, with limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import httpx

#: Most bytes of an event; most bytes of an answer: so many for each token asked for, and so many besides.
_EVENT_BYTES, _TOKEN_BYTES, _BESIDES = 1 << 20, 4_096, 1 << 20


class _Content(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Content = msgspec.field(default_factory=_Content)
    message: _Content = msgspec.field(default_factory=_Content)
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Event(msgspec.Struct):
    choices: list[_Choice] = []
    usage: _Usage | None = None
    error: Any = None


class EventError(Exception):
    """An event is an error, or too much comes."""


@dataclass(frozen=True)
class Delta:
    """What an event adds to an answer."""

    text: str = ""
    finish: str | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None

    def after(self, before: Delta | None) -> Delta:
        """Return the state after this event; the text is that of the event alone."""
        if before is None:
            return self
        return replace(
            self,
            finish=self.finish or before.finish,
            tokens_in=before.tokens_in if self.tokens_in is None else self.tokens_in,
            tokens_out=before.tokens_out if self.tokens_out is None else self.tokens_out,
        )


def is_stream(answer: httpx.Response) -> bool:
    """Return whether an answer is a stream of events; some endpoints send it whole although asked for a stream."""
    kind: str = answer.headers.get("Content-Type", "")
    return "application/json" not in kind


def whole_answer(answer: httpx.Response) -> Iterator[Delta]:
    """Yield the one event of an answer that is no stream."""
    data = bytearray()
    for part in answer.iter_bytes():
        data += part
        if len(data) > _EVENT_BYTES:
            raise EventError(f"sends more than {_EVENT_BYTES:,} bytes")
    yield _delta(bytes(data))


def deltas(parts: Iterable[bytes], max_tokens: int) -> Iterator[Delta]:
    """Yield what the events add, until ``[DONE]`` or the end.

    Raises
    ------
    EventError
        An event is an error, or more comes than ``max_tokens`` tokens can be.
    msgspec.DecodeError
        An event is not JSON, or of another form.
    """
    held, total = b"", 0
    for part in parts:
        total += len(part)
        held += part
        *lines, held = held.split(b"\n")
        if len(held) > _EVENT_BYTES or total > _BESIDES + _TOKEN_BYTES * max_tokens:
            raise EventError("sends far more than was asked for")
        for line in lines:
            name, _, data = line.partition(b":")
            data = data.strip()
            if name == b"data" and data == b"[DONE]":
                return
            if name == b"data" and data:
                yield _delta(data)


def _delta(data: bytes) -> Delta:
    event = msgspec.json.decode(data, type=_Event)
    if event.error is not None:
        said = event.error.get("message") if isinstance(event.error, dict) else None
        raise EventError(f"fails in the middle of the answer: {said or event.error}")
    choice = event.choices[0] if event.choices else _Choice()
    usage = event.usage or _Usage()
    text = choice.delta.content or choice.message.content or ""
    return Delta(text, choice.finish_reason, usage.prompt_tokens, usage.completion_tokens)
