"""Read the rows of a Parquet file in batches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from graphrec.common.errors import InputError
from graphrec_etl.files import Row


def parquet(path: Path) -> tuple[list[str], Iterator[Row]]:
    """Return the column names and the numbered rows (from 1); values keep their types.

    Raises
    ------
    InputError
        The file cannot be read or is not Parquet.
    """
    import pyarrow
    from pyarrow import parquet as pq

    try:
        file = pq.ParquetFile(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}", hint="check the path") from error
    except pyarrow.ArrowInvalid as error:
        raise InputError(f"{path}: is not a Parquet file: {error}", hint="check the file") from error

    def source() -> Iterator[Row]:
        number = 0
        for batch in file.iter_batches(batch_size=65_536):
            for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                number += 1
                yield number, list(cells)

    return file.schema_arrow.names, source()
