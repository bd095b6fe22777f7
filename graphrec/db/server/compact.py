"""Remove from the managed server's files what was deleted from its database.

Neo4j marks what is deleted as free, and overwrites it when it needs the space. Its Community edition has no copy
without the free space: ``neo4j-admin database copy`` is not in it, ``dump`` keeps the files as they are, and
``migrate`` leaves a store of the newest format alone. So this is done on a copy of the store while the server is
stopped, and nothing waits in its transaction logs:

- free records of properties become zeros. A record in use is not touched; Neo4j never reads a free one, and its own
  consistency check reads the whole copy.
- the files of indexes are removed, and Neo4j makes them again at its start.
- the transaction logs are removed, and Neo4j begins new ones: ``db.recovery.fail_on_missing_files``.

Then the copy takes the place of the store (:mod:`graphrec.db.server.swap`). Until then, the store is as it was.
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
from graphrec.common.sizes import megabytes
from graphrec.db.server import swap
from graphrec.db.server.admin import run_admin, said
from graphrec.db.server.jars import install, read_lock
from graphrec.db.server.java import find_java
from graphrec.db.server.layout import LOG, Layout
from graphrec.db.server.lifecycle import ensure, server_locked
from graphrec.db.server.room import RESERVE_BYTES, free_bytes
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
        The format of a store is unknown, there is no room for a copy, the copy is not consistent, or the server does
        not stop or start.
    """
    unknown = {name: said for name, said in formats.items() if said != FORMAT}
    if unknown or not formats:
        raise ServerError(
            f"the store cannot be rewritten: its format is {', '.join(unknown.values()) or 'not known'}, not {FORMAT}",
            hint="leave out --compact: Neo4j overwrites what was deleted when it needs the space",
        )
    with _stopped(home, version, own) as layout, activity("Removing what was deleted …"):
        stage = swap.staging(layout)
        try:
            _copy(layout, stage)
            for name in formats:
                clean_records(stage / "data" / "databases" / name)
                _check(layout, stage, name, chosen_version(version or _last(layout)))
                _remove_indexes_and_logs(stage / "data", name)
        except BaseException:
            shutil.rmtree(stage, ignore_errors=True)
            raise
        layout.logs_removed.touch()  # the next start must not ask for them
        swap.put_in_place(layout)


def _last(layout: Layout) -> str | None:
    """Return the version of the last start."""
    record = layout.read_record()
    return record.version if record else None


def _copy(layout: Layout, stage: Path) -> None:
    """Copy the data of the server, which does not run."""
    size = sum(path.stat().st_size for path in layout.data.rglob("*") if path.is_file())
    free, needed = free_bytes(layout), size + RESERVE_BYTES
    if free < needed:
        raise ServerError(
            f"the disk of {layout.root} has {megabytes(free)} free; --compact copies the store, which needs "
            f"{megabytes(needed)}",
            hint="make room, then repeat the command; the store is as it was",
        )
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(mode=0o700)
    shutil.copytree(layout.conf, stage / "conf")
    shutil.copytree(layout.data, stage / "data")


def _check(layout: Layout, stage: Path, name: str, version: str) -> None:
    """Check the consistency of a database of the copy."""
    done = run_admin(
        find_java(version), install(read_lock(version)), stage, "database", "check", name, f"--report-path={stage}"
    )
    if done.returncode != 0:
        raise ServerError(
            f"the copy of the store without what was deleted is not consistent: {said(done)}",
            hint="leave out --compact: the store is as it was; `graphrec db check` checks it",
        )


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
    with server_locked(layout):
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


def _remove_indexes_and_logs(data: Path, name: str) -> None:
    shutil.rmtree(data / "databases" / name / "schema", ignore_errors=True)
    logs = data / "transactions" / name
    for path in [*logs.glob(f"{LOG}.*"), *logs.glob("checkpoint.*")]:
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
