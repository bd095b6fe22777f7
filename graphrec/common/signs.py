"""Signs of life where no progress bar is drawn: a line for a stage that takes long, and one every now and then.

The lines are log records of level INFO, so nothing is said with ``--quiet``, or in Python until logging is configured.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from graphrec.common.printable import printable

LOGGER = logging.getLogger("graphrec")
#: Seconds before the first line: most stages are over by then.
FIRST = 5.0
#: Seconds between two lines.
EVERY = 20.0


@contextmanager
def signs(describe: Callable[[], str]) -> Iterator[None]:
    """Log what ``describe`` returns after :data:`FIRST` seconds, and then every :data:`EVERY` seconds.

    A line that would be the same as the last one says for how long the stage has taken.
    """
    if not LOGGER.isEnabledFor(logging.INFO):
        yield
        return
    ended = Event()

    def speak() -> None:
        wait, last, began = FIRST, "", time.monotonic()
        while not ended.wait(wait):
            message = describe()
            if message:
                taken = f", {time.monotonic() - began:.0f} s so far" if message == last else ""
                LOGGER.info(printable(message + taken))
                last = message
            wait = EVERY

    thread = Thread(target=speak, name="signs of life", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
