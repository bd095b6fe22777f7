"""Locks of open files: the system gives one back when the process that holds it ends, however it ends."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from graphrec.common.private import open_private

#: Seconds between two looks at a lock that another process holds.
LOOK = 0.05


def lock(file: IO[Any]) -> bool | None:
    """Lock an open file until it is closed, or until its last holder ends where a child process inherits it.

    Returns
    -------
    bool or None
        True: locked. False: another process has it. None: this disk has no locks.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return None
    return True


def is_held(path: Path) -> bool:
    """Return whether a process has the lock of a file, or this disk has no locks; no file: nobody has it."""
    try:
        with path.open("r+b") as file:
            return lock(file) is not True
    except FileNotFoundError:
        return False


@contextmanager
def waited_for(path: Path) -> Iterator[None]:
    """Hold the lock of a file, which is made where it is missing; wait for another holder as long as it lives."""
    with open_private(path, "ab") as file:
        while lock(file) is False:
            time.sleep(LOOK)
        yield
