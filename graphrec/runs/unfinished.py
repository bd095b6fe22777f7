"""What killed processes left in the folder of runs: told from what is being made now, counted and removed.

A process that makes a run holds a lock in the run's directory; the system releases it when the process ends, however
it ends.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from graphrec.common.errors import InputError, TrainingError
from graphrec.common.file_lock import is_held, lock
from graphrec.common.private import open_private
from graphrec.runs import layout
from graphrec.runs.store import read_run

#: Exists only while a run is made.
LOCK = "making.lock"
_NAME = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")


@dataclass(frozen=True)
class Unfinished:
    """A directory that is no finished run, and that no process works on.

    Attributes
    ----------
    path
        The directory.
    size
        Its bytes.
    resumable
        Whether ``graphrec train --resume`` can continue it.
    """

    path: Path
    size: int
    resumable: bool


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Mark a run's directory as being worked on.

    Raises
    ------
    TrainingError
        Another process works on it.
    """
    path = folder / LOCK
    with open_private(path, "ab") as file:
        if lock(file) is False:
            raise TrainingError(f"{folder.name}: another command is training it", hint="wait for its end, or end it")
        try:
            yield
        finally:
            with suppress(OSError):  # the directory may be gone with it
                path.unlink()


def unfinished(runs: Path) -> list[Unfinished]:
    """Return the directories that killed processes left, oldest first.

    Raises
    ------
    InputError
        A ``run.json`` is damaged.
    """
    return [found for path in sorted(runs.glob("*")) if (found := _look(path)) is not None]


def remove(left: Unfinished) -> None:
    """Remove such a directory; ``run.json`` last, so that the next call continues after an interruption.

    Raises
    ------
    InputError
        It cannot be removed.
    """
    last = left.path / layout.RUN
    try:
        for path in left.path.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path != last:
                path.unlink()
        last.unlink(missing_ok=True)
        left.path.rmdir()
    except OSError as error:
        raise InputError(f"{left.path}: cannot be removed: {error.strerror}", hint="remove it by hand") from error


def remove_useless(runs: Path) -> list[Unfinished]:
    """Remove what nothing can continue, and the checkpoints of runs that have ended; return what stays.

    A directory without a lock stays too: an earlier release may be at work on it.
    """
    kept = []
    for left in unfinished(runs):
        if left.resumable or not (left.path / LOCK).exists():
            kept.append(left)
        else:
            remove(left)
    for path in runs.glob(f"*/{layout.CHECKPOINT}"):
        with suppress(InputError):  # the run is damaged: whoever asks for it is told
            if (path.parent / layout.RUN).is_file() and not read_run(runs, path.parent.name).resumable:
                path.unlink(missing_ok=True)
    return kept


def _look(path: Path) -> Unfinished | None:
    if not path.is_dir():
        return None
    resumable = False
    if (path / layout.RUN).is_file():
        run = read_run(path.parent, path.name)
        if run.finished:
            return None
        resumable = "base" not in run.info and (path / layout.CHECKPOINT).is_file()
    elif not _NAME.fullmatch(path.name):
        return None  # not made by graphrec
    if is_held(path / LOCK):
        return None
    return Unfinished(path, sum(one.stat().st_size for one in path.rglob("*") if one.is_file()), resumable)
