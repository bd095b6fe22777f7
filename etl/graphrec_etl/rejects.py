"""Rows that cannot be used: each with its place and reason, in a file that people can work through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphrec.common.errors import InputError

#: Reject files end here; further rows are only counted.
KEPT = 100_000


@dataclass(frozen=True)
class Reject:
    """One row that is left out, and why."""

    path: Path
    line: int
    column: str
    value: str
    why: str

    def __str__(self) -> str:
        return f"{self.path.name}:{self.line}, column {self.column}: {self.value!r} {self.why}"


class Rejects:
    """Collects what is left out of a load.

    ``bad`` rows are wrong in themselves and count against the limit; orphans name something that is not there, which
    is common in data sets that were cut down, and are only reported.
    """

    def __init__(self) -> None:
        self.bad = 0
        self.orphans: Counter[str] = Counter()
        self._kept: dict[Path, list[Reject]] = {}
        self._first: list[Reject] = []

    def add(self, path: Path, line: int, column: str, value: Any, why: str) -> None:
        """Take a bad row."""
        self.bad += 1
        reject = Reject(path, line, column, str(value)[:200], why)
        self._keep(reject)
        if len(self._first) < 3:
            self._first.append(reject)

    def ragged(self, path: Path, line: int, cells: Sequence[Any], wanted: int) -> None:
        """Take a row with too few or too many cells."""
        self.add(
            path, line, "all", cells[0] if cells else "", f"starts a row of {len(cells)} cells instead of {wanted}"
        )

    def orphan(self, what: str, reject: Reject) -> None:
        """Take a row that names something unknown; ``what`` is the heading under which it is counted."""
        self.orphans[what] += 1
        self._keep(reject)

    def _keep(self, reject: Reject) -> None:
        kept = self._kept.setdefault(reject.path, [])
        if len(kept) < KEPT:
            kept.append(reject)

    def write(self, folder: Path) -> list[Path]:
        """Write one ``<file>.tsv`` per input file that has rejects; remove what an earlier load left for it.

        Raises
        ------
        InputError
            The folder cannot be written.
        """
        written = []
        try:
            for path, kept in self._kept.items():
                folder.mkdir(parents=True, exist_ok=True)
                target = folder / f"{path.name}.tsv"
                with target.open("w", encoding="utf-8", newline="\n") as file:
                    file.write("line\tcolumn\tvalue\twhy\n")
                    for row in kept:
                        cells = (row.line, row.column, row.value, row.why)
                        file.write("\t".join(str(cell).translate(_ONE_LINE) for cell in cells) + "\n")
                written.append(target)
        except OSError as error:
            raise InputError(
                f"{folder}: rejects cannot be written: {error.strerror}", hint="name a folder of yours with --rejects"
            ) from error
        return written

    @property
    def first(self) -> list[Reject]:
        """The first three bad rows."""
        return list(self._first)

    def check(self, limit: int, folder: Path) -> None:
        """Refuse to go on when more rows are bad than the user allowed.

        Raises
        ------
        InputError
            Naming the first rows and the folder with all of them.
        """
        if self.bad <= limit:
            return
        shown = "".join(f"\n  {reject}" for reject in self._first)
        more = f"\n  and {self.bad - len(self._first)} more" if self.bad > len(self._first) else ""
        rows = "1 bad row" if self.bad == 1 else f"{self.bad} bad rows"
        raise InputError(
            f"{rows}, --max-bad allows {limit}; nothing was written:{shown}{more}",
            hint=f"all of them are in {folder}; mend the files, or load the rest with --max-bad {self.bad}",
        )


_ONE_LINE = str.maketrans({"\t": " ", "\n": " ", "\r": " "})
