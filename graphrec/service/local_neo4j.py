"""Keep the local Neo4j running while the service does: one that has ended without being asked to is started again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from graphrec.common.console import warn
from graphrec.common.errors import GraphrecError
from graphrec.config.settings import Settings
from graphrec.db.server import crashed, ensure

#: Seconds between two looks, and the longest pause while it does not start.
_LOOK, _LONGEST = 2.0, 60.0


@contextmanager
def kept_running(settings: Settings) -> Iterator[None]:
    """Within the block, start the local Neo4j again when it has crashed; a server of ``NEO4J_URI`` is not touched."""
    if settings.neo4j.uri is not None:
        yield
        return
    ended = Event()
    Thread(target=_watch, args=(settings, ended), name="local Neo4j", daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def _watch(settings: Settings, ended: Event) -> None:
    pause = _LOOK
    while not ended.wait(pause):
        if not crashed(settings.home):
            pause = _LOOK
            continue
        warn("the local Neo4j has ended without being stopped: starting it again")
        try:
            ensure(settings.home, settings.server.version, settings.server.conf)
            pause = _LOOK
        except GraphrecError as error:
            pause = min(2 * pause, _LONGEST)
            warn(f"{error.message}; trying again in {pause:.0f} s")
