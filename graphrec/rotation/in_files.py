"""Put new pseudonyms into files: runs, rejects, reports, logs, campaigns, keys of the service, events that wait.

A pseudonym's form says which generation it is of, so a file that was rewritten before an interruption is not changed
again. Arrays of runs have users by their positions, and no ids.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from graphrec.assistant.store import FILE as CONVERSATIONS
from graphrec.common.errors import InputError
from graphrec.common.files import replacing
from graphrec.config.settings import Settings
from graphrec.copywriting.campaign_folder import FOLDER as CAMPAIGNS
from graphrec.copywriting.campaign_folder import folders, read_rows, write_rows
from graphrec.language.answer_cache import FOLDER as ANSWERS
from graphrec.pseudonyms.pseudonym import Pseudonyms

_SQLITE = b"SQLite format 3\0"
_PIECE, _LONGEST = 1 << 20, 64


def form(generation: int) -> re.Pattern[bytes]:
    """Return the pattern of the pseudonyms of a generation."""
    return re.compile(rb"(?<![0-9A-Za-z])[pe]%d-[0-9a-f]{32}(?![0-9a-f])" % generation)


def project_files(settings: Settings) -> list[Path]:
    """Return the files of a project that may hold ids, the files of campaigns included."""
    places = [settings.runs, settings.root / "rejects"]
    places += [settings.home / name for name in ("service", "errors", CAMPAIGNS)]
    found = [file for place in places for file in sorted(place.rglob("*")) if file.is_file() and not file.is_symlink()]
    for folder in folders(settings):
        record = folder.record()
        found += [Path(file) for file in (record.files if record else ())]
    return [file for file in dict.fromkeys(found) if file.is_file()]


def holding(settings: Settings, generation: int) -> list[Path]:
    """Return the files that hold pseudonyms of a generation, as far as their bytes show them."""
    pattern = form(generation)
    return [file for file in project_files(settings) if _holds(file, pattern)]


def drop_derived(settings: Settings) -> list[str]:
    """Remove what is kept for a while and cannot be renamed; return what it was, in words."""
    gone = []
    answers = settings.home / "cache" / ANSWERS
    if answers.is_dir():
        shutil.rmtree(answers)
        gone.append("the cache of a language model's answers")
    talks = settings.home / CONVERSATIONS
    if talks.is_file():
        with closing(_opened(talks)) as base:
            number = sum(base.execute(f"DELETE FROM {name}").rowcount for name in ("conversation", "handover"))  # noqa: S608
        if number:
            gone.append(f"{number} conversations with the assistant")
    return gone


def rewrite(settings: Settings, pseudonyms: Pseudonyms) -> Iterator[Path]:
    """Put the new pseudonyms into all files, each in one step; yield those that changed.

    Raises
    ------
    InputError
        A file cannot be read or replaced.
    """
    pattern = form(pseudonyms.key.generation - 1)

    def new(found: re.Match[bytes]) -> bytes:
        return pseudonyms.next_of(found[0].decode()).encode()

    def renamed(data: bytes) -> bytes:
        return pattern.sub(new, data)

    for file in project_files(settings):
        try:
            changed = _rewritten(file, pattern, renamed, pseudonyms)
        except (OSError, sqlite3.Error) as error:
            raise InputError(f"{file}: cannot be rewritten: {error}", hint="then give the command again") from error
        if changed:
            yield file


def _rewritten(
    file: Path, pattern: re.Pattern[bytes], renamed: Callable[[bytes], bytes], pseudonyms: Pseudonyms
) -> bool:
    if file.suffix == ".parquet":  # compressed: its bytes show nothing
        return _campaign(file, pseudonyms)
    with file.open("rb") as opened:
        if opened.read(len(_SQLITE)) == _SQLITE:
            return _base(file, pattern, renamed)
    if not _holds(file, pattern):
        return False
    data = file.read_bytes()
    try:
        data.decode()
    except UnicodeDecodeError:
        return False  # it is told by :func:`holding`
    with replacing(file) as part:
        part.write_bytes(renamed(data))
    return True


def _campaign(file: Path, pseudonyms: Pseudonyms) -> bool:
    rows = read_rows(file)
    new: list[dict[str, Any]] = [
        {**row, "user": pseudonyms.next_of(str(row["user"]))} if "user" in row else row for row in rows
    ]
    if new == rows:
        return False
    write_rows(file, [new])
    return True


def _base(file: Path, pattern: re.Pattern[bytes], renamed: Callable[[bytes], bytes]) -> bool:
    """Rewrite the cells of a SQLite file in one transaction."""
    changed = False
    with closing(_opened(file)) as base:
        base.execute("BEGIN IMMEDIATE")
        tables = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            if table.startswith("sqlite_"):
                continue
            columns = [row[1] for row in base.execute(f'PRAGMA table_info("{table}")')]
            for column in columns:
                for row, cell in base.execute(f'SELECT rowid, "{column}" FROM "{table}"').fetchall():  # noqa: S608
                    data = cell.encode() if isinstance(cell, str) else cell
                    if isinstance(data, bytes) and pattern.search(data):
                        new = renamed(data)
                        value = new.decode() if isinstance(cell, str) else new
                        base.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (value, row))  # noqa: S608
                        changed = True
        base.execute("COMMIT")
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return changed


def _opened(file: Path) -> sqlite3.Connection:
    base = sqlite3.connect(file, isolation_level=None)
    base.execute("PRAGMA secure_delete = ON")
    return base


def _holds(file: Path, pattern: re.Pattern[bytes]) -> bool:
    before = b""
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            # The last characters are looked at again: a pseudonym may lie across two pieces.
            before = before[-_LONGEST:] + piece
            if pattern.search(before):
                return True
    return False
