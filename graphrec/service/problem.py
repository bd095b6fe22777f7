"""Errors over HTTP: ``application/problem+json`` (RFC 9457) with the value, its place and the next step."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import Scope

from graphrec.client.models import KIND, Problem
from graphrec.common.console import warn
from graphrec.common.crash_log import write_crash_log
from graphrec.common.errors import (
    BusyError,
    ConfigError,
    ConflictError,
    DatabaseError,
    EncoderError,
    GraphError,
    GraphrecError,
    InputError,
    LeakageError,
    NotFoundError,
    OverloadedError,
    ResourceError,
    ServerError,
    TrainingError,
)
from graphrec.config.settings import Settings
from graphrec.service.invalid import plain_faults

#: Kind of error → status. The first that fits counts.
_STATUS: tuple[tuple[type[GraphrecError], int], ...] = (
    (NotFoundError, 404),
    (OverloadedError, 429),
    (ConflictError, 409),
    (BusyError, 409),
    (DatabaseError, 503),
    (ServerError, 503),
    (ResourceError, 503),
    (InputError, 422),
    (ConfigError, 409),
    (EncoderError, 409),
    (GraphError, 409),
    (LeakageError, 409),
    (TrainingError, 409),
)
#: Seconds after which a client may try again.
_RETRY = "2"
#: Where the middleware leaves the caller in the scope of a request.
CALLER = "graphrec.caller"
MEDIA_TYPE = "application/problem+json"


class ProblemError(HTTPException):
    """An error that a route answers with.

    Parameters
    ----------
    status
        HTTP status.
    detail
        What is wrong, with the value.
    value, place
        The value, and where it was given.
    hint
        The next step.
    headers
        Further headers of the answer.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        value: Any = None,
        place: str | None = None,
        hint: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.value, self.place, self.hint = value, place, hint

    def answer(self) -> Response:
        """Return the problem as an answer."""
        return answer(
            self.status_code, self.detail, value=self.value, place=self.place, hint=self.hint, headers=self.headers
        )


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of a route's errors for OpenAPI; those that every route may give are added."""
    codes = {*statuses, 400, 401, 403, 422, 429, 503}
    return {
        code: {
            "description": HTTPStatus(code).phrase,
            "model": Problem,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for code in sorted(codes)
    }


def answer(
    status: int,
    detail: str,
    *,
    value: Any = None,
    place: str | None = None,
    hint: str | None = None,
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
    kind: str = "about:blank",
) -> Response:
    """Return a problem as an answer."""
    body = {"type": kind, "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    more = {"value": jsonable(value), "place": place, "hint": hint, "errors": errors}
    body |= {name: one for name, one in more.items() if one is not None}
    given = dict(headers or {})
    if status in (429, 503):
        given.setdefault("Retry-After", _RETRY)
    return Response(msgspec.json.encode(body), status, given, MEDIA_TYPE)


def jsonable(value: Any) -> Any:
    """Return a value that was sent, for an error: long texts are cut, and what JSON cannot hold is text."""
    if isinstance(value, str):
        shown = value.encode("utf-8", "backslashreplace").decode()
        return shown if len(shown) <= 200 else shown[:200] + "…"
    if isinstance(value, dict):
        return {str(name): jsonable(one) for name, one in list(value.items())[:20]}
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value if not isinstance(value, int) or abs(value) < 2**63 else str(value)[:200]
    text = str(value)
    return text if len(text) <= 200 else text[:200] + "…"


def status_of(error: GraphrecError) -> int:
    """Return the HTTP status of one of graphrec's errors."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def told(error: GraphrecError, request: Request) -> str:
    """Return what an error says to a caller: where the database is, only the operator learns."""
    service, caller = request.app.state.service, request.scope.get(CALLER)
    operator = "admin" in caller.scopes if caller is not None else service.access.readable and service.access.open
    if not operator and status_of(error) == 503 and not isinstance(error, OverloadedError):
        warn(error.message)
        return "the database does not answer"
    return without_folders(error.message, service.settings)


def _hint(error: GraphrecError, request: Request) -> str | None:
    """Return the next step; who may read one user does not learn the ids of users that are like an unknown one."""
    caller = request.scope.get(CALLER)
    names_users = isinstance(error, NotFoundError) and "user" in request.path_params
    return None if names_users and caller is not None and caller.user is not None else error.hint


def without_folders(text: str, settings: Settings) -> str:
    """Return a message in which files are named without the folders of this machine, which are nobody's business."""
    for folder in (settings.home, settings.runs, settings.root):
        text = text.replace(f"{folder}/", "")
    return text


def add_handlers(app: FastAPI) -> None:
    """Let an app answer every error with a problem."""

    @app.exception_handler(Exception)
    async def _unforeseen(request: Request, error: Exception) -> Response:
        raise error  # the middleware around answers it (graphrec.service.gate)

    @app.exception_handler(ProblemError)
    async def _problem(request: Request, error: ProblemError) -> Response:
        return error.answer()

    @app.exception_handler(GraphrecError)
    async def _own(request: Request, error: GraphrecError) -> Response:
        given = request.path_params or dict(request.query_params) or None
        faults = [
            {"place": f"body.{fault.what}s.{fault.index}", "detail": fault.message, "hint": fault.hint}
            for fault in getattr(error, "faults", ())[:20]
        ]
        return answer(
            status_of(error),
            told(error, request),
            value=given,
            place=faults[0]["place"] if faults else f"{request.method} {route_of(request.scope)}",
            hint=_hint(error, request),
            errors=faults or None,
            headers={"Retry-After": str(error.retry_after)} if isinstance(error, OverloadedError) else None,
            kind=_kind(error),
        )

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        faults = plain_faults(error.errors(), error.body)[:20]
        first = faults[0]
        return answer(
            422,
            first.detail,
            value=jsonable(first.value),
            place=first.place,
            hint=first.hint,
            errors=[one._asdict() | {"value": jsonable(one.value)} for one in faults],
        )

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        if error.status_code in (404, 405):
            place, value, hint = "path", request.url.path, "/v1/openapi.json lists the paths"
        else:  # a form that cannot be read
            place, value, hint = "body", None, "/v1/openapi.json says what is allowed"
        return answer(error.status_code, str(error.detail), value=value, place=place, hint=hint, headers=error.headers)


def unforeseen(error: Exception, scope: Scope) -> Response:
    """Return the answer to an error that nobody foresaw; its traceback goes to a log, without what was asked."""
    method, path = str(scope["method"]), route_of(scope)
    log = write_crash_log(error, [method, path], values=False)
    warn(f"{method} {path}: {type(error).__name__}, not foreseen; see {log or 'no log'}")
    return answer(500, "graphrec did not expect this", hint="the operator finds a log beside the service's own")


def _kind(error: GraphrecError) -> str:
    """Return the type of a problem: the error of :mod:`graphrec.common.errors` that clients may raise for it."""
    own = next(kind for kind in type(error).__mro__ if kind.__module__ == GraphrecError.__module__)
    return f"{KIND}{own.__name__}"


def route_of(scope: Scope) -> str:
    """Return the path of a request's route with its parameters' names, never their values; ``page`` for its files."""
    path: str = getattr(scope.get("route"), "path", "")
    return _template(path, scope["path"].startswith("/v1/"))


@functools.cache
def _template(path: str, versioned: bool) -> str:
    """Return a route's path as OpenAPI writes it; FastAPI's routes do not know what they are included under."""
    plain = re.sub(r":\w+\}", "}", path) or "page"
    return f"/v1{plain}" if versioned and plain.startswith("/") and not plain.startswith("/v1/") else plain
