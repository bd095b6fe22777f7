"""The data layouts of multimodal research: an ``.inter`` with its split (``x_label``), or three sparse matrices.

Users and items are numbered from 0, and row n of the vectors (``.npy``) belongs to item n. An item without
behaviours is kept if it has a vector.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import click
import numpy as np
from scipy.sparse import coo_array, load_npz

from graphrec.common.entry_point import run_command
from graphrec.common.errors import InputError
from graphrec.common.files import refuse_special
from graphrec_etl import values
from graphrec_etl.behaviours import Behaviours, hand_over
from graphrec_etl.command import PATH, checked_type, run_load, shared_options
from graphrec_etl.files import Row, folder_of, header, rows
from graphrec_etl.guard import AboutUserError
from graphrec_etl.model import EdgeBuilder, Tables
from graphrec_etl.nodes import Column
from graphrec_etl.numbered import fill, fill_items
from graphrec_etl.parts import PARTS, PROPERTY, part
from graphrec_etl.rejects import Rejects

USER, ITEM, LABEL = "userID", "itemID", "x_label"
NUMBERS = ("rating", "weight")


def transform(
    folder: Path, rejects: Rejects, *, behaviour: str = "RATED", items: int | None = None, user_ids: Path | None = None
) -> Tables:
    """Read and check one data set.

    Parameters
    ----------
    folder
        Must contain an ``.inter``, or ``train.npz`` with ``valid.npz`` and ``test.npz``.
    rejects
        Collects the unusable rows.
    behaviour
        Relationship type.
    items
        Number of items; None: as many as the vectors or the matrices have.
    user_ids
        An ``.inter`` of the same rows with the users' original ids, which become their keys.

    Raises
    ------
    InputError
        A file is missing, damaged, without behaviours, or does not fit the others.
    """
    inter = _inter(folder_of(folder), user_ids)
    tables = Tables()
    if inter is not None:
        known = fill_items(tables.items, folder, items)
        behaviours = Behaviours(tables, rejects, open_users=True, open_items=not known)
        _read_inter(behaviours, inter, behaviour, user_ids)
        behaviours.finish()
    elif user_ids is not None:
        raise InputError(f"{user_ids}: the folder has no .inter that it would belong to", hint="leave out --user-ids")
    else:
        _read_matrices(tables, folder, behaviour, items)
    tables.orphans.update(rejects.orphans)
    return tables


def _inter(folder: Path, user_ids: Path | None) -> Path | None:
    """Return the ``.inter`` of a folder: the only one, or the one with the folder's name."""
    found = sorted(folder.glob("*.inter"))
    if user_ids is not None:
        found = [path for path in found if path.resolve() != user_ids.resolve()]
    named = [path for path in found if path.stem == folder.resolve().name]
    if len(found) > 1 and not named:
        names = ", ".join(path.name for path in found)
        raise InputError(
            f"{folder} has several .inter files: {names}",
            hint=f"call the one to read {folder.resolve().name}.inter, or keep it alone",
        )
    return next(iter(named or found), None)


def _open(path: Path) -> tuple[list[str], Iterator[Row]]:
    source = rows(path)
    names = header(source, path)
    for name in (USER, ITEM):
        if name not in names:
            typed = any(":" in column for column in names)
            raise InputError(
                f"{path}:1: no column {name}; the columns are {', '.join(names)}",
                hint="RecBole's files are for 'graphrec load atomic'"
                if typed
                else f"the header must look like {USER}<TAB>{ITEM}<TAB>{LABEL}",
            )
    return names, source


def _read_inter(behaviours: Behaviours, path: Path, kind: str, user_ids: Path | None) -> None:
    names, source = _open(path)
    if user_ids is not None:
        source = _renamed(path, names, source, user_ids)
    time = "timestamp" if "timestamp" in names else None
    others = [name for name in names if name not in {USER, ITEM, time}]
    columns = {
        name: Column(found, part if name == LABEL else values.number if name in NUMBERS else values.token)
        for name, found in values.property_names(others, str(path), "RATED", {LABEL: PROPERTY}).items()
    }
    behaviours.read(path, names, source, user=USER, item=ITEM, time=time, default=kind, columns=columns)


def _renamed(path: Path, names: list[str], source: Iterator[Row], user_ids: Path) -> Iterator[Row]:
    """Yield the rows with the users' original ids, which another file has in the same order."""
    other_names, other = _open(user_ids)
    at, other_at = names.index(USER), other_names.index(USER)
    own: dict[str, str] = {}
    number: dict[str, str] = {}
    for row, twin in zip_longest(source, other):
        if row is None or twin is None:
            raise InputError(
                f"{user_ids} and {path} have different numbers of rows",
                hint="they must hold the same rows in one order",
            )
        line, cells = row
        if len(cells) == len(names) and len(twin[1]) == len(other_names):
            user, name = cells[at].strip(), twin[1][other_at].strip()
            if own.setdefault(user, name) != name or number.setdefault(name, user) != user:
                raise AboutUserError(
                    f"{user_ids}:{twin[0]}: user {user!r} of {path.name} is {name!r} here, but another user before",
                    hint="they must hold the same rows in one order",
                    users=(user, name),
                )
            cells = [name if column == at else cell for column, cell in enumerate(cells)]
        yield line, cells


def _read_matrices(tables: Tables, folder: Path, kind: str, items: int | None) -> None:
    found = {name: folder / f"{name}.npz" for name in PARTS if (folder / f"{name}.npz").is_file()}
    if "train" not in found:
        there = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
        raise InputError(
            f"{folder} has neither an .inter nor a train.npz; it holds {there}",
            hint="for train.txt use 'graphrec load lightgcn', for other files 'graphrec load tables'",
        )
    matrices = {name: _matrix(path) for name, path in found.items()}
    if not any(matrix.nnz for matrix in matrices.values()):
        raise InputError(f"{folder}: the matrices hold no behaviours", hint="a value other than 0 is a behaviour")
    shape = matrices["train"].shape
    for name, matrix in matrices.items():
        if matrix.shape != shape:
            raise InputError(
                f"{found[name]}: {matrix.shape} users × items, train.npz has {shape}",
                hint="they must have the same shape",
            )
    fill_items(tables.items, folder, items, shape[1])
    if len(tables.items) < shape[1]:
        raise InputError(f"--items {items}: the matrices have {shape[1]} items", hint="leave out --items")
    fill(tables.users, shape[0])
    graded = any((matrix.data != 1).any() for matrix in matrices.values())
    builder = EdgeBuilder(
        kind, "user", "item", numbers=("rating",) if graded else (), others=(PROPERTY,), fixed=PROPERTY
    )
    for name, matrix in matrices.items():
        for user, item, value in zip(matrix.row.tolist(), matrix.col.tolist(), matrix.data.tolist(), strict=True):
            builder.add(user, item, None, {PROPERTY: name, "rating": value})
    hand_over(tables, builder)


def _matrix(path: Path) -> coo_array:
    """Read a sparse matrix (``load_npz`` refuses pickles)."""
    refuse_special(path)
    try:
        matrix = coo_array(load_npz(path))
        if matrix.dtype.kind not in "biuf":
            raise ValueError(f"its values are of type {matrix.dtype}")
    except Exception as error:  # the parts may be of any type and shape
        raise InputError(
            f"{path}: not a sparse matrix as scipy.sparse.save_npz writes it: {error}", hint="fetch it again"
        ) from error
    strange = np.flatnonzero(~np.isfinite(matrix.data))
    if len(strange):
        at = strange[0]
        raise InputError(
            f"{path}: the value of user {matrix.row[at]} and item {matrix.col[at]} is {matrix.data[at]}, "
            f"{len(strange):,} are not finite",
            hint="store a finite number, or leave the pair out",
        )
    matrix.eliminate_zeros()
    return matrix


@click.command("mmrec")
@click.argument("folder", type=PATH)
@click.option("--behaviour", default="RATED", show_default=True, help="Relationship type.")
@click.option("--items", type=click.IntRange(1), help="Number of items [default: rows of the .npy files].")
@click.option(
    "--user-ids", type=PATH, help="An .inter of the same rows with the users' original ids, which become their keys."
)
@shared_options
def command(folder: Path, behaviour: str, items: int | None, user_ids: Path | None, **options: Any) -> None:
    """Load MMRec's .inter with a published split, or train/valid/test.npz, from FOLDER."""
    kind = checked_type(behaviour)
    run_load(
        lambda rejects: transform(folder, rejects, behaviour=kind, items=items, user_ids=user_ids),
        **options,
    )


if __name__ == "__main__":
    run_command(command, name="graphrec load mmrec")
