"""Find and remove a user's data in a run's directory.

A removed user leaves an empty position: ``null`` in ``ids.json``, and no data at this position in other files. A
training that was running during the removal may write data there later; the next removal of any user finds and
empties it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from graphrec.common.errors import InputError
from graphrec.erasure.tensors import FILES, ITEM_FILES, contents, empty, held, pairs
from graphrec.evaluation.ranking import Report
from graphrec.evaluation.reports import load_reports, save_reports
from graphrec.runs.layout import FIGURES, IDS, SPLIT, Ids
from graphrec.runs.run import Run


class InRun(msgspec.Struct, frozen=True, rename="camel"):
    """A user's data in a run's directory.

    Attributes
    ----------
    run_id
        The directory's name.
    listed
        How often the key occurs in ``ids.json``.
    files
        File → amount of data: keys, vectors, pairs, times, figures; includes users removed earlier.
    trained
        The user's pairs in the training data.
    finished
        Whether the training has finished; otherwise it may still run.
    """

    run_id: str
    listed: int
    files: dict[str, int]
    trained: int
    finished: bool

    def __bool__(self) -> bool:
        return bool(self.files)


def has(run: Run, forms: Collection[Any]) -> list[Any]:
    """Return the forms of an id that occur among a run's users."""
    return sorted({key for key in _ids(run).users if _is(key, forms)}, key=repr)


def look(run: Run, forms: Collection[Any]) -> InRun:
    """Return a run's data of the user whose id is one of ``forms``, and at positions that must be empty.

    Raises
    ------
    InputError
        A file of the run is damaged.
    """
    ids = _ids(run)
    users, themselves = ids.users, _themselves(run, ids, forms)
    theirs = [place for place, key in enumerate(users) if _is(key, forms)]
    places = theirs + _forgotten(users)
    found = {IDS: len(theirs) + len(themselves)}
    found |= {name: held(run.path / name, places) for name in FILES}
    for name in ITEM_FILES:
        found[name] = found.get(name, 0) + held(run.path / name, themselves + _forgotten(ids.items), ITEM_FILES)
    found |= {str(path.relative_to(run.path)): _figures(path, places) for path in _kept(run)}
    found |= {path.name: 1 for path in _torn(run) if places}
    learned = ("train", "valid") if run.refit else ("train",)
    return InRun(
        run_id=run.run_id,
        listed=len(theirs),
        files={name: count for name, count in found.items() if count},
        trained=pairs(run.path / SPLIT, learned, theirs),
        finished=run.finished,
    )


def read(run: Run, forms: Collection[Any]) -> dict[str, Any]:
    """Return a run's data of the user: the position, vectors, lists, the items of its pairs, and times.

    Raises
    ------
    InputError
        A file of the run is damaged.
    """
    ids = _ids(run)
    places = [place for place, key in enumerate(ids.users) if _is(key, forms)]
    found: dict[str, Any] = {"run": run.run_id, "positions": places, "trained": look(run, forms).trained}
    for name in FILES:
        if arrays := contents(run.path / name, places):
            found[name] = arrays
    for part, items in found.get(SPLIT, {}).items():
        if part in ("train", "valid", "test"):
            found[SPLIT][part] = [ids.items[item] for item in items]
    for path in _kept(run):
        if reports := load_reports(path) if _figures(path, places) else None:
            found[str(path.relative_to(run.path))] = {
                f"{name}: {metric}": values[np.isin(report.users, places)].tolist()
                for name, report in reports[0].items()
                for metric, values in report.per_user.items()
            }
    return found


def remove(run: Run, forms: Collection[Any]) -> None:
    """Empty the user's position and all that must be empty; remove the key last.

    Raises
    ------
    InputError
        A file of the run is damaged.
    """
    ids = _ids(run)
    users, themselves = ids.users, _themselves(run, ids, forms)
    theirs = [place for place, key in enumerate(users) if _is(key, forms)]
    places = theirs + _forgotten(users)
    for path in _torn(run) if places else ():
        path.unlink(missing_ok=True)
    for path in _kept(run):
        if _figures(path, places):
            _drop(path, places)
    for name in FILES:
        empty(run.path / name, places)
    for name in ITEM_FILES:
        empty(run.path / name, themselves + _forgotten(ids.items), ITEM_FILES)
    if theirs or themselves:
        left = {"users": [None if _is(key, forms) else key for key in users]}
        if themselves:
            left["items"] = [None if _is(key, forms) else key for key in ids.items]
        replace(ids, **left).write(run.path)


def _ids(run: Run) -> Ids:
    """Read the keys again, as the proof must use the current file."""
    path = run.path / IDS
    if not path.is_file():  # a training that stopped before it began
        return Ids([], [])
    try:
        return Ids.read(run.path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: damaged, so no user can be removed: {error}",
            hint="remove that run's directory, and try again",
        ) from error


def _themselves(run: Run, ids: Ids, forms: Collection[Any]) -> list[int]:
    """Return the positions of the user among the items, if people are items too."""
    return [place for place, key in enumerate(ids.items) if run.schema.shared and _is(key, forms)]


def _is(key: Any, forms: Collection[Any]) -> bool:
    return key is not None and not isinstance(key, bool) and key in forms


def _forgotten(users: Sequence[Any]) -> list[int]:
    return [place for place, key in enumerate(users) if key is None]


def _kept(run: Run) -> list[Path]:
    """Return the files with figures of single users, by position."""
    return sorted((run.path / FIGURES).glob("*.npz"))


def _torn(run: Run) -> list[Path]:
    """Return temporary files of a killed writer; nothing reads them, and their content is unknown."""
    names = dict.fromkeys((IDS, *FILES, *ITEM_FILES))
    return [path for name in names if (path := run.path / f"{name}.part").is_file()]


def _figures(path: Path, places: Sequence[int]) -> int:
    if not places:
        return 0
    found = load_reports(path)
    return 0 if found is None else sum(int(np.isin(report.users, places).sum()) for report in found[0].values())


def _drop(path: Path, places: Sequence[int]) -> None:
    found = load_reports(path)
    if found is not None:
        reports, about = found
        save_reports(path, {name: _others(report, places) for name, report in reports.items()}, about)


def _others(report: Report, places: Sequence[int]) -> Report:
    kept = ~np.isin(report.users, places)
    return replace(
        report,
        users=report.users[kept],
        per_user={name: values[kept] for name, values in report.per_user.items()},
    )
