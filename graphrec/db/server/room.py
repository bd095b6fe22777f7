"""Room on the disk of the managed server.

A transaction goes into the transaction log first; a checkpoint writes its pages into the store later, and lets go of
the log. So what the log holds since the last checkpoint is needed once more, for the store: as long as so much is free,
and a reserve for the transactions that are under way, Neo4j does not meet the end of the disk.
"""

from __future__ import annotations

import shutil
import time
from contextlib import suppress

from graphrec.common.console import note
from graphrec.common.errors import DatabaseError, ServerError
from graphrec.common.sizes import megabytes
from graphrec.db.server.layout import Layout

#: An empty server takes 10 MB, its transaction logs up to the first checkpoint the rest.
NEW_BYTES = 300_000_000
#: What a start needs beside the log: Neo4j's own logs and the pages that it touches.
START_BYTES = 30_000_000
#: What stays free when writing: the largest transactions under way, their indexes, Neo4j's own logs.
RESERVE_BYTES = 100_000_000
#: What ``CALL { … } IN TRANSACTIONS`` may add to the log before Neo4j's next checkpoint of its own.
LOOP_BYTES = 100_000_000
#: Bytes in the store of a node or relationship with a few properties, and of a component of a vector with its index.
RECORD_BYTES, COMPONENT_BYTES = 100, 16
#: Bytes of the reasons of a link: four lists, each in a block of 128 bytes.
REASONS_BYTES = 550
#: The log is not shortened below one file of it; a checkpoint that shortens it comes every ten seconds.
LOG_BYTES = 17_000_000
CHECKPOINT_S = 15


def free_bytes(layout: Layout) -> int:
    """Return the bytes that are free on the disk of the server's data."""
    return shutil.disk_usage(layout.data if layout.data.is_dir() else layout.root).free


def log_bytes(layout: Layout) -> int:
    """Return the bytes in the transaction logs; a checkpoint writes at most so much into the store."""
    total = 0
    for path in (layout.data / "transactions").glob("*/neostore.transaction.db.*"):
        with suppress(FileNotFoundError):  # a checkpoint has removed it meanwhile
            total += path.stat().st_size
    return total


def start_bytes(layout: Layout) -> int:
    """Return the bytes that a start needs: recovery may write the whole log into the store."""
    return START_BYTES + log_bytes(layout) if layout.exists else NEW_BYTES


def shortage(layout: Layout) -> str:
    """Return what a start lacks, in words; empty if there is room."""
    free, needed = free_bytes(layout), start_bytes(layout)
    if free >= needed:
        return ""
    return f"only {megabytes(free)} are free on the disk of {layout.root}; Neo4j needs {megabytes(needed)}"


def require_start(layout: Layout) -> None:
    """Refuse to start a server without room.

    Raises
    ------
    ServerError
        The disk has too little room.
    """
    if lacking := shortage(layout):
        raise ServerError(
            lacking, hint="make room, then repeat the command; or set GRAPHREC_HOME to a folder on another disk"
        )


class Room:
    """The disk of a server, for those who write.

    Parameters
    ----------
    layout
        The server's files.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def require(self, size: int = 0) -> None:
        """Refuse to write where there is no room; before that, wait for a checkpoint if it may make some.

        Parameters
        ----------
        size
            Bytes about to be written beside the reserve.

        Raises
        ------
        DatabaseError
            The disk has too little room. Nothing is written.
        """
        if self.lacking(size) and log_bytes(self._layout) > LOG_BYTES:
            note(f"The disk of {self._layout.root} is nearly full: waiting for Neo4j to shorten its log …")
            patience = time.monotonic() + CHECKPOINT_S
            while self.lacking(size) and time.monotonic() < patience:
                time.sleep(0.2)
        if lacking := self.lacking(size):
            raise DatabaseError(
                f"{lacking}; what was written before is kept",
                hint="make room, then repeat the command: it goes on where it stopped",
            )

    def lacking(self, size: int = 0) -> str:
        """Return what writing lacks, in words; empty if there is room."""
        free, needed = free_bytes(self._layout), RESERVE_BYTES + log_bytes(self._layout) + size
        if free >= needed:
            return ""
        return f"the disk of {self._layout.root} has {megabytes(free)} free, and writing needs {megabytes(needed)}" + (
            f", {megabytes(size)} of it for the data" if size else ""
        )

    def stopped(self) -> DatabaseError:
        """Return the error for a database that Neo4j has stopped, with what is free and what is needed."""
        from graphrec.db.server.health import ask

        record = self._layout.read_record()
        reason = ask(self._layout.address(record)).reason if record else ""
        free, needed = megabytes(free_bytes(self._layout)), megabytes(start_bytes(self._layout))
        return DatabaseError(
            f"Neo4j stopped the database in {self._layout.root}{reason and f': {reason}'}; what was committed is kept",
            hint=f"its disk has {free} free and needs {needed}: make room, then repeat the command, which starts Neo4j "
            "again and goes on where it stopped",
        )
