"""A model behind an OpenAI-compatible endpoint: a local vLLM, llama.cpp or Ollama, or a service.

The key comes only from ``GRAPHREC_LANGUAGE_KEY``, is in no message, goes to no other address (redirects are not
followed), and never in clear over the public internet.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from graphrec.common.errors import ConfigError, InputError, LanguageError
from graphrec.common.hashing import digest
from graphrec.common.printable import printable
from graphrec.config.language_settings import LanguageSettings
from graphrec.content.address import is_public, resolved, split_address
from graphrec.language.answers import End, Message, Request, estimate
from graphrec.language.event_stream import Delta, EventError, deltas, is_stream, whole_answer
from graphrec.language.extra import extra_library

if TYPE_CHECKING:
    import httpx

KEY = "GRAPHREC_LANGUAGE_KEY"
EXAMPLE = "http://localhost:8000/v1#NAME"
#: Answers worth a further attempt: busy, or failing for the moment.
_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
#: Seconds: of the first pause between attempts, of the longest, and to connect.
_FIRST_PAUSE, _LONGEST_PAUSE, _CONNECT = 0.5, 60.0, 10.0
#: Most bytes of an error, most characters of it in a message.
_ERROR_BYTES, _ERROR_SHOWN = 65_536, 300
#: Tokens that an endpoint adds to each message.
_AROUND = 4


@dataclass(frozen=True)
class Place:
    """An endpoint's base address, and the name of a model there."""

    base: str
    model: str
    secure: bool


def place_of(model: str) -> Place:
    """Return the endpoint and the model that a setting names.

    Raises
    ------
    ConfigError
        It is not an http or https address with a model's name behind ``#``.

    Examples
    --------
    >>> place_of("http://localhost:8000/v1#qwen3")
    Place(base='http://localhost:8000/v1', model='qwen3', secure=False)
    """
    address, _, name = model.strip().partition("#")
    try:
        parts, _ = split_address(address)
    except InputError as error:  # the address may hold a password
        raise ConfigError(f"[language] model: {error.message}", hint=f"such as {EXAMPLE!r}; a key in {KEY}") from None
    if not name or parts.query:
        missing = "has a query" if parts.query else "names no model"
        raise ConfigError(f"[language] model: {parts.scheme}://{parts.netloc} {missing}", hint=f"such as {EXAMPLE!r}")
    return Place(address.rstrip("/"), name, parts.scheme == "https")


class EndpointModel:
    """A model of an endpoint.

    Parameters
    ----------
    name
        As in the settings.
    settings
        Time-outs and retries.

    Raises
    ------
    ConfigError
        The address or the key is malformed, or the key would travel in clear.
    LibraryError
        httpx is not installed.
    """

    def __init__(self, name: str, settings: LanguageSettings) -> None:
        with extra_library("httpx"):
            import httpx
        self.name, self._place, self._settings = name, place_of(name), settings
        self._key = _key()
        if self._key and not self._place.secure:
            _refuse_clear(self._place)
        headers = {"User-Agent": "graphrec"} | ({"Authorization": f"Bearer {self._key}"} if self._key else {})
        self._client = httpx.Client(headers=headers, follow_redirects=False)

    @property
    def fingerprint(self) -> str:
        """Identifies address and model; an endpoint does not say when it changes the model behind a name."""
        return digest("endpoint", self._place.base, self._place.model)

    @cached_property
    def context(self) -> int | None:
        """Most tokens of prompt and answer, where the endpoint's list of models says so, as vLLM's does."""
        import httpx

        try:
            answer = self._client.get(f"{self._place.base}/models", timeout=min(_CONNECT, self._settings.timeout))
            listed = answer.json()["data"] if answer.status_code == httpx.codes.OK else []
            mine = next(one for one in listed if one["id"] == self._place.model)
            return int(mine["max_model_len"])
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError, StopIteration):
            return None

    def count(self, messages: Sequence[Message]) -> int:
        """Return about how many tokens a prompt has."""
        return sum(estimate(one.content) + _AROUND for one in messages)

    def stream(self, request: Request) -> Iterator[str | End]:
        """Yield the answer in pieces, then its end; attempts are repeated until the first piece.

        Raises
        ------
        LanguageError
            The endpoint does not answer in time, refuses, or breaks off.
        """
        attempt = 0
        while not request.cancel.is_set():
            begun = False
            try:
                for part in self._attempt(request):
                    begun = True
                    yield part
                return
            except _PassingError as error:
                if begun or attempt >= self._settings.retries:
                    raise error.shown from error.__cause__
                pause = error.pause if error.pause is not None else _FIRST_PAUSE * 2**attempt * random.uniform(1, 1.5)
                if pause > min(_LONGEST_PAUSE, request.left):
                    raise error.shown from error.__cause__
                request.cancel.wait(pause)
            attempt += 1
        yield End("cancelled")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _attempt(self, request: Request) -> Iterator[str | End]:
        import httpx

        waiting = max(0.001, min(self._settings.timeout, request.left))
        limits = httpx.Timeout(waiting, connect=min(_CONNECT, waiting))
        counted: Delta | None = None
        over = False
        try:
            address = f"{self._place.base}/chat/completions"
            with (
                self._client.stream("POST", address, json=self._body(request), timeout=limits) as answer,
                _ending(answer, request),
            ):
                if answer.status_code != httpx.codes.OK:
                    raise self._refusal(answer)
                found = deltas(answer.iter_bytes(), request.max_tokens) if is_stream(answer) else whole_answer(answer)
                for delta in found:
                    counted = delta.after(counted)
                    if delta.text:
                        yield delta.text
                    if request.cancel.is_set():
                        break
                over = counted is not None and counted.finish is not None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            if not request.cancel.is_set():
                raise self._lost(error, request) from error
        except EventError as error:
            raise LanguageError(f"{self._place.base} {self._shown(str(error))}") from error
        except msgspec.DecodeError as error:
            raise LanguageError(f"{self._place.base} sends something else than an answer: {error}") from error
        if request.cancel.is_set() and not over:
            yield End("cancelled")
        elif counted is None or counted.finish is None:
            raise self._lost(None, request)
        else:
            yield End("length" if counted.finish == "length" else "stop", counted.tokens_in, counted.tokens_out)

    def _body(self, request: Request) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._place.model,
            "messages": [msgspec.to_builtins(one) for one in request.messages],
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "seed": request.seed,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if request.stop:
            body["stop"] = list(request.stop)
        if request.schema is not None:
            told = {"name": "answer", "strict": True, "schema": request.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": told}
        return body

    def _refusal(self, answer: httpx.Response) -> LanguageError:
        """Return the error for a status that is not 200."""
        said = self._said(answer)
        status, pause = answer.status_code, _retry_after(answer.headers.get("Retry-After"))
        hint = self._hint(status) if pause is None else f"it asks to wait {pause:.0f} seconds"
        shown = LanguageError(f"{self._place.base} answers {status}{said}", hint=hint)
        return _PassingError(shown, pause) if status in _PASSING else shown

    def _said(self, answer: httpx.Response) -> str:
        """Return the beginning of what an error says, without the key, which some endpoints repeat."""
        data = bytearray()
        for part in answer.iter_bytes():
            data += part
            if len(data) > _ERROR_BYTES:
                break
        text = data[:_ERROR_BYTES].decode("utf-8", "replace")
        try:
            found = msgspec.json.decode(text)
            text = str(found["error"]["message"] if isinstance(found["error"], dict) else found["error"])
        except (msgspec.DecodeError, KeyError, TypeError):
            pass
        shown = self._shown(text)
        return f": {shown}" if shown else ""

    def _shown(self, text: str) -> str:
        return printable(text.replace(self._key, "…") if self._key else text)[:_ERROR_SHOWN]

    def _hint(self, status: int) -> str:
        if status in (401, 403):
            return f"the key in {KEY} is not accepted" if self._key else f"it wants a key: set {KEY}"
        if 300 <= status < 400:
            return "redirects are not followed: name the address itself"
        if status == 404:
            return f"is the address right, and has it a model {self._place.model!r}?"
        return "try again later" if status in _PASSING else "what it says is about the request that graphrec made"

    def _lost(self, error: Exception | None, request: Request) -> LanguageError:
        """Return the error for an endpoint that is away or breaks off."""
        if not request.left:
            return request.late
        why = "the answer has no end" if error is None else printable(str(error) or type(error).__name__)
        shown = LanguageError(
            f"{self._place.base} does not answer: {why}" if error else f"{self._place.base} broke off: {why}",
            hint="is it running, and [language] model right?",
        )
        return _PassingError(shown, None)


class _PassingError(LanguageError):
    """An error worth another attempt, after ``pause`` seconds if the endpoint named any."""

    def __init__(self, shown: LanguageError, pause: float | None) -> None:
        super().__init__(shown.message, hint=shown.hint)
        self.shown, self.pause = shown, pause


@contextmanager
def _ending(answer: httpx.Response, request: Request) -> Iterator[None]:
    """End the connection when the call is cancelled or too late, though nothing may come from it any more."""
    import socket

    network = answer.extensions.get("network_stream")
    sock = network.get_extra_info("socket") if network is not None else None
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            if (request.cancel.is_set() or not request.left) and sock is not None:
                with suppress(OSError):  # closed already
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)  # that of an SSL socket is for its own thread
                return

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _key() -> str:
    key = os.environ.get("GRAPHREC_LANGUAGE_KEY", "").strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError(f"{KEY} holds characters that no key has", hint="set it to the key alone")
    return key


def _refuse_clear(place: Place) -> None:
    """Refuse to send a key over the public internet without TLS."""
    try:
        found = resolved(place.base, private=True)
    except InputError as error:
        raise ConfigError(f"[language] model: {error.message}", hint=f"such as {EXAMPLE!r}") from error
    if any(is_public(ip) for ip in found.ips):
        raise ConfigError(
            f"[language] model: {place.base} is on the public internet, and the key in {KEY} would go there in clear",
            hint="use https, or unset the key",
        )


def _retry_after(said: str | None) -> float | None:
    """Return the seconds of a Retry-After header, which holds seconds or a date."""
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    if not said:
        return None
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(0.0, (at - datetime.now(UTC)).total_seconds()) if at.tzinfo else None
