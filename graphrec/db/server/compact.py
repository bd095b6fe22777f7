"""Remove from the managed server's files what was deleted from its database.

Neo4j marks what is deleted as free, and overwrites it when it needs the space. Its Community edition has no copy
without the free space: ``neo4j-admin database copy`` is not in it, ``dump`` keeps the files as they are, and
``migrate`` leaves a store of the newest format alone. So this is done while the server is stopped, and nothing waits
in its transaction logs:

- free records of properties become zeros. A record in use is not touched; Neo4j never reads a free one.
- the files of indexes are removed, and Neo4j makes them again at its start.
- the transaction logs are removed, and Neo4j begins new ones: ``db.recovery.fail_on_missing_files``.

Each step may be interrupted: what is left to do is done by the next call, and the server starts.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from graphrec.common.console import activity
from graphrec.common.errors import ServerError
from graphrec.db.server.layout import LOG, Layout
from graphrec.db.server.lifecycle import ensure, exclusive
from graphrec.db.server.versions import chosen_version

Mask: TypeAlias = NDArray[np.bool_]

#: The format whose records are known here, of all versions that graphrec installs.
FORMAT = "record-aligned-1.1"
_PAGE = 8192
#: Pages in memory at once: 8 MiB.
_PAGES = 1024
#: Bytes of a property record, and of its part before the values.
_PROPERTY, _PROPERTY_HEAD = 41, 9
_DYNAMIC_HEAD, _IN_USE = 8, 0x10
_PROPERTIES = "neostore.propertystore.db"


def compact(home: Path, version: str | None, own: Mapping[str, str], formats: dict[str, str]) -> None:
    """Remove what was deleted from the files of all databases; the server of ``home`` is stopped meanwhile.

    Parameters
    ----------
    home, version, own
        As in :func:`graphrec.db.server.ensure`.
    formats
        Name of each database, except the system's → format of its store, as the server says.

    Raises
    ------
    ServerError
        The format of a store is unknown, or the server does not stop or start.
    """
    unknown = {name: said for name, said in formats.items() if said != FORMAT}
    if unknown or not formats:
        raise ServerError(
            f"the store cannot be rewritten: its format is {', '.join(unknown.values()) or 'not known'}, not {FORMAT}",
            hint="leave out --compact: Neo4j overwrites what was deleted when it needs the space",
        )
    with _stopped(home, version, own) as layout, activity("Removing what was deleted …"):
        for name in formats:
            _clean(layout, name)


def clean_records(folder: Path) -> None:
    """Write zeros over the free records of properties in the folder of a database whose server is stopped."""
    for kind in ("strings", "arrays"):
        path = folder / f"{_PROPERTIES}.{kind}"
        with path.open("rb") as file:
            size = int.from_bytes(file.read(4), "big")
        if not _DYNAMIC_HEAD < size <= _PAGE:
            raise ServerError(f"{path}: records of {size} bytes are unknown", hint="leave out --compact")
        _rewrite(path, size, _free_values)
    _rewrite(folder / _PROPERTIES, _PROPERTY, _free_properties)


@contextmanager
def _stopped(home: Path, version: str | None, own: Mapping[str, str]) -> Iterator[Layout]:
    """Stop the server properly, and start it again at the end; other commands wait."""
    from graphrec.db.server import process
    from graphrec.db.server.starting import start

    ensure(home, version, own)  # after a crash, Neo4j has to recover from its logs first
    layout = Layout.of(home)
    with exclusive(layout):
        record = layout.read_record()
        running = process.find(layout, record)
        if running is None or record is None:
            raise ServerError("the local Neo4j has ended meanwhile", hint="run the same command again")
        process.terminate(running, layout)
        try:
            if " Stopped." not in process.console_text(layout):
                raise ServerError(
                    "the local Neo4j did not stop properly; its files are as they were",
                    hint="run the same command again",
                )
            yield layout
        finally:
            start(layout, chosen_version(version or record.version), own)
            layout.logs_removed.unlink(missing_ok=True)


def _clean(layout: Layout, name: str) -> None:
    folder, logs = layout.data / "databases" / name, layout.data / "transactions" / name
    clean_records(folder)
    shutil.rmtree(folder / "schema", ignore_errors=True)
    layout.logs_removed.touch()  # before the first one goes: the next start must not ask for them
    # The logs first, then the record of checkpoints: in between, what is there belongs together.
    for path in [*sorted(logs.glob(f"{LOG}.*"), key=lambda one: int(one.suffix[1:])), *logs.glob("checkpoint.*")]:
        path.unlink()


def _rewrite(path: Path, size: int, free: Callable[[NDArray[np.uint8], bool], Mask]) -> None:
    """Write zeros over the bytes of the records that ``free`` marks, in pages that have any."""
    count = _PAGE // size
    with path.open("r+b") as file:
        at = 0
        while block := file.read(_PAGE * _PAGES):
            pages = np.frombuffer(block, np.uint8)[: len(block) // _PAGE * _PAGE].reshape(-1, _PAGE).copy()
            records = pages[:, : count * size].reshape(len(pages), count, size)
            wasted: Mask = free(records, at == 0) & (records != 0)
            for page in np.flatnonzero(wasted.any((1, 2))).tolist():
                records[page][wasted[page]] = 0
                file.seek(at + page * _PAGE)
                file.write(pages[page].tobytes())
            at += len(block)
            file.seek(at)


def _free_values(records: NDArray[np.uint8], first: bool) -> Mask:
    """Return which bytes of the records of long values hold nothing: those of free records, and after the value."""
    length = (records[..., 1].astype(np.int64) << 16) | (records[..., 2].astype(np.int64) << 8) | records[..., 3]
    length[(records[..., 0] & _IN_USE) == 0] = 0
    if first:
        length[0, 0] = records.shape[-1]  # says how large records are
    return np.arange(records.shape[-1]) >= _DYNAMIC_HEAD + length[..., None]


def _free_properties(records: NDArray[np.uint8], first: bool) -> Mask:
    """Return which bytes of the records of properties hold nothing: a free one begins with an empty value."""
    free = ~records[..., _PROPERTY_HEAD : _PROPERTY_HEAD + 8].any(-1)
    return np.asarray(free)[..., None] & (np.arange(records.shape[-1]) >= _PROPERTY_HEAD)
