"""Hold a Ctrl-C back where it would do harm, and repeat one that Python would lose.

In the middle of a message, an interrupt leaves a connection to Neo4j out of step: the driver then waits for an answer
that never comes. And Python ignores a ``KeyboardInterrupt`` that is raised in an object's finaliser.
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
    from types import FrameType

#: Seconds for which :func:`held_back` lets the block go on.
GRACE = 1.0

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


@contextmanager
def held_back() -> Iterator[None]:
    """Hold a Ctrl-C back until the block ends, at most :data:`GRACE` seconds; a second one acts at once.

    A block that goes on is interrupted where it stands, again every :data:`GRACE` seconds until it has ended: its own
    cleaning up may hang. Does nothing outside the main thread, or where the caller handles Ctrl-C in its own way.

    Raises
    ------
    KeyboardInterrupt
        There was a Ctrl-C.
    """
    if threading.current_thread() is not threading.main_thread():  # only there are signals handled
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:
        yield
        return
    held = _Held()
    signal.signal(signal.SIGINT, held.handle)
    try:
        yield
    finally:
        held.end()
        signal.signal(signal.SIGINT, before)
    if held.asked:
        raise KeyboardInterrupt


class _Held:
    """Handles the interrupts that come during a block."""

    def __init__(self) -> None:
        self.asked = False
        self._ended = False
        self._change = threading.Condition()

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Note the first interrupt, and raise the others."""
        if self._ended:
            self.asked = True
        elif self.asked:
            raise KeyboardInterrupt
        else:
            self.asked = True
            threading.Thread(target=self._insist, daemon=True).start()

    def end(self) -> None:
        """Send no more interrupts."""
        self._ended = True
        with self._change:
            self._change.notify()

    def _insist(self) -> None:
        with self._change:
            while not self._change.wait_for(lambda: self._ended, GRACE):
                _send()


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
