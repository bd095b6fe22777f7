"""Find and remove vectors of a user's searches in the cache of encoded content, by the hashes of their texts."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from graphrec.common.errors import InputError
from graphrec.config.settings import Settings
from graphrec.content.cache import FILE
from graphrec.content.embed import cache_folder

#: Seconds to wait for another process that locks the file.
_PATIENCE = 30.0


def look(settings: Settings, contents: Collection[str]) -> int:
    """Return the number of vectors of contents with these hashes.

    Raises
    ------
    InputError
        The file is damaged.
    """
    with _opened(settings, contents) as db:
        if db is None:
            return 0
        query = "SELECT count(*) FROM vectors WHERE content = ?"
        return sum(int(db.execute(query, (content,)).fetchone()[0]) for content in contents)


def read(settings: Settings, contents: Collection[str]) -> list[dict[str, Any]]:
    """Return encoder, hash of the content and length of each of these vectors.

    Raises
    ------
    InputError
        The file is damaged.
    """
    with _opened(settings, contents) as db:
        if db is None:
            return []
        query = "SELECT encoder, content, length(vector) / 4 FROM vectors WHERE content = ?"
        rows = [row for content in sorted(contents) for row in db.execute(query, (content,))]
        return [{"encoder": encoder, "content": content, "numbers": numbers} for encoder, content, numbers in rows]


def remove(settings: Settings, contents: Collection[str]) -> None:
    """Remove these vectors; anything else with the same content is encoded again.

    Raises
    ------
    InputError
        The file is damaged, or cannot be written.
    """
    with _opened(settings, contents) as db:
        if db is None:
            return
        db.execute("PRAGMA secure_delete = ON")  # otherwise the bytes would stay in the file
        with db:
            db.executemany("DELETE FROM vectors WHERE content = ?", [(content,) for content in contents])
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _opened(settings: Settings, contents: Collection[str]) -> Iterator[sqlite3.Connection | None]:
    """Yield the cache, or None if it does not exist or ``contents`` is empty."""
    path: Path = cache_folder(settings) / FILE
    if not contents or not path.is_file():
        yield None
        return
    try:
        with closing(sqlite3.connect(path, timeout=_PATIENCE)) as db:
            yield db
    except sqlite3.Error as error:
        raise InputError(f"{path}: cannot be used: {error}", hint="remove it: it is only a cache") from error
