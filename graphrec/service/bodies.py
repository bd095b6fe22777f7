"""What may be sent in a body: JSON or files, of a limited size, within a limited time."""

from __future__ import annotations

import asyncio
import email.message
from collections.abc import Callable

from anyio import to_thread
from starlette.types import Message, Receive, Scope

from graphrec.config.serve_settings import ServeSettings
from graphrec.service.problem import ProblemError
from graphrec.service.strict_json import check_json

Headers = dict[bytes, bytes]

_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))
#: A body that is too large is read on for so many bytes, so that its sender comes to read the answer.
_LINGER = 4_194_304
#: Bytes of JSON from which it is checked in a thread.
_LONG = 65_536
_CLOSE = {"Connection": "close"}


class Bodies:
    """The rules for bodies.

    Parameters
    ----------
    serve
        The settings.
    uploads
        Tells whether a method of a path takes files.
    """

    def __init__(self, serve: ServeSettings, uploads: Callable[[str, str], bool]) -> None:
        self._serve, self._uploads = serve, uploads

    async def checked(self, scope: Scope, headers: Headers, receive: Receive) -> tuple[Receive, float]:
        """Return what gives the body of a request, and the seconds that are left for the answer.

        JSON has arrived and is sound; files are limited as they arrive.

        Raises
        ------
        ProblemError
            408, 413, 415 or 422.
        """
        length = headers.get(b"content-length", b"0")
        if scope["method"] not in _WITH_BODY or (length == b"0" and b"transfer-encoding" not in headers):
            return receive, self._serve.timeout
        files = self._check_kind(scope, headers)
        most = self._serve.upload if files else self._serve.body
        if int(length) > most + _LINGER:
            raise _too_large(most)
        deadline = asyncio.get_running_loop().time() + self._serve.timeout
        if files:
            return self._limited(receive, most, deadline), 2 * self._serve.timeout
        body = await self._whole(receive, most, deadline)
        if len(body) > _LONG:
            await to_thread.run_sync(check_json, body)
        else:
            check_json(body)
        return _replayed(body, receive), self._serve.timeout

    def _check_kind(self, scope: Scope, headers: Headers) -> bool:
        """Return whether a body holds files.

        Raises
        ------
        ProblemError
            415.
        """
        if headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise _unsupported("compressed bodies are not read", headers, b"content-encoding", "send it as it is")
        given = email.message.Message()
        given["Content-Type"] = headers.get(b"content-type", b"").decode("latin-1")
        kind = given.get_content_type() if given["Content-Type"] else ""
        files = self._uploads(scope["method"], scope["path"])
        if kind != ("multipart/form-data" if files else "application/json"):
            wanted = "multipart/form-data" if files else "application/json"
            raise _unsupported(f"the body must be {wanted}", headers, b"content-type", f"send Content-Type: {wanted}")
        if str(given.get_param("charset", "utf-8")).lower() not in ("utf-8", "utf8"):
            raise _unsupported("text must be in UTF-8", headers, b"content-type", "send it in UTF-8")
        if files and not given.get_param("boundary"):
            raise _unsupported("a boundary is missing", headers, b"content-type", "name the boundary of the parts")
        return files

    async def _whole(self, receive: Receive, most: int, deadline: float) -> bytes:
        body, size, more = bytearray(), 0, True
        while more:
            message = await _received(receive, deadline)
            if message["type"] == "http.disconnect":
                break
            chunk, more = message.get("body", b""), message.get("more_body", False)
            size += len(chunk)
            if size <= most:
                body += chunk
            elif size > most + _LINGER:
                break
        if size > most:
            raise _too_large(most)
        return bytes(body)

    @staticmethod
    def _limited(receive: Receive, most: int, deadline: float) -> Receive:
        size = 0

        async def limited() -> Message:
            nonlocal size
            while True:
                message = await _received(receive, deadline)
                size += len(message.get("body", b""))
                if size <= most or message["type"] == "http.disconnect":
                    return message
                if size > most + _LINGER or not message.get("more_body", False):
                    raise _too_large(most)

        return limited


async def _received(receive: Receive, deadline: float) -> Message:
    try:
        async with asyncio.timeout_at(deadline):
            return await receive()
    except TimeoutError as error:
        hint = "send it without pauses"
        raise ProblemError(408, "the body came too slowly", place="body", hint=hint, headers=_CLOSE) from error


def _replayed(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _too_large(most: int) -> ProblemError:
    return ProblemError(
        413, f"the body has more than {most:,} bytes", place="body", hint="send less at once", headers=_CLOSE
    )


def _unsupported(detail: str, headers: Headers, name: bytes, hint: str) -> ProblemError:
    value = headers.get(name, b"").decode("latin-1")
    return ProblemError(415, detail, value=value, place=f"header.{name.decode().title()}", hint=hint)
