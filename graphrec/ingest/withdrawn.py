"""What must not be shown from memory any more: items that were taken out of answers, and everything after a removal.

While Neo4j is away, the processes of the service give earlier answers (:mod:`graphrec.service.published`). They cannot
ask whether an item has been hidden since, so a file of the project says it, to all of them.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import msgspec

from graphrec.common.errors import ResourceError
from graphrec.common.file_lock import waited_for
from graphrec.common.private import open_private, private_folder

#: Below the project's home.
FILE = Path("service", "withdrawn.jsonl")
#: Bytes; a longer file begins anew, and nothing from before is shown.
_MOST = 1_000_000


class _Line(msgspec.Struct, frozen=True, array_like=True):
    """A time in seconds since 1970, and an item; None: everything."""

    at: float
    item: Any = None


class Withdrawn:
    """The file of a project, which need not exist. One thread reads with an object.

    Parameters
    ----------
    home
        The project's home.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / FILE
        self._seen: tuple[int, ...] | None = None
        self._all = 0.0
        self._items: dict[str, float] = {}

    def note(self, item: Any = None) -> None:
        """Note that an item was taken out of answers now, or that everything was; by default everything.

        Raises
        ------
        ResourceError
            The file cannot be written.
        """
        line = msgspec.json.encode(_Line(time.time(), item)) + b"\n"
        try:
            private_folder(self._path.parent)
            with waited_for(self._path.with_suffix(".lock")), open_private(self._path, "ab") as file:
                if file.tell() + len(line) > _MOST:
                    file.truncate(0)
                    line = msgspec.json.encode(_Line(time.time())) + b"\n"
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise ResourceError(
                f"{self._path}: cannot be written: {error.strerror}",
                hint="make room, or the folder writable: until then, earlier answers may show what was taken out",
            ) from error

    def since(self, moment: float, item: Any) -> bool:
        """Return whether an item was taken out of answers after a time."""
        return self._items.get(_form(item), 0.0) >= moment

    def all_since(self, moment: float) -> bool:
        """Return whether everything was withdrawn after a time; also if the file cannot be read."""
        try:
            found = self._path.stat()
            seen = (found.st_mtime_ns, found.st_size, found.st_ino)
            if seen != self._seen:
                self._read()
                self._seen = seen
        except FileNotFoundError:
            return False
        except (OSError, msgspec.DecodeError):
            return True
        return self._all >= moment

    def _read(self) -> None:
        lines = [msgspec.json.decode(line, type=_Line) for line in self._path.read_bytes().splitlines()]
        self._all = max((line.at for line in lines if line.item is None), default=0.0)
        self._items = {_form(line.item): line.at for line in lines}


def _form(item: Any) -> str:
    return msgspec.json.encode(item).decode()
