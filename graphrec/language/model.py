"""The door: one interface for every language model, with limits, cache and typed answers."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any

import msgspec

from graphrec.common.errors import LanguageError
from graphrec.config.language_settings import LanguageSettings
from graphrec.config.settings import Settings
from graphrec.content.address import is_web
from graphrec.language.answer_cache import Shelf
from graphrec.language.answers import (
    Backend,
    BrokenAnswerError,
    BudgetError,
    End,
    Generated,
    Message,
    Request,
    SchemaError,
    estimate,
)
from graphrec.language.budget import PROCESS, Spending
from graphrec.language.typed import decoded, json_schema

#: Attempts at an answer that fits a schema.
ATTEMPTS = 3
#: Characters that a token has at most, over a whole answer: an endpoint that sends more is cut off.
_PER_TOKEN = 16


class LanguageModel:
    """A language model. Use as a context manager, or close it.

    Parameters
    ----------
    backend
        The model itself.
    settings
        Limits.
    spending
        What counts its calls; by default those of the whole process.
    """

    def __init__(self, backend: Backend, settings: LanguageSettings, spending: Spending = PROCESS) -> None:
        self._backend, self._settings, self._spending = backend, settings, spending

    def __enter__(self) -> LanguageModel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def how(self) -> str:
        """``model NAME``, for results."""
        return f"model {self._backend.name}"

    @property
    def context(self) -> int | None:
        """Most tokens of prompt and answer; None if unknown."""
        return self._settings.context or self._backend.context

    @property
    def parallel(self) -> int:
        """Calls at once when many prompts are answered."""
        return self._settings.parallel

    def close(self) -> None:
        """Free what the model holds."""
        self._backend.close()

    def generate(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        schema: Any = None,
        shelf: Shelf | None = None,
        cancel: threading.Event | None = None,
    ) -> Generated:
        """Return the answer to messages.

        Parameters
        ----------
        max_tokens
            Most tokens of the answer; at most those of the settings, which are the default.
        temperature
            0 takes the likeliest token; above, tokens are drawn with the seed of the settings.
        stop
            Texts that the answer ends before.
        schema
            A type of msgspec, such as a union of tagged structs; the result has a ``value`` of it.
        shelf
            Where the answer is kept and found again (:mod:`graphrec.language.answer_cache`); None: nowhere.
        cancel
            Ends the answer when it is set; the result has the text so far, and ``finish`` is ``cancelled``.

        Raises
        ------
        BudgetError
            The call would not fit the model, or exceed a limit; it was not made.
        BrokenAnswerError
            The answer broke off; the error has the text so far.
        SchemaError
            No attempt fits the schema; the error has the last text.
        LanguageError
            The model does not answer.
        """
        request = self._request(messages, max_tokens, temperature, stop, schema, cancel)
        key = self._key(request) if shelf is not None else ""
        if shelf is not None and (entry := shelf.get(key)) is not None:
            value = _value(entry.text, schema)
            if not isinstance(value, msgspec.DecodeError):
                return Generated(entry.text, 0, 0, 0.0, entry.finish, self.how, value, kept=True)
        answer = self._answer(request, schema)
        if shelf is not None and answer.finish != "cancelled":
            shelf.put(key, answer)
        return answer

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        cancel: threading.Event | None = None,
    ) -> Stream:
        """Return the answer in pieces, as they come; parameters as those of :meth:`generate`.

        Raises
        ------
        LanguageError
            As :meth:`generate`; while the pieces are read.
        """
        request = self._request(messages, max_tokens, temperature, stop, None, cancel)
        return Stream(self._backend, self._settings, self._spending, request, self._fitting(request))

    def _answer(self, request: Request, schema: Any) -> Generated:
        """Return the first answer that fits the schema."""
        started, tokens_in, tokens_out = time.monotonic(), 0, 0
        text, problem = "", ""
        for _ in range(ATTEMPTS if schema is not None else 1):
            stream = Stream(self._backend, self._settings, self._spending, request, self._fitting(request))
            text = "".join(stream)
            end = stream.generated
            tokens_in, tokens_out = tokens_in + end.tokens_in, tokens_out + end.tokens_out
            value = None if end.finish == "cancelled" else _value(text, schema)
            if not isinstance(value, msgspec.DecodeError):
                seconds = time.monotonic() - started
                return Generated(text, tokens_in, tokens_out, seconds, end.finish, self.how, value)
            if end.finish == "length":
                raise SchemaError(
                    f"the answer is cut off after {end.tokens_out:,} tokens, before it fits its schema",
                    text=text,
                    hint="allow more tokens, or limit the texts of the schema by max_length",
                )
            problem = str(value)
            again = f"That does not fit: {problem}. Answer again, with JSON of the schema alone."
            told = (*request.messages, Message("assistant", text), Message("user", again))
            request = replace(request, messages=told)
        raise SchemaError(
            f"{ATTEMPTS} answers of {self._backend.name} do not fit their schema: {problem}",
            text=text,
            hint="does the endpoint support response_format json_schema?",
        )

    def _request(
        self,
        messages: Sequence[Message],
        max_tokens: int | None,
        temperature: float,
        stop: Sequence[str],
        schema: Any,
        cancel: threading.Event | None,
    ) -> Request:
        if not messages:
            raise ValueError("no messages")
        if not 0 <= temperature <= 2:
            raise ValueError(f"a temperature of {temperature}, not between 0 and 2")
        most = self._settings.max_tokens
        return Request(
            # Texts from data may hold lone surrogates, which are in no encoding.
            messages=tuple(
                msgspec.structs.replace(one, content=one.content.encode("utf-8", "replace").decode())
                for one in messages
            ),
            max_tokens=max(1, most if max_tokens is None else min(max_tokens, most)),
            temperature=temperature,
            seed=self._settings.seed,
            stop=tuple(one for one in stop if one),
            schema=None if schema is None else json_schema(schema),
            cancel=cancel or threading.Event(),
            deadline=time.monotonic() + self._settings.call_seconds,
        )

    def _fitting(self, request: Request) -> int:
        """Return the tokens of a prompt.

        Raises
        ------
        BudgetError
            It does not fit the model with its answer.
        """
        tokens_in, context = self._backend.count(request.messages), self.context
        if context is not None and tokens_in + request.max_tokens > context:
            raise BudgetError(
                f"a prompt of {tokens_in:,} tokens and an answer of {request.max_tokens:,} do not fit the "
                f"{context:,} of {self._backend.name}",
                hint="shorten the prompt, or ask for fewer tokens",
            )
        return tokens_in

    def _key(self, request: Request) -> str:
        """Return the hash of everything that decides an answer."""
        parts = (
            self._backend.fingerprint,
            request.messages,
            (request.max_tokens, request.temperature, request.seed, request.stop, request.schema),
        )
        return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


class Stream:
    """Pieces of an answer. Iterate over it once; a loop that ends early ends the answer too.

    Attributes
    ----------
    generated
        The whole answer; what has come so far, while it is read.
    """

    def __init__(
        self, backend: Backend, settings: LanguageSettings, spending: Spending, request: Request, tokens_in: int
    ) -> None:
        self._backend, self._settings, self._spending = backend, settings, spending
        self._request, self._tokens_in = request, tokens_in
        self._started = time.monotonic()
        self._texts = list[str]()
        self._end = End("cancelled")

    def __iter__(self) -> Iterator[str]:
        return self._read()

    def cancel(self) -> None:
        """End the answer, from any thread."""
        self._request.cancel.set()

    @property
    def generated(self) -> Generated:
        """The answer so far."""
        text = "".join(self._texts)
        tokens_in, tokens_out = self._used(text)
        seconds = time.monotonic() - self._started
        return Generated(text, tokens_in, tokens_out, seconds, self._end.finish, f"model {self._backend.name}")

    def _read(self) -> Iterator[str]:
        reserved = self._tokens_in, self._request.max_tokens
        self._spending.reserve(self._settings, *reserved)
        used, room = (0, 0), _PER_TOKEN * (self._request.max_tokens + 1)
        try:
            for part in self._backend.stream(self._request):
                if isinstance(part, End):
                    self._end = part
                    continue
                self._texts.append(part[:room])
                yield part[:room]
                room -= len(part)
                if room < 0:
                    self._end = End("length")
                    break
        except LanguageError as error:
            if not self._texts:
                raise
            raise BrokenAnswerError(error.message, hint=error.hint, text="".join(self._texts)) from error
        finally:
            if self._texts or self._end.tokens_in is not None:  # otherwise nothing was done
                used = self._used("".join(self._texts))
            self._spending.correct(self._settings, reserved, used)

    def _used(self, text: str) -> tuple[int, int]:
        """Return the tokens in and out, as counted or else estimated."""
        end = self._end
        tokens_in = self._tokens_in if end.tokens_in is None else end.tokens_in
        return tokens_in, estimate(text) if end.tokens_out is None else end.tokens_out


def open_language_model(settings: Settings) -> LanguageModel | None:
    """Return the language model of ``[language] model``; None where templates are wanted.

    Raises
    ------
    EncoderError
        A local model is unavailable, or not a causal language model in safetensors format.
    ConfigError
        An endpoint's address or key is malformed.
    LibraryError
        A library is missing.
    """
    wanted = settings.language
    if wanted.model == "none":
        return None
    backend: Backend
    if is_web(wanted.model):
        from graphrec.language.endpoint import EndpointModel

        backend = EndpointModel(wanted.model, wanted)
    else:
        from graphrec.language.local_model import LocalModel

        backend = LocalModel(wanted.model, settings.root)
    return LanguageModel(backend, wanted)


def _value(text: str, schema: Any) -> Any:
    """Return the value in an answer, None without a schema, or the error of what does not fit."""
    if schema is None:
        return None
    try:
        return decoded(text, schema)
    except msgspec.DecodeError as error:
        return error
