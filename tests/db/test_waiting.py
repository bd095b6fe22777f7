"""How long is waited for a database, and what is said; the outage itself is in ``tests/updating/test_outage.py``."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from graphrec.common.errors import ConnectionLostError, DatabaseError
from graphrec.db.driver_errors import RetryableError
from graphrec.db.outage import repeated, restarted


def failing(times: int, error: DatabaseError) -> Callable[[], int]:
    """Return what fails so many times, and then returns how often it was called."""
    calls = 0

    def work() -> int:
        nonlocal calls
        calls += 1
        if calls <= times:
            raise error
        return calls

    return work


DOWN = RetryableError("Neo4j cannot be reached: refused", hint="is the server running?", down=True)


def test_it_is_repeated_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    assert repeated(failing(1, DOWN), 5) == 2  # an old connection: nothing to say
    assert caplog.messages == []
    assert repeated(failing(3, DOWN), 5) == 4
    first, last = caplog.messages
    assert first == "Neo4j cannot be reached: trying again for up to 5 s (Ctrl-C ends)"
    assert last.startswith("Neo4j is back after ")


def test_the_time_is_limited() -> None:
    with pytest.raises(DatabaseError, match=r"refused; graphrec waited 0\.05 s") as over:
        repeated(failing(9, DOWN), 0.05)
    assert "[database] wait sets how long to wait" in str(over.value.hint)
    with pytest.raises(DatabaseError) as at_once:
        repeated(failing(1, DOWN), 0)
    assert at_once.value.message == DOWN.message
    assert repeated(failing(1, RetryableError("deadlock")), 0) == 2
    with pytest.raises(DatabaseError, match="wrong"):
        repeated(failing(1, DatabaseError("wrong")), 5)


def test_what_is_cut_off_each_time_ends() -> None:
    lost = ConnectionLostError("lost in the middle")
    assert restarted(failing(4, lost))() == 5
    with pytest.raises(ConnectionLostError):
        restarted(failing(5, lost))()
