"""Read the user's own vectors from an ``.npy`` or a Parquet file.

``.npy``: an array [n, d]; row i belongs to the item whose key is i, or whose key is line i of ``NAME.ids.txt`` (or
entry i of ``NAME.ids.json``) in the same folder. Parquet: a column of keys, and a column of lists or one numeric
column per dimension. Files are memory-mapped or read in pieces, so they may be larger than memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphrec.common.errors import InputError
from graphrec.common.hashing import digest_files
from graphrec.content.fusion import MAX_DIM
from graphrec.graph.vector_labels import PREFIX

_ROWS = 2048
_WAYS = "an .npy array [items, dimensions], or a Parquet file with a column of keys and one of lists"


@dataclass(frozen=True)
class GivenVectors:
    """A file of vectors: its ``keys`` (one per row), the vectors' length, and a fingerprint of the content."""

    path: Path
    keys: list[Any]
    dim: int
    fingerprint: str
    _columns: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the name used in place of an encoder's."""
        return f"{PREFIX}{self.path.name}"

    def rows(self) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Yield the number of the first row and rows as float64 [n, dim]; missing values are NaN."""
        if self._columns:
            yield from _parquet_rows(self.path, self._columns, self.dim)
            return
        array = _map(self.path)
        for start in range(0, len(array), _ROWS):
            yield start, np.asarray(array[start : start + _ROWS], dtype=np.float64)


def open_given(path: Path, key: str) -> GivenVectors:
    """Open a file of vectors and check its layout; :meth:`GivenVectors.rows` reads the values.

    Parameters
    ----------
    path
        The file.
    key
        Name of the items' key property, one of the accepted names of the key column; ``item`` and ``id`` are others.

    Raises
    ------
    InputError
        The file is missing, has another layout, or names an item twice.
    """
    if not path.is_file():
        raise InputError(f"no file of vectors at {path}", hint=f"name {_WAYS}")
    ending = path.suffix.lower()
    if ending == ".npy":
        given = _open_npy(path)
    elif ending in (".parquet", ".pq"):
        given = _open_parquet(path, key)
    else:
        raise InputError(f"{path} is neither .npy nor .parquet", hint=f"save the vectors as {_WAYS}")
    if given.dim > MAX_DIM:
        raise InputError(f"{path}: vectors of {given.dim} dimensions", hint=f"Neo4j indexes {MAX_DIM}: reduce them")
    seen: dict[str, int] = {}
    for row, name in enumerate(given.keys):
        if seen.setdefault(str(name), row) != row:
            raise InputError(f"{path}: item {name!r} has two vectors, rows {seen[str(name)]} and {row}")
    return given


def match(keys: Sequence[Any], given: GivenVectors) -> tuple[dict[int, list[int]], list[Any]]:
    """Return row of the file → positions of its item in ``keys``, and the file's keys without an item.

    ``'7'`` in a file matches the item 7, and 7 the item ``'7'``, if no item has exactly that key.

    Raises
    ------
    InputError
        No key belongs to an item.
    """
    exact: dict[Any, list[int]] = {}
    alike: dict[str, list[int]] = {}
    for n, key in enumerate(keys):
        exact.setdefault((type(key), key), []).append(n)
        alike.setdefault(str(key), []).append(n)
    found, unknown = {}, []
    for row, key in enumerate(given.keys):
        places = exact.get((type(key), key)) or alike.get(str(key))
        if places:
            found[row] = places
        else:
            unknown.append(key)
    if not found:
        theirs = ", ".join(repr(key) for key in given.keys[:3])
        ours = ", ".join(repr(key) for key in keys[:3])
        raise InputError(
            f"{given.path}: none of its {len(given.keys)} keys is an item's key: {theirs}; items have {ours}",
            hint=f"name the items in {_beside(given.path, '.txt').name}, one key a row of the array"
            if given.path.suffix.lower() == ".npy"
            else "write the items' keys into the column of keys",
        )
    return found, unknown


def _open_npy(path: Path) -> GivenVectors:
    array = _map(path)
    if array.ndim != 2 or not array.shape[0] or not array.shape[1]:
        raise InputError(f"{path}: an array of shape {list(array.shape)}", hint="it must be [items, dimensions]")
    if array.dtype.kind not in "fiu":
        raise InputError(f"{path}: an array of {array.dtype}", hint="vectors must be real numbers, such as float32")
    files = [path]
    keys: list[Any] = list(range(len(array)))
    for ending in (".txt", ".json"):
        beside = _beside(path, ending)
        if beside.is_file():
            keys = _read_keys(beside)
            files.append(beside)
            if len(keys) != len(array):
                raise InputError(f"{path} has {len(array)} rows, but {beside.name} names {len(keys)} items")
            break
    return GivenVectors(path, keys, int(array.shape[1]), digest_files(files))


def _map(path: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # reading a header of Python's syntax may raise anything: RecursionError, SyntaxError
        raise InputError(
            f"{path} is not an .npy array of numbers: {error}", hint="write it with numpy.save(PATH, vectors)"
        ) from error
    return array


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f"{path.stem}.ids{ending}")


def _read_keys(path: Path) -> list[Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        keys = json.loads(text) if path.suffix == ".json" else text.splitlines()
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    if not isinstance(keys, list) or not all(isinstance(key, str | int) for key in keys):
        raise InputError(f"{path} is not a list of keys", hint="write a JSON list of texts or whole numbers")
    return keys


def _open_parquet(path: Path, key: str) -> GivenVectors:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            named, columns = _columns(path, schema, key)
            keys = [_whole(value) for value in file.read([named]).column(0).to_pylist()]
            if not keys:
                raise InputError(f"{path} has no rows")
            dim = len(columns)
            if not _is_number(schema.field(columns[0]).type):
                dim = _list_length(path, file, columns[0])
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path} is not a readable Parquet file: {error}") from error
    absent = next((row for row, value in enumerate(keys) if value is None), None)
    if absent is not None:
        raise InputError(f"{path}: column {named!r} is empty in row {absent}", hint="every vector needs its item's key")
    return GivenVectors(path, keys, dim, digest_files([path]), tuple(columns))


def _columns(path: Path, schema: Any, key: str) -> tuple[str, list[str]]:
    """Return the key column, and the single column of lists or the columns of numbers."""
    named = next((name for name in (key, "item", "id") if name in schema.names), None)
    if named is None:
        raise InputError(
            f"{path} has no column of keys: {', '.join(schema.names[:8])}", hint=f"name it {key!r}, 'item' or 'id'"
        )
    others = [field for field in schema if field.name != named]
    lists = [f.name for f in others if _is_list(f.type) and _is_number(f.type.value_type)]
    numbers = [field.name for field in others if _is_number(field.type)]
    if len(lists) > 1 or not (lists or numbers):
        shown = f"several columns of vectors ({', '.join(lists)})" if lists else "no column of vectors"
        raise InputError(f"{path} has {shown}", hint="keep the keys and one column of lists of numbers")
    return named, lists or numbers


def _is_number(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _whole(value: Any) -> Any:
    """Return 7 for 7.0: pandas turns an integer column with missing values into floats."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _list_length(path: Path, file: Any, column: str) -> int:
    import pyarrow.compute as pc

    found: dict[int, int] = {}
    row = 0
    for batch in file.iter_batches(_ROWS, columns=[column]):
        for length in pc.list_value_length(batch.column(0)).to_pylist():
            if length is not None:
                found.setdefault(length, row)
            row += 1
    if len(found) != 1 or 0 in found:
        shown = " and ".join(f"{length} (row {first})" for length, first in sorted(found.items())[:3]) or "none"
        raise InputError(f"{path}: column {column!r} holds lists of unequal or no length: {shown}")
    return next(iter(found))


def _parquet_rows(path: Path, columns: Sequence[str], dim: int) -> Iterator[tuple[int, NDArray[np.float64]]]:
    import pyarrow.parquet as pq

    row = 0
    with pq.ParquetFile(path) as file:
        lists = not _is_number(file.schema_arrow.field(columns[0]).type)
        for batch in file.iter_batches(_ROWS, columns=list(columns)):
            if lists:
                nothing = [None] * dim
                values = [value if value is not None else nothing for value in batch.column(0).to_pylist()]
            else:
                values = list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
            yield row, np.array(values, dtype=np.float64).reshape(len(values), dim)
            row += len(values)
