"""Find and remove a user's events that wait on the disk, or could not be written."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

from graphrec.config.settings import Settings
from graphrec.ingest.spool import open_existing, turns


def look(settings: Settings, forms: Sequence[Any]) -> int:
    """Return their number.

    Raises
    ------
    ResourceError
        The file cannot be read.
    """
    spool = open_existing(settings.home)
    if spool is None:
        return 0
    with closing(spool):
        return spool.of_user(settings.graph.user, forms)


def read(settings: Settings, forms: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the events, those that could not be written with the reason.

    Raises
    ------
    ResourceError
        The file cannot be read.
    """
    spool = open_existing(settings.home)
    if spool is None:
        return []
    with closing(spool):
        return spool.all_of(settings.graph.user, forms)


def remove(settings: Settings, forms: Sequence[Any]) -> None:
    """Remove them, from the file too.

    Raises
    ------
    ResourceError
        The file cannot be written.
    """
    spool = open_existing(settings.home)
    if spool is not None:
        # Who writes them now goes on first, and its events are found in the graph.
        with closing(spool), turns(settings.home):
            spool.forget(settings.graph.user, forms)
