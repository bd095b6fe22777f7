"""Read the rows of a Parquet file in batches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphrec.common.errors import InputError
from graphrec.common.files import refuse_special
from graphrec_etl.files import Row, check_names
from graphrec_etl.values import NotText, OutOfCalendar, UnknownZone

if TYPE_CHECKING:
    from pyarrow import Array, Scalar, TimestampType


#: Most rows of a file: behaviours are numbered in 32 bits. A small file can claim any number of equal rows.
MOST_ROWS = 2**31 - 1


def parquet(path: Path) -> tuple[list[str], Iterator[Row]]:
    """Return the column names and the numbered rows (from 1); values keep their types.

    Raises
    ------
    InputError
        The file cannot be read or is not Parquet, or a column's name is empty or appears twice.
    """
    import pyarrow
    from pyarrow import parquet as pq

    refuse_special(path)
    try:
        file = pq.ParquetFile(path)
        names, size = file.schema_arrow.names, file.metadata.num_rows
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}", hint="check the path") from error
    except (pyarrow.ArrowException, ValueError, TypeError) as error:  # a NUL in the path, names that are no text
        raise InputError(f"{path}: is not a Parquet file: {error}", hint="check the file") from error

    check_names(names, str(path))
    if size > MOST_ROWS:
        raise InputError(f"{path}: has {size:,} rows, more than {MOST_ROWS:,}", hint="check the file, or split it")

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
    except MemoryError:
        raise
    except Exception:  # one value that Python cannot hold, or of an unknown time zone, stops them all
        return [_cell(scalar) for scalar in column]
    return found


def _cell(scalar: Scalar[Any]) -> Any:
    import pyarrow

    try:
        return scalar.as_py()
    except UnicodeDecodeError as error:
        return NotText(f"{error.object!r}")
    except Exception:
        if pyarrow.types.is_timestamp(scalar.type) and not _is_known(scalar.type):
            return UnknownZone(str(scalar.type.tz))
        try:
            return OutOfCalendar(str(scalar.cast("string")))
        except (pyarrow.ArrowException, ValueError):
            return OutOfCalendar(str(scalar.type))


def _is_known(kind: TimestampType) -> bool:
    """Return whether this machine knows the time zone of a type."""
    import pyarrow

    try:
        pyarrow.scalar(0, kind).as_py()
    except Exception:  # the data base of zones raises errors of its own
        return False
    return True
