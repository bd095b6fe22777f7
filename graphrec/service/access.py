"""Who may call what: the caller of a request and its scopes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal, NamedTuple, get_args

from fastapi import Depends, Request

from graphrec.service.problem import ProblemError

Scope = Literal["read", "events", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)


class Caller(NamedTuple):
    """Who calls: the name of the key, its scopes, and the only user it may read, if any."""

    name: str
    scopes: frozenset[Scope]
    user: str | None = None

    def require_user(self, user: str) -> None:
        """Refuse another user than the key's own.

        Raises
        ------
        ProblemError
            403.
        """
        if self.user is not None and user != self.user:
            raise ProblemError(403, "this key reads one user, and not this one", place="path.user", hint="use its own")


#: The operator on this machine, where there are no keys.
ANYBODY = Caller("", frozenset(SCOPES))


def _caller(request: Request) -> Caller:
    found: Caller = request.app.state.service.access.caller(request)
    return found


def requires(scope: Scope) -> Callable[..., Caller]:
    """Return a dependency that refuses callers without a scope; ``admin`` includes the others."""

    def check(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
        if scope not in caller.scopes and "admin" not in caller.scopes:
            raise ProblemError(403, f"the key {caller.name!r} lacks the scope {scope!r}", hint="use a key that has it")
        return caller

    return check


class Access:
    """The keys of the service."""

    def caller(self, request: Request) -> Caller:
        """Return the caller of a request."""
        return ANYBODY


Reader = Annotated[Caller, Depends(requires("read"))]
Sender = Annotated[Caller, Depends(requires("events"))]
Admin = Annotated[Caller, Depends(requires("admin"))]
