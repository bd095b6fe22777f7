"""Data sets whose users and items are numbers from 0 on: rows of the matrices and vectors that come with them.

The keys in the graph are these numbers as text: row n of a ``.npy`` belongs to the item with the key ``"n"``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from numpy.lib import format as npy

from graphrec.common.errors import InputError
from graphrec_etl.files import folder_of
from graphrec_etl.model import Nodes

Header = tuple[tuple[int, ...], bool, Any]
_READERS: dict[tuple[int, int], Callable[[BinaryIO], Header]] = {
    (1, 0): npy.read_array_header_1_0,
    (2, 0): npy.read_array_header_2_0,
}


def fill(nodes: Nodes, size: int) -> None:
    """Make the nodes ``0 … size - 1``, in this order: there are so many, whether or not a behaviour names them."""
    for number in range(size):
        nodes.add(str(number))


def fill_items(nodes: Nodes, folder: Path, items: int | None, columns: int = 0) -> bool:
    """Make all items of a folder, as many as are said or as its vectors and matrices have; say whether that is known.

    Parameters
    ----------
    items
        How many there are, where somebody says so.
    columns
        How many items the matrices have; 0 where there are none.

    Raises
    ------
    InputError
        Vectors and matrices disagree, or an array is damaged.
    """
    if items is None:
        rows = vector_rows(folder)
        if rows and columns and rows != columns:
            raise InputError(
                f"{folder}: the matrices have {columns} items, the vectors {rows}",
                hint="say how many items there are with --items",
            )
        items = rows or columns
    fill(nodes, items)
    return items > 0


def vector_rows(folder: Path) -> int:
    """Return how many rows the ``.npy`` files of a folder have, 0 where there are none; only their headers are read.

    Raises
    ------
    InputError
        They disagree, or one is damaged.
    """
    found = {}
    for path in sorted(folder_of(folder).glob("*.npy")):
        shape, kind = _header(path)
        if len(shape) == 2 and kind != "O":  # no objects: those are pickled graphs and the like
            found[path.name] = shape[0]
    if len(set(found.values())) > 1:
        said = ", ".join(f"{name} has {rows}" for name, rows in found.items())
        raise InputError(
            f"{folder}: the vectors are of different numbers of items: {said}",
            hint="say how many items there are with --items",
        )
    return next(iter(found.values()), 0)


def _header(path: Path) -> tuple[tuple[int, ...], str]:
    try:
        with path.open("rb") as file:
            version = npy.read_magic(file)
            if version not in _READERS:
                raise ValueError(f"version {version} of the format is unknown")
            shape, _, dtype = _READERS[version](file)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a NumPy array: {error}", hint="remove it, or fetch it again") from error
    return shape, dtype.kind
