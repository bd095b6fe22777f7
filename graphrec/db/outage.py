"""Wait for a database that is down or busy, and repeat what it did not do."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from graphrec.common.console import note, warn
from graphrec.common.errors import ConnectionLostError, DatabaseError
from graphrec.db.driver_errors import RetryableError

P = ParamSpec("P")
T = TypeVar("T")

#: Seconds for which a query is repeated that met a deadlock or a lock.
_BUSY = 30.0
#: First and longest pause between two tries, in seconds.
_PAUSES = (0.1, 2.0)
#: Most beginnings of what is interrupted each time.
_BEGINNINGS = 5


class Outage:
    """The tries of one query.

    Parameters
    ----------
    wait
        Seconds to wait for a database that is down; 0: the first failure is final.
    """

    def __init__(self, wait: float) -> None:
        self._wait = wait
        self._began: float | None = None
        self._pause = _PAUSES[0]
        self._said = False

    def pause(self, error: RetryableError) -> None:
        """Pause before the next try, and say so.

        Raises
        ------
        DatabaseError
            The time is over.
        """
        now = time.monotonic()
        if self._began is None:
            self._began = now
        wait = self._wait if error.down else _BUSY
        if now - self._began >= wait:
            raise self._over(error) from error
        if error.down and not self._said and self._pause > _PAUSES[0]:  # the first failure may be an old connection
            self._said = True
            warn(f"Neo4j cannot be reached: trying again for up to {wait:g} s (Ctrl-C ends)")
        time.sleep(min(self._pause, wait))
        self._pause = min(2 * self._pause, _PAUSES[1])

    def end(self) -> None:
        """Say that the database is back, if it was away."""
        if self._said and self._began is not None:
            note(f"Neo4j is back after {time.monotonic() - self._began:.0f} s")

    def _over(self, error: RetryableError) -> DatabaseError:
        if not error.down or not self._wait:
            return DatabaseError(error.message, hint=error.hint)
        return DatabaseError(
            f"{error.message}; graphrec waited {self._wait:g} s",
            hint=f"{error.hint or 'start it, then repeat the command'}; [database] wait sets how long to wait",
        )


def repeated(work: Callable[[], T], wait: float) -> T:
    """Return what ``work`` returns; repeat it while the database is down or busy.

    Parameters
    ----------
    work
        Raises :class:`RetryableError` where nothing of it has been written.
    wait
        Seconds to wait for a database that is down.

    Raises
    ------
    DatabaseError
        The query fails, or the time is over.
    """
    outage = Outage(wait)
    while True:
        try:
            found = work()
        except RetryableError as error:
            outage.pause(error)
        else:
            outage.end()
            return found


def restarted(work: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function that can begin again: one that reads by :meth:`Database.stream`, for example.

    It begins again where it loses the connection in the middle.

    Raises
    ------
    ConnectionLostError
        It loses the connection each time.
    """

    @functools.wraps(work)
    def again(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(_BEGINNINGS - 1):
            try:
                return work(*args, **kwargs)
            except ConnectionLostError as error:
                warn(f"{error.message}; beginning again")
        return work(*args, **kwargs)

    return again
