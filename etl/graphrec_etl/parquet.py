"""Read the rows of a Parquet file in batches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphrec.common.errors import InputError
from graphrec_etl.files import Row, check_names
from graphrec_etl.values import OutOfCalendar

if TYPE_CHECKING:
    from pyarrow import Array, Scalar


def parquet(path: Path) -> tuple[list[str], Iterator[Row]]:
    """Return the column names and the numbered rows (from 1); values keep their types.

    Raises
    ------
    InputError
        The file cannot be read or is not Parquet, or a column's name is empty or appears twice.
    """
    import pyarrow
    from pyarrow import parquet as pq

    try:
        file = pq.ParquetFile(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}", hint="check the path") from error
    except pyarrow.ArrowException as error:
        raise InputError(f"{path}: is not a Parquet file: {error}", hint="check the file") from error

    names = file.schema_arrow.names
    check_names(names, str(path))

    def source() -> Iterator[Row]:
        number = 0
        try:
            for batch in file.iter_batches(batch_size=65_536):
                for cells in zip(*(_cells(column) for column in batch.columns), strict=True):
                    number += 1
                    yield number, list(cells)
        except (OSError, pyarrow.ArrowException) as error:
            raise InputError(f"{path}: cannot be read after row {number}: {error}", hint="write it again") from error

    return names, source()


def _cells(column: Array[Any]) -> list[Any]:
    """Return a column's values as Python values."""
    try:
        found: list[Any] = column.to_pylist()
    except (ValueError, OverflowError):
        return [_cell(scalar) for scalar in column]
    return found


def _cell(scalar: Scalar[Any]) -> Any:
    import pyarrow

    try:
        return scalar.as_py()
    except (ValueError, OverflowError):
        try:
            return OutOfCalendar(str(scalar.cast("string")))
        except pyarrow.ArrowException:
            return OutOfCalendar(str(scalar.type))
