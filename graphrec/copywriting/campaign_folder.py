"""What a campaign keeps on the disk: its finished parts, until they are one file, and which files these became.

``.graphrec/copy/NAME/`` has ``campaign.json`` and ``part-*.parquet``; only their owner may read them. ``campaign.json``
stays, so that forgetting a user finds the files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from graphrec.common.errors import InputError
from graphrec.common.files import replacing
from graphrec.common.private import private_folder
from graphrec.config.settings import Settings

FOLDER = "copy"
_RECORD = "campaign.json"
#: Columns of the files.
COLUMNS = (
    "user",
    "item",
    "title",
    "kind",
    "lang",
    "tone",
    "text",
    "how",
    "why",
    "share",
    "sentences",
    "cut",
    "sources",
    "run",
)


class Record(msgspec.Struct, frozen=True):
    """What a campaign is; ``files``: where its texts go, and where they went before."""

    campaign: str
    files: tuple[str, ...]
    run_id: str


class CampaignFolder:
    """The folder of one campaign.

    Parameters
    ----------
    path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, record: Record) -> None:
        """Keep what the campaign is, and the files of earlier calls; parts of another run go.

        Raises
        ------
        OSError
            The disk does not take it.
        """
        before = self.record()
        if before is not None:
            if before.run_id != record.run_id:
                self.remove_parts()
            record = replace(record, files=tuple(dict.fromkeys((*before.files, *record.files))))
        private_folder(self.path)
        with replacing(self.path / _RECORD) as part:
            part.write_bytes(msgspec.json.encode(record))

    def record(self) -> Record | None:
        """Return what the campaign is; None if it is not known."""
        try:
            return msgspec.json.decode((self.path / _RECORD).read_bytes(), type=Record)
        except (OSError, msgspec.DecodeError):
            return None

    def parts(self) -> list[Path]:
        """Return the finished parts, in order."""
        return sorted(self.path.glob("part-*.parquet"))

    def add(self, rows: Sequence[dict[str, Any]]) -> None:
        """Keep a finished part."""
        write_rows(self.path / f"part-{len(self.parts()):06}.parquet", [rows])

    def rows(self) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of each part."""
        for part in self.parts():
            yield read_rows(part)

    def remove_parts(self) -> None:
        """Remove the parts."""
        for part in self.parts():
            part.unlink()


def folders(settings: Settings) -> list[CampaignFolder]:
    """Return the folders of all campaigns of a project."""
    return [CampaignFolder(path.parent) for path in sorted((settings.home / FOLDER).glob(f"*/{_RECORD}"))]


def read_rows(file: Path) -> list[dict[str, Any]]:
    """Return the rows of a file of texts.

    Raises
    ------
    InputError
        It cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found: list[dict[str, Any]] = pq.read_table(file).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{file}: cannot be read as Parquet: {error}", hint="remove it, and write it again") from error
    return found


def write_rows(file: Path, blocks: Iterable[Sequence[dict[str, Any]]]) -> None:
    """Write a file of texts, a row group for each block; it is replaced in one step, and readable by its owner alone.

    Raises
    ------
    InputError
        It cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"share": pa.float64(), "sentences": pa.int32(), "cut": pa.int32(), "sources": pa.list_(pa.string())}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
    try:
        with replacing(file) as part, pq.ParquetWriter(part, schema, compression="zstd") as writer:
            for rows in blocks:
                if rows:
                    writer.write_table(pa.Table.from_pylist(list(rows), schema=schema))
    except OSError as error:
        raise InputError(
            f"{file}: cannot be written: {error.strerror or error}", hint="check folder and disk"
        ) from error
