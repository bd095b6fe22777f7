"""Collect unusable rows, with their place and reason, and write them to reject files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from graphrec.common.errors import InputError
from graphrec.common.files import replacing
from graphrec.common.private import private_folder
from graphrec_etl.guard import Guard

#: Most rows in a reject file; further rows are only counted.
KEPT = 100_000
#: Stands for a personal value, and for the first cell of a row with too few or too many, which may be one.
WITHHELD = "(withheld: personal)"
#: Most characters of a value in a message or in a reject file.
SHOWN = 200


@dataclass(frozen=True)
class Reject:
    """A row that is left out, and the reason; ``user``: the key of the user whose row it is, if it is anybody's."""

    path: Path
    line: int
    column: str
    value: str
    why: str
    user: str = ""

    def __str__(self) -> str:
        return f"{self.path.name}:{self.line}, column {self.column}: {shortened(self.value)!r} {self.why}"


class Rejects:
    """Collect the rows that a load leaves out.

    ``bad`` rows are malformed and count against the limit. Orphans refer to a missing node, which is common in
    subsampled data sets; they are only reported.

    Parameters
    ----------
    guard
        What takes people's ids and texts out of them.
    personal
        Names of properties whose values are withheld, from messages and files.
    """

    def __init__(self, guard: Guard | None = None, personal: Collection[str] = ()) -> None:
        self._guard = guard
        self._personal = frozenset(map(_plain, personal))
        self.bad = 0
        self.orphans: Counter[str] = Counter()
        self._kept: dict[Path, list[Reject]] = {}
        self._first: list[Reject] = []
        self._faults: list[InputError] = []

    def add(self, path: Path, line: int, column: str, value: Any, why: str, user: Any = "") -> None:
        """Add a bad row."""
        self.bad += 1
        if self._personal and (column == "all" or _plain(column.partition(":")[0]) in self._personal):
            value = WITHHELD
        reject = self._guarded(Reject(path, line, column, shortened(value), why, shortened(user)))
        self._keep(reject)
        if len(self._first) < 3:
            self._first.append(reject)

    def ragged(self, path: Path, line: int, cells: Sequence[Any], wanted: int, user_at: int | None = None) -> None:
        """Add a row with too few or too many cells; ``user_at``: position of the user's key in a whole row."""
        # With a cell too few or too many, what stands in the key's place may be a personal value.
        user = "" if self._personal or user_at is None or user_at >= len(cells) else cells[user_at]
        why = f"starts a row of {len(cells)} cells instead of {wanted}"
        self.add(path, line, "all", cells[0] if cells else "", why, user)

    def orphan(self, what: str, reject: Reject) -> None:
        """Add a row that refers to an unknown node; it is counted under the heading ``what``."""
        self.orphans[what] += 1
        self._keep(self._guarded(replace(reject, value=shortened(reject.value), user=shortened(reject.user))))

    def strangers(self, what: str, reject: Reject, known: Iterable[str]) -> None:
        """Remember that all rows of a file refer to unknown nodes, which :meth:`check` refuses.

        Parameters
        ----------
        what
            What they are, such as ``behaviours``.
        reject
            The first of them.
        known
            Known ids, of which two are shown.
        """
        ids = [key if self._guard is None else self._guard.shown(key) for key in islice(known, 2)]
        some = " and ".join(repr(shortened(key)) for key in dict.fromkeys(ids))
        reject = self._guarded(reject)
        self._faults.append(
            InputError(
                f"{reject.path}: all {what} are orphans; the first: {reject}",
                hint=f"known are {some}: write ids in all files alike" if some else "no id is known",
            )
        )

    def _guarded(self, reject: Reject) -> Reject:
        """Return a row without ids and texts of people; the user, if any, as it is stored."""
        guard = self._guard
        if guard is None:
            return reject
        user = reject.user if guard.key is None else guard.user(reject.user)
        return replace(reject, value=guard.shown(reject.value), why=guard.told(reject.why), user=user)

    def _keep(self, reject: Reject) -> None:
        kept = self._kept.setdefault(reject.path, [])
        if len(kept) < KEPT:
            kept.append(reject)

    def write(self, folder: Path) -> list[Path]:
        """Write one ``<file>.tsv`` per input file with rejects, replacing those of an earlier load.

        Raises
        ------
        InputError
            The folder cannot be written.
        """
        written = []
        try:
            for path, kept in self._kept.items():
                target = private_folder(folder) / f"{path.name}.tsv"
                with replacing(target) as part, part.open("w", encoding="utf-8", newline="\n") as file:
                    file.write("line\tcolumn\tvalue\twhy\tuser\n")
                    for row in kept:
                        cells = (row.line, row.column, row.value, row.why, row.user)
                        file.write("\t".join(str(cell).translate(_ONE_LINE) for cell in cells) + "\n")
                written.append(target)
        except OSError as error:
            raise InputError(
                f"{folder}: rejects cannot be written: {error.strerror}", hint="name a folder of yours with --rejects"
            ) from error
        return written

    @property
    def first(self) -> list[Reject]:
        """Return the first three bad rows."""
        return list(self._first)

    def check(self, limit: int, folder: Path) -> None:
        """Stop if there are more bad rows than the user allows, or if all rows of a file are orphans.

        Raises
        ------
        InputError
            The limit is exceeded: the message names the first rows and the folder with all of them. Or a file joins
            nothing.
        """
        if self.bad > limit:
            shown = "".join(f"\n  {reject}" for reject in self._first)
            more = f"\n  and {self.bad - len(self._first)} more" if self.bad > len(self._first) else ""
            rows = "1 bad row" if self.bad == 1 else f"{self.bad} bad rows"
            raise InputError(
                f"{rows}, --max-bad allows {limit}; nothing was written:{shown}{more}",
                hint=f"all of them are in {folder}; fix the files, or load the rest with --max-bad {self.bad}",
            )
        self.check_joined()

    def check_joined(self) -> None:
        """Stop if all rows of a file are orphans.

        Raises
        ------
        InputError
            Names the first such file and its first row.
        """
        if self._faults:
            raise self._faults[0]


def _plain(name: str) -> str:
    """Return a name as it is spelled neither in a file nor in the graph, so that both are found."""
    return re.sub(r"[\W_]", "", name.lower())


def shortened(value: Any) -> str:
    """Return a value as a text for a message, of at most :data:`SHOWN` characters."""
    text = str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


_ONE_LINE = str.maketrans({"\t": " ", "\n": " ", "\r": " "})
