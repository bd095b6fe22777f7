"""What a request's line and headers must be before anything reads them."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from starlette.types import Scope

from graphrec.service.problem import ProblemError

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
#: Most parameters of a query: the longest list of items to leave out, and some more.
PARAMETERS = 1_100
#: Most headers.
HEADERS = 100
#: Headers that must not be there twice: readers would take different ones.
_ONCE = frozenset((b"host", b"authorization", b"x-api-key", b"content-type", b"content-length", b"origin"))


def check_request(scope: Scope) -> None:
    """Refuse a request that could be read in two ways, or that is too large to read.

    Raises
    ------
    ProblemError
        400, 404, 405 or 431.
    """
    if scope["method"] not in _METHODS:
        hint = f"use one of {', '.join(sorted(_METHODS))}"
        allow = {"Allow": ", ".join(sorted(_METHODS))}
        raise ProblemError(405, "no such method here", value=scope["method"], place="method", hint=hint, headers=allow)
    headers = scope["headers"]
    if len(headers) > HEADERS:
        raise ProblemError(431, f"more than {HEADERS} headers", place="headers", hint="send fewer")
    seen = [name for name, _ in headers if name in _ONCE]
    if len(seen) > len(set(seen)):
        name = next(one for one in seen if seen.count(one) > 1).decode("latin-1")
        raise ProblemError(400, f"the header {name} is there twice", place=f"header.{name}", hint="send it once")
    if b"host" not in seen and scope["http_version"] == "1.1":
        raise ProblemError(400, "the header Host is missing", place="header.Host", hint="send it")
    query: bytes = scope["query_string"]
    if query.count(b"&") >= PARAMETERS:
        raise ProblemError(400, f"more than {PARAMETERS:,} parameters", place="query", hint="send fewer")
    _check_encoding(scope.get("raw_path") or b"", "path")
    _check_encoding(query, "query")
    if "\0" in scope["path"] and not scope["path"].startswith("/v1/"):  # an id may hold one, a file's name cannot
        raise ProblemError(404, "there is no such file", place="path", hint="leave out %00")


def _check_encoding(given: bytes, place: str) -> None:
    """Refuse what is not UTF-8, which would be read as other text."""
    if b"%" not in given:
        return
    try:
        unquote_to_bytes(given).decode("utf-8")
    except UnicodeDecodeError as error:
        value = given.decode("latin-1")
        raise ProblemError(400, f"the {place} is not UTF-8", value=value, place=place, hint="encode it so") from error
