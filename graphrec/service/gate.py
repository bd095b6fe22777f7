"""What every request passes before its route: who calls, what may be sent, and how long it may take.

Plain ASGI, without tasks or queues of its own: a request that is refused costs little, and one that is not costs
microseconds (docs/decisions/0041-service-security.md has the figures).
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphrec.common.errors import GraphrecError
from graphrec.service.access import Caller
from graphrec.service.bodies import Bodies
from graphrec.service.browsers import SECURITY_HEADERS, Browsers
from graphrec.service.problem import CALLER, ProblemError, answer, route_of, unforeseen, without_folders
from graphrec.service.rate import Rate
from graphrec.service.request_line import check_request

if TYPE_CHECKING:
    from graphrec.config.settings import Settings
    from graphrec.service.access import Access

#: Paths below this one need a caller; the description of the API does not.
_GUARDED, _OPEN = "/v1/", "/v1/openapi.json"
_LIVE, _PROBES = "/health/live", ("/health/", "/metrics")
#: What measures and log call requests that reach no route.
_REFUSED = SimpleNamespace(path="refused")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Gate:
    """Middleware that refuses what must not reach a route, and finishes every answer.

    Parameters
    ----------
    app
        What it guards.
    settings
        The project's settings.
    uploads
        Tells whether a method of a path takes files.
    log
        Whether to write a line of JSON to stderr about each request.
    """

    def __init__(
        self, app: ASGIApp, settings: Settings, uploads: Callable[[str, str], bool], log: bool = False
    ) -> None:
        serve = settings.serve
        self.app, self._settings, self._log = app, settings, log
        self._rate, self._browsers = Rate(serve.rate), Browsers(serve.cors)
        self._bodies = Bodies(serve, uploads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # a WebSocket
            await send({"type": "websocket.close", "code": 1008})
            return
        began = time.perf_counter()
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given if _REQUEST_ID.fullmatch(given) else b"%016x" % random.getrandbits(64)
        out = _Answer(scope, send, [(b"x-request-id", request_id), *self._browsers.allowed(headers)])
        timer = None
        try:
            early = self._early(scope, headers)
            if early is not None:
                await early(scope, receive, out.send)
                return
            receive, seconds = await self._bodies.checked(scope, headers, receive)
            timer = asyncio.get_running_loop().call_later(seconds, out.expire, seconds)
            await self.app(scope, receive, out.send)
        except ProblemError as problem:
            scope.setdefault("route", _REFUSED)
            await out.fail(problem.answer())
        except GraphrecError as error:  # of the keys: nobody gets in
            await out.fail(answer(503, without_folders(error.message, self._settings), hint=error.hint))
        except Exception as error:
            await out.fail(unforeseen(error, scope))
        finally:
            if timer is not None:
                timer.cancel()
            await out.ended()
            if self._log:
                self._note(scope, out.status, began, request_id)

    def _early(self, scope: Scope, headers: dict[bytes, bytes]) -> Response | None:
        """Return the answer to a browser's question, refuse what must not go on, and note the caller.

        Raises
        ------
        ProblemError
            The request is refused.
        """
        check_request(scope)
        asked = self._browsers.preflight(scope, headers)
        if asked is not None:
            return asked
        path = scope["path"]
        if path == _LIVE:
            return None
        access: Access = scope["app"].state.service.access
        caller: Caller | None = None
        refused: ProblemError | None = None
        if path.startswith(_GUARDED) and path != _OPEN:
            try:
                caller = scope[CALLER] = access.caller(headers)
            except ProblemError as problem:
                refused = problem
        probe = path.startswith(_PROBES)  # they have a bucket of their own, and work while the keys cannot be read
        if not caller.key_id if caller else not probe and refused is None and access.open:
            self._browsers.check(scope, headers)
        client = scope.get("client")
        address = client[0] if client else ""
        bucket = caller.bucket if caller and caller.key_id else f"probe {address}" if probe else address
        seconds = self._rate.wait(bucket)
        if seconds:
            raise ProblemError(
                429, "too many requests", hint=f"try again in {seconds} s", headers={"Retry-After": str(seconds)}
            )
        if refused is not None:
            raise refused
        return None

    @staticmethod
    def _note(scope: Scope, status: int, began: float, request_id: bytes) -> None:
        caller: Caller | None = scope.get(CALLER)
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "method": scope["method"],
            "route": route_of(scope),
            "status": status,
            "ms": round(1_000 * (time.perf_counter() - began), 1),
            "key": caller.name if caller else "",
            "request_id": request_id.decode(),
        }
        if sys.stderr is not None:
            sys.stderr.write(json.dumps(line) + "\n")


class _Answer:
    """The answer to a request, which begins once: by the route, by its failure, or by the end of its time."""

    __slots__ = ("_headers", "_late", "_message", "_scope", "_send", "_task", "status")

    def __init__(self, scope: Scope, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        self._scope, self._send, self._headers = scope, send, headers
        self._late = False
        self._task: asyncio.Task[None] | None = None
        self.status = 0

    async def send(self, message: Message) -> None:
        """Send a message of the route, unless its time was over."""
        if self._late:
            return
        await self._pass(message)

    async def _pass(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
            names = {name for name, _ in own}
            path: str = self._scope["path"]
            if b"cache-control" not in names:
                own.append((b"cache-control", b"no-store" if path.startswith(_GUARDED) else b"no-cache"))
            message = {**message, "headers": [*own, *SECURITY_HEADERS, *self._headers]}
        await self._send(message)

    def expire(self, seconds: float) -> None:
        """Answer that it takes too long; the work goes on until it ends, as threads cannot be stopped."""
        if self.status == 0:
            self._late = True
            late = answer(503, f"no answer within {seconds:g} s", hint="try again, or ask for less")
            self._task = asyncio.get_running_loop().create_task(late(self._scope, _nothing, self._pass))

    async def fail(self, problem: Response) -> None:
        """Answer with a problem, if no answer has begun."""
        if self.status == 0 and not self._late:
            await problem(self._scope, _nothing, self._pass)

    async def ended(self) -> None:
        """Wait until the answer that it takes too long is sent."""
        if self._task is not None:
            await self._task


async def _nothing() -> Any:
    return {"type": "http.disconnect"}
