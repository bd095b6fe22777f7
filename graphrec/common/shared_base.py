"""A SQLite file that several threads and processes share, readable by its owner alone.

What is deleted is overwritten in the file.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from graphrec.common.errors import ResourceError
from graphrec.common.private import private_folder

#: Seconds to wait for another process that writes to the file.
_WAIT = 15.0


class SharedBase:
    """The file. Threads may share an object.

    Parameters
    ----------
    path
        The file; it and its folder are made.
    tables
        SQL that makes the tables where they are missing.
    failing, hint
        What is said where the file cannot be used, before the reason; and the next step.
    durable
        Whether what is written survives a crash of the machine too, and not of the process alone.

    Raises
    ------
    ResourceError
        It cannot be made, opened or written, as where the disk is full. All methods raise it.
    """

    def __init__(self, path: Path, tables: str, failing: str, hint: str, *, durable: bool = True) -> None:
        self.path, self._failing, self._hint = path, failing, hint
        self._lock = threading.Lock()
        with self._errors():
            private_folder(path.parent)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
            # Its companions get the mode of the file.
            self._base = sqlite3.connect(path, timeout=_WAIT, isolation_level=None, check_same_thread=False)
            for setting in (
                "journal_mode = WAL",
                f"synchronous = {'FULL' if durable else 'NORMAL'}",
                "secure_delete = ON",
            ):
                self._base.execute(f"PRAGMA {setting}")
            self._base.executescript(tables)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._base.close()

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._errors(), self._lock:
            return self._base.execute(query, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write within the block: all of it, or nothing if it raises."""
        with self._errors(), self._lock:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield self._base
                self._base.execute("COMMIT")
            except BaseException:
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")
                raise

    def without_traces(self) -> None:
        """Remove what was deleted from the files beside it, too."""
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise ResourceError(f"{self.path}: {self._failing}: {error}", hint=self._hint) from error
