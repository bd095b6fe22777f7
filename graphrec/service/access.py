"""Who may call what: the caller of a request and its scopes."""

from __future__ import annotations

import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Request

from graphrec.common.errors import ConfigError
from graphrec.config.ids import same_id
from graphrec.config.roles import NodeRole
from graphrec.config.settings import Settings
from graphrec.credentials.keys import SCOPES, Keys, Scope
from graphrec.credentials.tokens import PREFIX as TOKEN
from graphrec.credentials.tokens import Claims, Tokens
from graphrec.pseudonyms.door import Door, open_door
from graphrec.service.addresses import is_loopback
from graphrec.service.journal import written_down
from graphrec.service.problem import CALLER, ProblemError
from graphrec.service.threads import require_room


class Caller(NamedTuple):
    """Who calls.

    Attributes
    ----------
    name
        Name of the key; empty: nobody has to show one.
    scopes
        What it may do; ``admin`` includes the others.
    user
        Id of the only user that it may read and send events for; None: all.
    users
        Role of the users' nodes, by which ids are compared.
    key_id
        What tokens name the key by.
    until
        When the token that was shown ends, epoch seconds; None: a key was shown.
    door
        Makes pseudonyms of ids, where the project has a key of them; ``user`` is one then.
    """

    name: str
    scopes: frozenset[Scope]
    user: int | str | list[Any] | None = None
    users: NodeRole | None = None
    key_id: str = ""
    until: int | None = None
    door: Door = Door()

    def own_key(self, key: str | None) -> str | None:
        """Return the key of an event as it is stored: one that somebody sends for themselves takes no other's place."""
        return key if key is None or self.user is None else f"{self.user}/{key}"

    def require_user(self, user: Any, place: str = "path.user") -> None:
        """Refuse another user than the caller's own, if it has one.

        Parameters
        ----------
        user
            Id as given, in any of its forms; None: nobody.
        place
            Where it was given.

        Raises
        ------
        ProblemError
            403.
        """
        if self.user is not None and (user is None or not same_id(self.door.user(user), self.user, self.users)):
            hint = "ask for the user that it was made for, or use a key without a user"
            told = (
                user if self.door.pseudonyms is None else None
            )  # a pseudonym by now, which is not the caller's to know
            raise ProblemError(
                403, "this key is for one user, and not for this one", value=told, place=place, hint=hint
            )

    @property
    def bucket(self) -> str:
        """Whose requests are counted together."""
        return self.name if self.user is None else f"{self.name} {self.user!r}"


#: The operator on this machine, where there are no keys.
ANYBODY = Caller("", frozenset(SCOPES))


class Access:
    """The keys and the tokens of the service.

    Parameters
    ----------
    settings
        The project's settings. Without keys everybody may do everything where only this machine reaches the service,
        and nobody anything elsewhere.
    keyed
        Whether another process of the service has seen a key.
    """

    def __init__(self, settings: Settings, keyed: bool = False) -> None:
        folder: Path = settings.home / "service"
        self.keys, self.tokens = Keys(folder), Tokens(folder, settings.graph.user)
        self.keys.used = keyed
        self._loopback = is_loopback(settings.serve.host)
        self._users = settings.graph.user
        self._door = open_door(settings)
        self.readable  # noqa: B018  # looks for keys
        with suppress(ConfigError):  # whoever shows a token is told
            self.tokens.tidy()

    @property
    def open(self) -> bool:
        """Whether nobody has to show a key: where only this machine calls, and there was no key since the start.

        A key that is removed, or a file that is lost, opens nothing while the service runs.

        Raises
        ------
        ConfigError
            The keys cannot be read.
        """
        return self._loopback and not self.keys.all() and not self.keys.used

    @property
    def readable(self) -> bool:
        """Whether the keys can be read."""
        try:
            self.keys.all()
        except ConfigError:
            return False
        return True

    def caller(self, headers: Mapping[bytes, bytes]) -> Caller:
        """Return the caller of a request.

        Raises
        ------
        ProblemError
            401: it shows no key that holds.
        ConfigError
            The keys cannot be read.
        """
        shown = _shown(headers)
        if shown is None:
            if self.open:
                return ANYBODY
            raise _unauthorized(
                "a key is needed", "send `Authorization: Bearer KEY`; `graphrec serve keys add` makes one"
            )
        caller = self._of_token(shown) if shown.startswith(f"{TOKEN}.") else self._of_key(shown)
        if caller is None:
            raise _unauthorized("the key is unknown or has expired", "`graphrec serve keys add` makes one")
        return caller

    def _of_key(self, text: str) -> Caller | None:
        key = self.keys.find(text)
        return (
            None
            if key is None
            else Caller(key.name, frozenset(key.scopes), key.user, self._users, key.id, None, self._door)
        )

    def _of_token(self, text: str) -> Caller | None:
        claims = self.tokens.check(text)
        if claims is None:
            return None
        key = self.keys.by_id(claims.key)
        if key is None and not (claims.key == "" and self.open):
            return None
        name = "" if key is None else key.name
        return Caller(name, frozenset(claims.scopes), claims.user, self._users, claims.key, claims.expires, self._door)

    def token(self, caller: Caller, user: int | str | list[Any], scopes: tuple[Scope, ...], expires: int) -> str:
        """Return a token for one user; it ends with the key of its caller."""
        return self.tokens.sign(Claims(user, scopes, expires, caller.key_id, time.time()))


async def _caller(request: Request) -> Caller:
    known: Caller | None = request.scope.get(CALLER)
    if known is None:  # the middleware was not asked
        known = request.app.state.service.access.caller(dict(request.scope["headers"]))
    return known


def requires(scope: Scope) -> Callable[..., Awaitable[Caller]]:
    """Return a dependency that refuses callers without a scope, and calls that wait too long for a thread."""

    async def check(request: Request, caller: Annotated[Caller, Depends(_caller)]) -> Caller:
        if scope not in caller.scopes and "admin" not in caller.scopes:
            raise ProblemError(403, f"the key {caller.name!r} lacks the scope {scope!r}", hint="use a key that has it")
        if not inspect.iscoroutinefunction(request.scope.get("endpoint")):
            require_room()
        return caller

    return check


def _shown(headers: Mapping[bytes, bytes]) -> str | None:
    """Return the key that a request shows; None: none."""
    given = headers.get(b"authorization")
    if given is None:
        given = headers.get(b"x-api-key")
        return None if given is None else given.decode("latin-1").strip()
    scheme, _, text = given.decode("latin-1").strip().partition(" ")
    if scheme.lower() != "bearer":
        raise _unauthorized("the scheme of Authorization is not Bearer", "send `Authorization: Bearer KEY`")
    return text.strip()


def _unauthorized(detail: str, hint: str) -> ProblemError:
    return ProblemError(
        401, detail, place="header.Authorization", hint=hint, headers={"WWW-Authenticate": 'Bearer realm="graphrec"'}
    )


Reader = Annotated[Caller, Depends(requires("read"))]
Sender = Annotated[Caller, Depends(requires("events"))]


async def _administrator(
    request: Request, caller: Annotated[Caller, Depends(requires("admin"))]
) -> AsyncIterator[Caller]:
    """Return a caller with the scope ``admin``, whose call is written down in the journal."""
    async with asynccontextmanager(written_down)(request, caller.name):
        yield caller


Admin = Annotated[Caller, Depends(_administrator)]
