"""Ctrl-C that Python would lose.

A ``KeyboardInterrupt`` that comes while an object is being removed ends there: Python says that it ignored it, and goes
on. The driver's sessions say goodbye in just that way, one after each query, so a long publish may be deaf for once.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

#: Seconds after which it is sent again: the object is gone then.
_LATER = 0.05


@contextmanager
def interruptible() -> Iterator[None]:
    """Send a Ctrl-C again that was lost in the removal of an object, for as long as the block lasts."""
    before = sys.unraisablehook

    def hook(lost: UnraisableHookArgs) -> None:
        if issubclass(lost.exc_type, KeyboardInterrupt):
            threading.Timer(_LATER, _send).start()
        else:
            before(lost)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before


def _send() -> None:
    """Send it to the main thread, so that a system call there ends too."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:  # Windows
        import _thread

        _thread.interrupt_main()


def interrupted_by(error: BaseException | None) -> KeyboardInterrupt | None:
    """Return the Ctrl-C that led to an error, in whatever way; None where none did.

    What is interrupted may fail in its own way: a connection that is left in the middle of a message raises when it is
    closed, a compiled library that is being imported says that it cannot be. That error would take the interrupt's
    place.
    """
    if error is None or isinstance(error, KeyboardInterrupt):
        return error
    return interrupted_by(error.__cause__) or interrupted_by(error.__context__)
