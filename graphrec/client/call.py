"""A call of the service as a value, and methods that describe one and let their client make it."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, cast, overload
from urllib.parse import quote

from pydantic import BaseModel

if TYPE_CHECKING:
    import httpx

#: An id as it is typed or stored; of a composite key, its values.
AnyId = int | str | Sequence[int | str]
T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
P = ParamSpec("P")


@dataclass(frozen=True)
class Call(Generic[T]):
    """One call.

    Attributes
    ----------
    method, path
        HTTP method, and path with its ids quoted (:func:`segment`).
    read
        Answer → what the method returns.
    params, body, form, files
        Query, JSON body, and fields and files of a form; None is left out of the query.
    repeatable
        Whether the call may be made again when its answer is lost.
    accepts
        Statuses that are answers, besides 2xx.
    """

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    form: Mapping[str, str] | None = None
    files: Mapping[str, tuple[str, bytes]] | None = None
    repeatable: bool = True
    accepts: frozenset[int] = frozenset()

    def request(self) -> dict[str, Any]:
        """Return the arguments of ``httpx.Client.request``."""
        params = {name: value for name, value in self.params.items() if value is not None}
        more = {"json": self.body, "data": self.form, "files": self.files}
        return {"method": self.method, "url": self.path, "params": params} | {
            name: value for name, value in more.items() if value is not None
        }


class Blocking:
    """A client whose methods return answers."""

    def _make(self, call: Call[T]) -> T:
        raise NotImplementedError


class Awaiting:
    """A client whose methods return coroutines of answers."""

    async def _make(self, call: Call[T]) -> T:
        raise NotImplementedError


class Operation(Generic[P, T]):
    """The type of a method made by :func:`operation`, as type checkers see it."""

    @overload
    def __get__(self, client: Blocking, owner: Any = None) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: Awaiting, owner: Any = None) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, client: Any, owner: Any = None) -> Any:
        """Return the method of a client."""
        raise NotImplementedError


def operation(describe: Callable[Concatenate[Any, P], Call[T]]) -> Operation[P, T]:
    """Return a method that makes the call which ``describe`` returns: at once, or awaited, as its client does."""

    @wraps(describe)
    def method(client: Any, *args: P.args, **kwargs: P.kwargs) -> Any:
        return client._make(describe(client, *args, **kwargs))

    return cast(Operation[P, T], method)


def model(kind: type[M]) -> Callable[[httpx.Response], M]:
    """Return what reads an answer as a model."""
    return lambda response: kind.model_validate_json(response.content)


def typed(value: AnyId) -> str:
    """Return an id as text; a composite key is its JSON text."""
    if isinstance(value, int | str):
        return str(value)
    return json.dumps(list(value), ensure_ascii=False, separators=(",", ":"))


def segment(value: AnyId) -> str:
    """Return an id as a part of a path.

    >>> segment("AC/DC"), segment(["acme", 7]), segment("..")
    ('AC%2FDC', '%5B%22acme%22%2C7%5D', '%2E%2E')
    """
    quoted = quote(typed(value), safe="")
    return quoted if quoted.strip(".") else quoted.replace(".", "%2E")
