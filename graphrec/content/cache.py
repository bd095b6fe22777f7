"""Cache of encoded vectors on disk, keyed by the content's hash and the encoder's fingerprint.

It survives a deleted graph, a switch of encoders and back, and a killed process. A damaged file is replaced with a
warning; without a writable file, graphrec warns and continues uncached.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphrec.common.console import warn
from graphrec.common.private import open_private, private_folder

FILE = "vectors.sqlite3"
#: Hashes looked up per statement.
_LOOK = 500
#: Seconds to wait for another process that locks the file.
_PATIENCE = 30.0
_VERSION = 1
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS vectors (
  encoder TEXT NOT NULL, content TEXT NOT NULL, vector BLOB NOT NULL, check_sum INTEGER NOT NULL,
  PRIMARY KEY (encoder, content));
CREATE TABLE IF NOT EXISTS words (
  maker TEXT NOT NULL, content TEXT NOT NULL, words TEXT NOT NULL, PRIMARY KEY (maker, content));
PRAGMA user_version = {_VERSION};
"""


class VectorCache:
    """A file of vectors, and of descriptions of images and audio in words. Use as a context manager.

    Parameters
    ----------
    folder
        Folder of the file, created if missing. None: cache nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self.path = folder / FILE if folder else None
        self._db: sqlite3.Connection | None = None

    def __enter__(self) -> VectorCache:
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def get(self, encoder: str, contents: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return the cached vectors of an encoder's fingerprint: hash of the content → float32 [d]."""
        rows = self._look("SELECT content, vector, check_sum FROM vectors WHERE encoder = ?", encoder, contents)
        # SQLite notices a damaged page, not a changed byte within one.
        return {content: np.frombuffer(blob, "<f4") for content, blob, total in rows if _check(blob) == total}

    def put(self, encoder: str, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        """Store vectors; they are on disk when this returns."""
        blobs = {content: vector.astype("<f4").tobytes() for content, vector in vectors.items()}
        self._keep(
            "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)",
            [(encoder, content, blob, _check(blob)) for content, blob in blobs.items()],
        )

    def words(self, maker: str, contents: Sequence[str]) -> dict[str, str]:
        """Return the cached descriptions: hash of the content → words."""
        return dict(self._look("SELECT content, words FROM words WHERE maker = ?", maker, contents))

    def put_words(self, maker: str, words: Mapping[str, str]) -> None:
        """Store descriptions of images or audio."""
        self._keep(
            "INSERT OR REPLACE INTO words VALUES (?, ?, ?)", [(maker, content, said) for content, said in words.items()]
        )

    def size(self) -> tuple[int, int] | None:
        """Return the bytes on disk and the number of vectors; None without a cache."""
        if self._db is None or self.path is None:
            return None
        try:
            count = int(self._db.execute("SELECT count(*) FROM vectors").fetchone()[0])
        except sqlite3.Error as error:
            self._recover(error)
            return self.size() if self._db is not None else None
        return sum(file.stat().st_size for file in _files(self.path) if file.is_file()), count

    def _look(self, query: str, maker: str, contents: Sequence[str]) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(contents), _LOOK):
            if self._db is None:
                return found
            part = contents[start : start + _LOOK]
            marks = ", ".join("?" * len(part))
            try:
                found += self._db.execute(f"{query} AND content IN ({marks})", (maker, *part)).fetchall()
            except sqlite3.Error as error:
                self._recover(error)
        return found

    def _keep(self, query: str, rows: Sequence[tuple[object, ...]]) -> None:
        if self._db is None or not rows:
            return
        try:
            with self._db:
                self._db.executemany(query, rows)
        except sqlite3.Error as error:
            self._recover(error)

    def _open(self) -> None:
        if self.path is None:
            return
        try:
            private_folder(self.path.parent)
            open_private(self.path, "ab").close()  # its -wal and -shm get the same mode
            self._db = sqlite3.connect(self.path, timeout=_PATIENCE)
            version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
            if version not in (0, _VERSION):
                raise sqlite3.DatabaseError(f"layout {version}, not {_VERSION}")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.executescript(_SCHEMA)
        except (sqlite3.Error, OSError) as error:
            self._recover(error)

    def _recover(self, error: Exception) -> None:
        """Replace a damaged file; continue without a cache if the file cannot be used at all."""
        self._close()
        # OperationalError: locked, read-only or disk full; the file itself may be fine.
        damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
        try:
            if damaged and self.path is not None:
                clear(self.path.parent)
                warn(f"the cache of vectors {self.path} was damaged ({error}); starting a new one")
                self._open()
                return
        except OSError as failed:
            error = failed
        warn(f"the cache of vectors {self.path} cannot be used ({error}); continuing without it")
        self.path = None

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


def clear(folder: Path) -> int:
    """Remove the cache in ``folder``; return the bytes freed."""
    files = [file for file in _files(folder / FILE) if file.is_file()]
    freed = sum(file.stat().st_size for file in files)
    for file in files:
        file.unlink(missing_ok=True)
    return freed


def _files(path: Path) -> list[Path]:
    return [path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm"))]


def _check(blob: bytes) -> int:
    return zlib.crc32(blob)
