"""The file of the journal: lines of JSON that are only ever added, each with the hash of the one before.

::

    <home>/journal/
      journal.jsonl   the entries, one a line
      head            number and hash of the last one; the lock of who writes is on it
      key             secret of the marks and of the fingerprints

A line is written in one go. A process that is killed meanwhile leaves a line that is cut off; the next entry ends it
and says so, with its hash, so that it is told from one that somebody has changed.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from graphrec.common.errors import GraphrecError, ResourceError
from graphrec.common.file_lock import LOOK, lock
from graphrec.common.keyed_names import KeyedNames
from graphrec.common.private import open_private, private_folder
from graphrec.journal.entry import LONGEST, NOTHING, Line, line_of, text_of, with_mark

FILE, HEAD, KEY = "journal.jsonl", "head", "key"
#: Seconds to wait for another process that writes an entry.
PATIENCE = 10.0
#: Most lines in a row that were cut off and are looked for.
_CUT = 8


class Head(NamedTuple):
    """Number and hash of the last entry."""

    number: int = 0
    hash: str = NOTHING


class Journal:
    """The journal in a folder.

    Parameters
    ----------
    folder
        Made when the first entry is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / FILE
        self._names = KeyedNames(folder / KEY, "put the key back, or move the journal's folder away: a new one begins")

    def fingerprint(self, user: object) -> str:
        """Return what stands for a user: nobody without the key can tell of whom."""
        return self._names.of(f"user {user}")

    def fingerprint_known(self, user: object) -> str | None:
        """Return what stands for a user; None: nothing has been written down yet."""
        return self._names.known(f"user {user}")

    def mark_of(self, text: str) -> str | None:
        """Return the mark of an entry; None: there is no key."""
        return self._names.known(f"entry {text}")

    def append(self, entry: Mapping[str, Any], *, sync: bool = True) -> Head:
        """Add an entry, and return its number and hash.

        Parameters
        ----------
        entry
            What it says, apart from number and hashes.
        sync
            Whether to wait until it is on the disk, and not only with the system.

        Raises
        ------
        ResourceError
            It cannot be written.
        """
        try:
            private_folder(self.folder)
            with self._alone() as head_file, open_private(self.file, "ab+", buffering=0) as file:
                last, cut, whole = self._end(file)
                head = _latest(_head(head_file), last)
                told = {"number": head.number + 1, **entry, "before": head.hash}
                if cut:
                    told["cut"] = [hashlib.sha256(one).hexdigest() for one in cut]
                text = text_of(told)
                line = with_mark(text, self._names.of(f"entry {text}"))
                if len(line) >= LONGEST:
                    raise ResourceError("an entry of the journal is too long", hint="call for fewer users at once")
                data = (b"" if whole else b"\n") + line + b"\n"
                written = os.write(file.fileno(), data)
                if written != len(data):  # a full disk takes a part
                    os.write(file.fileno(), data[written:])
                if sync:
                    os.fsync(file.fileno())
                made = Head(head.number + 1, hashlib.sha256(line).hexdigest())
                os.pwrite(head_file.fileno(), f"{made.number:>20} {made.hash}\n".encode(), 0)
                return made
        except OSError as error:
            raise ResourceError(f"{self.file}: {error.strerror or error}", hint=_STEP) from error

    def lines(self) -> Iterator[Line]:
        """Yield the lines, apart from a last one that is cut off."""
        if self.file.exists():
            with self.file.open("rb") as file:
                for raw in file:
                    line = line_of(raw.removesuffix(b"\n"))
                    if raw.endswith(b"\n") or line.entry is not None:
                        yield line

    def is_cut_off(self) -> bool:
        """Return whether the last line is a part of one."""
        if not self.file.exists():
            return False
        with self.file.open("rb") as file:
            file.seek(max(0, self.file.stat().st_size - LONGEST))
            rest = file.read().rpartition(b"\n")[2]
        return bool(rest) and line_of(rest).entry is None

    def head(self) -> Head | None:
        """Return what is kept of the last entry; None: nothing."""
        try:
            with (self.folder / HEAD).open("rb") as file:
                found = _head(file)
        except OSError:
            return None
        return found if found.number else None

    @contextmanager
    def _alone(self) -> Iterator[IO[bytes]]:
        """Hold the lock of who writes."""
        until = time.monotonic() + PATIENCE
        descriptor = os.open(self.folder / HEAD, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            while lock(file) is False:
                if time.monotonic() > until:
                    raise ResourceError(f"{self.file}: another process holds it", hint="end that process, or wait")
                time.sleep(LOOK / 10)
            yield file

    def _end(self, file: IO[bytes]) -> tuple[Line | None, list[bytes], bool]:
        """Return the last entry, the lines after it that were cut off, and whether the file ends with a line's end."""
        size = os.fstat(file.fileno()).st_size
        start = max(0, size - _CUT * LONGEST)
        file.seek(start)
        data = file.read(size - start)
        whole = not data or data.endswith(b"\n")
        parts = data.split(b"\n")
        if whole:
            parts.pop()
        cut: list[bytes] = []
        while parts:
            line = line_of(parts.pop())
            if line.entry is not None:
                return line, cut, whole
            cut.insert(0, line.raw)
        return None, cut, whole


_STEP = "make room, or let this account write there; [journal] folder names another place"


def refusal(error: GraphrecError, what: str) -> ResourceError:
    """Return the error of what was not begun, as it could not be written down."""
    return ResourceError(
        f"{what} was not begun, as the journal cannot be written: {error.message}", hint=error.hint or _STEP
    )


def _head(file: IO[bytes]) -> Head:
    found = os.pread(file.fileno(), 128, 0).split()
    try:
        number, text = found
        return Head(int(number), text.decode("ascii"))
    except ValueError:
        return Head()


def _latest(head: Head, last: Line | None) -> Head:
    """Return the last entry: that of the file where a process was killed before it noted it, else what was noted.

    What was noted stays even where the file lacks it or has another: who verifies the chain then sees that.
    """
    return Head(last.number, last.hash) if last is not None and last.number > head.number else head
