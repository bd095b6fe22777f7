"""Repeat a Ctrl-C that Python would lose.

Python ignores a ``KeyboardInterrupt`` that is raised in an object's finaliser. The driver closes its sessions in one
after each query, so a long publish could miss an interrupt.
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

#: Seconds after which the interrupt is sent again, when the object is gone.
_LATER = 0.05


@contextmanager
def interruptible() -> Iterator[None]:
    """Within the block, send a Ctrl-C again if an object's finaliser swallowed it."""
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
    """Send the interrupt to the main thread, so that it also ends a system call there."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:  # Windows
        import _thread

        _thread.interrupt_main()


def interrupted_by(error: BaseException | None) -> KeyboardInterrupt | None:
    """Return the Ctrl-C that caused an error, or None.

    Interrupted code may raise another error: a connection cut in the middle of a message when it is closed, or a
    compiled library during its import. That error would hide the interrupt.
    """
    if error is None or isinstance(error, KeyboardInterrupt):
        return error
    return interrupted_by(error.__cause__) or interrupted_by(error.__context__)
