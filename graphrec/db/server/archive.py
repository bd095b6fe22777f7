"""Back up, restore and check the store of the managed server, with Neo4j's own tools.

The tools need a store that is closed. A server that runs is stopped for them and started again, whatever happens.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

from graphrec.common.console import activity, note
from graphrec.common.errors import InputError, ServerError
from graphrec.common.files import replacing
from graphrec.common.sizes import megabytes
from graphrec.db.server import process, swap
from graphrec.db.server.admin import run_admin, said
from graphrec.db.server.jars import install, read_lock
from graphrec.db.server.java import find_java
from graphrec.db.server.layout import Layout
from graphrec.db.server.lifecycle import server_locked
from graphrec.db.server.room import RESERVE_BYTES, free_bytes
from graphrec.db.server.starting import start
from graphrec.db.server.versions import chosen_version

DATABASE = "neo4j"  # the one that the server has
SUFFIX = ".dump"
#: Neo4j's tools say so of a store that was not closed properly.
_NOT_CLOSED = "Active logical log detected"


@dataclass(frozen=True)
class Checked:
    """Result of a consistency check; ``report``: the file with what was found, or None where all is well."""

    consistent: bool
    report: Path | None


class Archive:
    """The store of one managed server.

    Parameters
    ----------
    home
        Folder of the server.
    version
        Version of Neo4j, or the beginning of one; by default that of the last start.
    own
        The user's settings of Neo4j, for the starts.
    """

    def __init__(self, home: Path, version: str | None = None, own: Mapping[str, str] | None = None) -> None:
        self._layout = Layout.of(home)
        record = self._layout.read_record()
        self._version = chosen_version(version or (record.version if record else None))
        self._own = dict(own or {})

    def backup(self, target: Path, *, overwrite: bool = False) -> Path:
        """Write the store into one file, in Neo4j's dump format.

        Parameters
        ----------
        target
            The file; or a folder, in which the file is named after the moment.
        overwrite
            Whether an existing file may be replaced.

        Raises
        ------
        InputError
            The file exists, or its folder does not.
        ServerError
            Neo4j's tool fails.
        """
        file = target / time.strftime(f"neo4j-%Y%m%d-%H%M%S{SUFFIX}") if target.is_dir() else target
        if file.exists() and not overwrite:
            raise InputError(f"{file} exists", hint="name another file, or add --overwrite")
        if not file.parent.is_dir():
            raise InputError(f"{file.parent} is not a folder", hint="make it, or name another file")
        with self._closed(), replacing(file) as part:
            done = self._on_closed("database", "dump", DATABASE, "--to-stdout", output=part)
            if done.returncode != 0:
                free = megabytes(shutil.disk_usage(file.parent).free)
                raise ServerError(
                    f"no backup was made: {said(done)}", hint=f"{free} are free on the disk of {file.parent}"
                )
        return file

    def restore(self, source: Path, *, overwrite: bool = False) -> Path:
        """Replace the store by that of a file from :meth:`backup`, or from ``neo4j-admin database dump``.

        The new store is prepared beside the old one and opened before the old one goes; where it is interrupted or
        fails, the old one stays.

        Parameters
        ----------
        source
            The file; or a folder, of whose ``.dump`` files the newest is taken.
        overwrite
            Whether an existing database may be replaced.

        Raises
        ------
        InputError
            There is no such file, or it is none of Neo4j's; or there is a database.
        ServerError
            There is no room, Neo4j's tool fails, or Neo4j does not open what was restored.
        """
        file = _newest(source) if source.is_dir() else source
        if not file.is_file():
            raise InputError(f"{file} is not a file", hint="name a file that `graphrec db backup` wrote")
        layout = self._layout
        there = layout.exists
        if there and not overwrite:
            raise InputError(
                f"there is a database in {layout.root}",
                hint="add --overwrite to replace it; `graphrec db backup` keeps it",
            )
        layout.create()
        with server_locked(layout):
            # The first start makes the password; or an earlier replacement was cut off before its first start.
            if not there or swap.before(layout).is_dir():
                start(layout, self._version, self._own)
            up = self._stop() and there
            try:
                self._stage(file)
                swap.put_in_place(layout)
                start(layout, self._version, self._own)
            except BaseException:
                shutil.rmtree(swap.staging(layout), ignore_errors=True)
                if up and process.search(layout) is None:
                    start(layout, self._version, self._own)
                raise
            if not up:
                self._stop()
        return file

    def check(self) -> Checked:
        """Check the consistency of the store: records, indexes, counts.

        Raises
        ------
        ServerError
            Neo4j's tool cannot check it.
        """
        reports = self._layout.console_log.parent
        before = set(reports.glob("*.report"))
        with self._closed():
            done = self._on_closed("database", "check", DATABASE, f"--report-path={reports}")
        report = next(iter(set(reports.glob("*.report")) - before), None)
        if done.returncode != 0 and report is None:
            raise ServerError(f"the database was not checked: {said(done)}")
        return Checked(report is None, report)

    @contextmanager
    def _closed(self) -> Iterator[None]:
        """Hold the lock while the server is stopped; start it again if it ran."""
        with server_locked(self._layout):
            up = self._stop()
            try:
                yield
            finally:
                if up:
                    start(self._layout, self._version, self._own)

    def _stop(self) -> bool:
        """Stop the server; return whether it ran."""
        running = process.find(self._layout, self._layout.read_record()) or process.search(self._layout)
        if running is None:
            return False
        note("Stopping Neo4j for a moment: the tools need the closed store …")
        process.terminate(running, self._layout)
        return True

    def _on_closed(self, *words: str, output: Path | None = None) -> CompletedProcess[str]:
        """Run a tool on the store; where it was not closed properly, after a crash, open and close it first."""
        done = self._run(self._layout.root, *words, output=output)
        if done.returncode != 0 and _NOT_CLOSED in done.stderr + done.stdout:
            start(self._layout, self._version, self._own)
            self._stop()
            done = self._run(self._layout.root, *words, output=output)
        return done

    def _run(
        self, home: Path, *words: str, given: Path | None = None, output: Path | None = None
    ) -> CompletedProcess[str]:
        java, jars = find_java(self._version), install(read_lock(self._version))
        with activity(f"neo4j-admin {words[0]} {words[1]} …"):
            return run_admin(java, jars, home, *words, given=given, output=output)

    def _stage(self, file: Path) -> None:
        """Make a whole data folder with the store of ``file``, in :func:`graphrec.db.server.swap.staging`."""
        layout, stage = self._layout, swap.staging(self._layout)
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir(mode=0o700)
        shutil.copytree(layout.conf, stage / "conf")
        told = self._run(stage, "database", "load", DATABASE, "--from-stdin", "--info", given=file)
        size = re.search(r"^Bytes: (\d+)", told.stdout, re.MULTILINE)
        if told.returncode != 0 or size is None:
            raise InputError(f"{file} is no dump of a Neo4j database: {said(told)}", hint="is the file complete?")
        free, needed = free_bytes(layout), int(size[1]) + RESERVE_BYTES
        if free < needed:
            raise ServerError(
                f"the disk of {layout.root} has {megabytes(free)} free; restoring beside the old database needs "
                f"{megabytes(needed)}",
                hint="make room, then repeat the command; nothing was changed",
            )
        shutil.copytree(layout.data, stage / "data", ignore=_without_store)
        done = self._run(stage, "database", "load", DATABASE, "--from-stdin", given=file)
        if done.returncode != 0:
            raise ServerError(f"{file} was not restored: {said(done)}", hint="nothing was changed")


def _newest(folder: Path) -> Path:
    """Return the dump in a folder that was written last."""
    found = sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise InputError(f"there is no {SUFFIX} file in {folder}", hint="name a file that `graphrec db backup` wrote")
    return found[-1]


def _without_store(folder: str, names: list[str]) -> set[str]:
    """Leave out the store that is replaced: ``databases/neo4j`` and ``transactions/neo4j``."""
    return {DATABASE} & set(names) if Path(folder).name in ("databases", "transactions") else set()
