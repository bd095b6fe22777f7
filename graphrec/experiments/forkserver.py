"""Start a process for each training, with only the common imports loaded.

On Linux it is forked from a process that has done the imports: they take longer than many a baseline. Elsewhere each
process repeats the imports: macOS has libraries that a fork breaks, Windows has no fork.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext

FORKS = sys.platform.startswith("linux")


def context() -> ForkServerContext | SpawnContext:
    """Return the context that creates such processes."""
    return multiprocessing.get_context("forkserver") if FORKS else multiprocessing.get_context("spawn")


def prepare() -> None:
    """Start the imports early, if they are done once; calling it again changes nothing.

    Notes
    -----
    Python has one such process for all uses of ``forkserver``. It keeps the environment and the streams of its start.
    """
    if not FORKS:
        return
    from multiprocessing import forkserver

    multiprocessing.set_forkserver_preload(["graphrec.experiments.preloaded"])
    # It must import this graphrec, not a folder of that name in the working directory.
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    with _environment(PYTHONPATH=path, PYTHONSAFEPATH="1"):
        forkserver.ensure_running()


def start(process: BaseProcess) -> None:
    """Start a process created by :func:`context`.

    Ctrl-C is handled while waiting for the imports, and deferred while the work is handed over.

    Raises
    ------
    ConnectionError, EOFError
        The process ended before it began its work.
    """
    if not FORKS:
        process.start()
        return
    prepare()
    first = context().Process(target=int)
    first.start()
    first.join()
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
