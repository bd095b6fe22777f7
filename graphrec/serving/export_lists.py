"""Export all published lists to one Parquet or CSV file, a row per user and item, streamed from Neo4j."""

from __future__ import annotations

import csv
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

from graphrec.common.console import progress
from graphrec.common.errors import GraphError, InputError, NotFoundError, nearest
from graphrec.common.files import replacing
from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.publishing.registry import active_run, published_runs
from graphrec.serving import availability
from graphrec.serving.availability import Availability
from graphrec.serving.user_status import NOTHING_PUBLISHED, PUBLISH

Format = Literal["parquet", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)
COLUMNS = ("user", "item", "rank", "score", "title", "run")

#: Rows written at once; a row group of a Parquet file.
BLOCK = 100_000

Row = tuple[Any, Any, int, float, str, str]


class _Write(Protocol):
    def __call__(self, rows: list[Row]) -> None: ...


@dataclass(frozen=True)
class Exported:
    """The result of an export: the file, its run, the numbers of users and rows, and the length of the lists."""

    file: Path
    run_id: str
    users: int
    rows: int
    k: int


def format_of(file: Path, wanted: str | None = None) -> Format:
    """Return the format of a file by its ending, or the requested one.

    Raises
    ------
    InputError
        The ending is of neither format, or contradicts the requested one.
    """
    ending = file.suffix.lower().removeprefix(".")
    named: Format | None = next((name for name in FORMATS if name == wanted), None)
    if wanted is not None and named is None:
        raise InputError(f"no format {wanted!r}", hint=nearest(wanted, FORMATS))
    by_ending: Format | None = next((name for name in FORMATS if name == ending), None)
    if named and by_ending and named != by_ending:
        raise InputError(
            f"{file}: ends in .{ending}, but the format is {named}",
            hint=f"name it {file.stem}.{named}, or drop --format",
        )
    found = named or by_ending
    if found is None:
        told = f"ends in .{ending}" if ending else "has no ending"
        raise InputError(
            f"{file}: {told}; graphrec writes .parquet and .csv", hint="rename it, or say --format parquet or csv"
        )
    return found


def export_lists(
    db: Database,
    schema: GraphSchema,
    file: Path,
    k: int | None = None,
    format: Format | None = None,
    available: Availability | None = None,
) -> Exported:
    """Write the lists of all users of the active run to a file; an existing file is replaced at the end.

    Users are sorted by id. Ids are integers if all ids of that kind are, else text. Items that may not be shown now are
    left out.

    Parameters
    ----------
    k
        Maximum number of items per user; None for all that are published.
    format
        None: by the file's ending.
    available
        The properties that decide whether an item may be shown; by default those of the default names.

    Raises
    ------
    InputError
        The ending is unknown, or the file cannot be written.
    NotFoundError
        No run is published.
    GraphError
        The run was removed during the export; nothing is written.
    """
    chosen = format_of(file, format)
    if not file.parent.is_dir():
        raise InputError(f"{file}: no such folder {file.parent}", hint="make the folder first")
    if file.is_dir():
        raise InputError(f"{file}: is a folder", hint="name a file in it")
    run = active_run(db)
    if run is None:
        raise NotFoundError(NOTHING_PUBLISHED, hint=PUBLISH)
    depth = run.k if k is None else min(k, run.k)
    whole = db.read(queries.load("query/id_types", schema))[0]
    open_writer = _parquet if chosen == "parquet" else _csv
    users = rows = 0
    last: Any = None
    try:
        with replacing(file) as part:
            found = _rows(db, availability.load("query/lists", schema, available), run.run_id, depth)
            with closing(found), open_writer(part, whole["users"], whole["items"]) as write, progress() as bar:
                task = bar.add_task(f"writing {file.name}", total=run.links if depth == run.k else None)
                while block := list(islice(found, BLOCK)):
                    write(block)
                    for row in block:
                        users += rows == 0 or row[0] != last
                        last = row[0]
                        rows += 1
                    bar.update(task, completed=rows)
            if not any(one.run_id == run.run_id and one.kept for one in published_runs(db)):
                raise GraphError(
                    f"run {run.run_id} was removed while its lists were read; {file} is as it was", hint="export again"
                )
    except OSError as error:
        raise InputError(
            f"{file}: cannot be written: {error.strerror or error}", hint="check folder and disk"
        ) from error
    return Exported(file, run.run_id, users, rows, depth)


def _rows(db: Database, query: str, run_id: str, k: int) -> Generator[Row, None, None]:
    with closing(db.stream(query, runId=run_id, k=k)) as found:
        for row in found:
            yield (row["user"], row["item"], row["rank"], row["score"], row["title"], run_id)


@contextmanager
def _csv(path: Path, users: bool, items: bool) -> Iterator[_Write]:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        yield writer.writerows


@contextmanager
def _parquet(path: Path, users: bool, items: bool) -> Iterator[_Write]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = [pa.int64() if users else pa.string(), pa.int64() if items else pa.string()]
    kinds += [pa.int32(), pa.float64(), pa.string(), pa.dictionary(pa.int32(), pa.string())]
    schema = pa.schema(list(zip(COLUMNS, kinds, strict=True)))

    def write(rows: list[Row]) -> None:
        columns: list[Any] = list(zip(*rows, strict=True))
        for place, whole in enumerate((users, items)):
            if not whole:
                columns[place] = [str(key) for key in columns[place]]
        arrays = [pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)]
        writer.write_batch(pa.record_batch(arrays, schema=schema))

    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        yield write
