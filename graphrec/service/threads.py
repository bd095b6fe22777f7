"""The threads that answer: how many requests may wait for one."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from anyio import to_thread

from graphrec.service.problem import ProblemError

#: Most requests that wait for a thread; there are 40 threads. What comes on top is refused at once.
WAITING = 100
P = ParamSpec("P")
T = TypeVar("T")


def require_room() -> None:
    """Refuse a request where too many wait for a thread.

    Raises
    ------
    ProblemError
        503.
    """
    limiter = to_thread.current_default_thread_limiter()
    if limiter.available_tokens < 1 and limiter.statistics().tasks_waiting >= WAITING:
        raise ProblemError(503, "the service has more requests than it can answer", hint="try again in a moment")


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return the result of a function that is called in a thread.

    Raises
    ------
    ProblemError
        503: too many requests wait for one.
    """
    require_room()
    return await to_thread.run_sync(lambda: function(*args, **kwargs))
