"""Progress for a program: the file that ``GRAPHREC_PROGRESS_FILE`` names says how far this command has come.

It holds one JSON object, ``{"what": "links", "done": 2000, "total": 6040}``, and is replaced in one step. ``total`` is
null where it is not known, and ``done`` too where nothing is counted. Without the variable nothing is written.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from graphrec.common.errors import GraphrecError
from graphrec.common.files import write_json

#: Seconds between two looks.
EVERY = 0.5
#: Bars inside bars have a thread each.
_writing = threading.Lock()


class Progress(NamedTuple):
    """What a command does, how many are done, and of how many; None: not known."""

    what: str
    done: float | None = None
    total: float | None = None


@contextmanager
def reported(now: Callable[[], Progress | None]) -> Iterator[None]:
    """Within the block, write what ``now`` returns whenever it has changed; None: nothing to say."""
    name = os.environ.get("GRAPHREC_PROGRESS_FILE")
    if not name:
        yield
        return
    ended, path, last = threading.Event(), Path(name), None

    def look() -> None:
        nonlocal last
        found = now()
        if found is not None and found != last:
            last = found
            # Progress that cannot be written stops no work.
            with _writing, suppress(OSError, GraphrecError):
                write_json(path, found._asdict())

    def watch() -> None:
        look()
        while not ended.wait(EVERY):
            look()

    thread = threading.Thread(target=watch, name="progress file", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        look()
