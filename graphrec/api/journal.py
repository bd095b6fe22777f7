"""The one place where calls of the Python API are written down in the journal; which of them touch people's data."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from types import FunctionType
from typing import Any, ParamSpec, TypeVar

from graphrec.config.settings import Settings
from graphrec.journal.recording import Kind, Recording, has_anything, recorded

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound=type)

#: Method of :class:`graphrec.Recommender` → what it does to people's data; None: it touches none. One that is missing
#: here counts as ``write``.
CALLS: dict[str, Kind | None] = {
    "load": "write",
    "inspect": "read",
    "embed": "derive",
    "fit": "derive",
    "publish": "write",
    "rollback": "write",
    "chat": "read",
    "update": "write",
    "forget": "remove",
    "recommend": "read",
    "similar_items": None,
    "search": "read",
    "explain": "read",
    "explanation": "read",
    "write": "read",
    "what_if": "read",
    "evidence": "read",
    "close": None,
}
#: Parameters that name people.
_USERS = ("user", "users")


def journaled_calls(cls: C) -> C:
    """Let the public methods of an open graph be written down when they are called, apart from those of nobody."""
    for name, member in list(vars(cls).items()):
        if isinstance(member, FunctionType) and not name.startswith("_"):
            kind = CALLS.get(name, "write")
            if kind is not None:
                setattr(cls, name, _written_down(member, name, kind))
    return cls


def _written_down(method: Callable[P, R], name: str, kind: Kind) -> Callable[P, R]:
    signature = inspect.signature(method)

    @wraps(method)
    def call(*args: P.args, **named: P.kwargs) -> R:
        given = signature.bind(*args, **named).arguments
        settings: Settings = given["self"].settings
        users = [one for name in _USERS for one in _several(given.get(name))]
        with recorded(Recording(name, kind, "python", users), settings, wait=not has_anything(settings)):
            return method(*args, **named)

    return call


def _several(users: Any) -> Iterable[object]:
    """Return the ids in an argument that takes one or several; a composite id is a tuple."""
    if users is None or isinstance(users, str | int | float | tuple) or not isinstance(users, Iterable):
        return [users]
    return list(users)
