"""Data sets whose users and items are numbered from 0, as rows of their matrices and vectors.

The keys in the graph are these numbers as text: row n of a ``.npy`` belongs to the item with the key ``"n"``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from numpy.lib import format as npy

from graphrec.common.errors import InputError
from graphrec.common.files import refuse_special
from graphrec_etl.files import folder_of
from graphrec_etl.model import Nodes

#: Most users or items of a numbered data set; their keys alone would fill the memory.
MOST = 100_000_000

Header = tuple[tuple[int, ...], bool, Any]
_READERS: dict[tuple[int, int], Callable[[BinaryIO], Header]] = {
    (1, 0): npy.read_array_header_1_0,
    (2, 0): npy.read_array_header_2_0,
}


def fill(nodes: Nodes, size: int) -> None:
    """Add the nodes ``0 … size - 1`` in this order, with or without behaviours.

    Raises
    ------
    InputError
        They are more than :data:`MOST`.
    """
    if size > MOST:
        raise InputError(f"{size:,} users or items are more than {MOST:,}", hint="check the shape, and --items")
    for number in range(size):
        nodes.add(str(number))


def fill_items(nodes: Nodes, folder: Path, items: int | None, columns: int = 0) -> bool:
    """Add all items of a folder, and return whether their number is known.

    Parameters
    ----------
    items
        Number of items, if given; by default from the vectors and matrices.
    columns
        Number of items in the matrices; 0 without matrices.

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
                hint="give the number of items with --items",
            )
        items = rows or columns
    fill(nodes, items)
    return items > 0


def vector_rows(folder: Path) -> int:
    """Return the number of rows of a folder's ``.npy`` files, 0 without any; reads only their headers.

    Raises
    ------
    InputError
        The files disagree, or one is damaged.
    """
    found = {}
    for path in sorted(folder_of(folder).glob("*.npy")):
        shape, kind = _header(path)
        if len(shape) == 2 and kind != "O":  # object arrays are pickled graphs and the like
            found[path.name] = shape[0]
    if len(set(found.values())) > 1:
        said = ", ".join(f"{name} has {rows}" for name, rows in found.items())
        raise InputError(
            f"{folder}: the vectors have different numbers of items: {said}",
            hint="give the number of items with --items",
        )
    return next(iter(found.values()), 0)


def _header(path: Path) -> tuple[tuple[int, ...], str]:
    refuse_special(path)
    try:
        with path.open("rb") as file:
            version = npy.read_magic(file)
            if version not in _READERS:
                raise ValueError(f"version {version} of the format is unknown")
            shape, _, dtype = _READERS[version](file)
            if any(isinstance(size, bool) or size < 0 for size in shape):
                raise ValueError(f"its shape is {shape}")
            if dtype.itemsize * math.prod(shape[1:]) == 0:  # any number of rows would fit
                raise ValueError(f"its shape is {shape}, of {dtype}: the rows are empty")
            # Python's integers, as NumPy's would overflow; pickled objects have no size.
            wanted = file.tell() + math.prod(shape) * dtype.itemsize
            if dtype.kind != "O" and path.stat().st_size < wanted:
                raise ValueError(f"its shape {shape} needs {wanted:,} bytes, the file has {path.stat().st_size:,}")
    except Exception as error:  # reading a header of Python's syntax may raise anything: RecursionError, SyntaxError
        why = str(error) or type(error).__name__
        raise InputError(f"{path}: not a NumPy array: {why}", hint="remove it, or fetch it again") from error
    return shape, dtype.kind
