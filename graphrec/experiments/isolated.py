"""Run each training in its own process, so that its peak memory can be measured."""

from __future__ import annotations

import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from graphrec.common.console import LOGGER, Verbosity, set_verbosity, verbosity
from graphrec.common.errors import GraphrecError, TrainingError
from graphrec.experiments.forkserver import context, start

Result = TypeVar("Result")
_STDOUT, _STDERR = 1, 2


def apart(work: Callable[..., Result], *arguments: Any, **options: Any) -> tuple[Result, int | None]:
    """Return the result of a module-level function run in its own process, and the peak memory of that process.

    Its log records are forwarded.

    Raises
    ------
    GraphrecError
        Any graphrec error raised in the process.
    TrainingError
        The process died, or a library raised an error in it.
    """
    make = context()
    receiver, sender = make.Pipe(duplex=False)
    deaf = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    process = make.Process(target=_answer, args=(sender, work, arguments, options, deaf, verbosity()))
    try:
        start(process)
    except (ConnectionError, EOFError):
        raise TrainingError("its process ended before it began: was there enough memory?") from None
    sender.close()  # so that a dead process is noticed by its closed end
    try:
        while isinstance(answer := receiver.recv(), logging.LogRecord):
            logging.getLogger(answer.name).handle(answer)
    except EOFError:
        process.join()
        code = process.exitcode or 0
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        raise TrainingError(f"its process {how}: was there enough memory?") from None
    finally:
        receiver.close()
        if process.is_alive():  # interrupted at work; after its answer it has nothing left to do
            process.terminate()
        process.join()
    if isinstance(answer, GraphrecError):
        raise answer
    result: tuple[Result, int | None] = answer
    return result


class _Sender(logging.Handler):
    """Sends log records to the parent."""

    def __init__(self, sender: Connection) -> None:
        super().__init__()
        self._sender = sender

    def emit(self, record: logging.LogRecord) -> None:
        self._sender.send(record)


def own_peak(status: Path = Path("/proc/self/status")) -> int | None:
    """Return the peak memory of this process, in bytes; None if the system does not report it.

    On Linux ``ru_maxrss`` of a child includes what its parent held at its creation; ``VmHWM`` does not.
    """
    if status.is_file():
        # Not every kernel with this file writes the line.
        line = next((line for line in status.read_text().splitlines() if line.startswith("VmHWM")), None)
        return None if line is None else int(line.split()[1]) * 1024
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _answer(
    sender: Connection,
    work: Callable[..., Any],
    arguments: Sequence[Any],
    options: dict[str, Any],
    deaf: bool,
    told: Verbosity,
) -> None:
    """Do the work in this process; send log records, then the result or the error.

    It ignores Ctrl-C (``deaf``) if the parent does.
    """
    set_verbosity(told)
    LOGGER.addHandler(_Sender(sender))
    if deaf:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(_STDERR, _STDOUT)  # libraries print here: stdout is for results
    answer: tuple[Any, int | None] | GraphrecError
    try:
        answer = work(*arguments, **options), own_peak()
    except GraphrecError as error:
        answer = error
    except KeyboardInterrupt:  # the parent is interrupted too, and reports it
        sys.exit(130)
    except Exception as error:  # no library error may end the whole comparison
        traceback.print_exc()
        answer = TrainingError(f"{type(error).__name__}: {error}")
    sender.send(answer)
