"""The processes of the service: how they end, and what ends them.

SIGTERM, SIGINT and SIGHUP end the service with its requests answered, within :data:`GRACE` seconds; a signal that was
ignored before (``nohup``) stays so. No process outlives the one that was started.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from graphrec.common.errors import ServiceError

#: Seconds for requests in progress when the service is stopped.
GRACE = 10
#: Seconds, after that, for threads that still wait for something.
_LEFT = 5
#: Seconds for a process to say that it lives; loading a library on a busy machine takes some.
HEALTH = 60
_HANG_UP = getattr(signal, "SIGHUP", signal.SIGTERM)


def end_on_request() -> None:
    """Let SIGTERM end this process with exit code 0, also before it serves and as the first one of a container."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))


def end_with_parent() -> None:
    """End this process, if it is a worker, when the one that started it is gone; it may have been killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), name="parent", daemon=True).start()


def _end_after(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def run_one(config: uvicorn.Config, listening: socket.socket) -> None:
    """Serve in this process.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C.
    """
    server = _Server(config)
    server.run(sockets=[listening])
    if server.ended_by == signal.SIGINT:
        raise KeyboardInterrupt


def run_several(config: uvicorn.Config, listening: socket.socket, look: Callable[[], None]) -> None:
    """Serve in as many processes as ``config.workers``; one that ends is replaced.

    Parameters
    ----------
    config, listening
        How and where they serve.
    look
        Called twice a second, and before a process is replaced.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C.
    ServiceError
        A process could not begin to serve.
    """
    workers = _Workers(config, [listening], look)
    workers.run()
    if any(worker.exitcode == STARTUP_FAILURE for worker in workers.processes):
        raise ServiceError("a process of the service could not start", hint="see above; `graphrec serve --workers 1`")
    if workers.interrupted:
        raise KeyboardInterrupt


class _Server(uvicorn.Server):
    """uvicorn's server; a signal that has ended it is not raised again, so that the exit code is this program's."""

    ended_by: int | None = None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle the signals that end the service while it runs."""
        ending = {signal.SIGINT, signal.SIGTERM, *([] if _hang_up_ignored() else [_HANG_UP])}
        before = {number: signal.signal(number, self.handle_exit) for number in ending}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end."""
        if self.ended_by is None:
            self.ended_by = sig
            last = threading.Timer(GRACE + _LEFT, os._exit, [0])
            last.daemon = True
            last.start()
        super().handle_exit(sig, frame)


class _Workers(Multiprocess):
    """uvicorn's supervisor of processes; it ends on SIGHUP too, and waits for none of them without end."""

    interrupted = False

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket], look: Callable[[], None]) -> None:
        ignored, self._look = _hang_up_ignored(), look
        super().__init__(config, sockets)
        if ignored:
            signal.signal(_HANG_UP, signal.SIG_IGN)

    def handle_int(self) -> None:
        """Note Ctrl-C."""
        self.interrupted = True
        super().handle_int()

    def handle_hup(self) -> None:
        """End, as the terminal is gone; uvicorn would start the processes anew."""
        self.handle_term()

    def keep_subprocess_alive(self) -> None:
        """Replace the processes that have ended."""
        self._look()
        super().keep_subprocess_alive()

    def terminate_all(self) -> None:
        """Let the processes end, and refuse new connections at once."""
        for listening in self.sockets:
            listening.close()
        super().terminate_all()

    def join_all(self) -> None:
        """Wait for the processes, and kill those that do not end."""
        until = time.monotonic() + GRACE + _LEFT
        for worker in self.processes:
            worker.process.join(max(0.0, until - time.monotonic()))
            if worker.process.is_alive():
                worker.kill()
            worker.join()


def _hang_up_ignored() -> bool:
    return signal.getsignal(_HANG_UP) is signal.SIG_IGN
