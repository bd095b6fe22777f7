"""``graphrec db``: manage the local Neo4j that graphrec runs, and remove what graphrec wrote to a database."""

from __future__ import annotations

import sys
import time
import webbrowser
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from graphrec.common.console import echo, echo_json, is_terminal, note
from graphrec.common.errors import InputError, ServerError
from graphrec.common.sizes import megabytes
from graphrec.config.settings import Settings, load_settings
from graphrec.db import server
from graphrec.db.database import connect
from graphrec.db.local import no_database
from graphrec.db.write_lock import writing

if TYPE_CHECKING:
    from graphrec.db.server.archive import Archive


@click.group()
def db() -> None:
    """Manage the local Neo4j of this project; remove what graphrec wrote to a database.

    `graphrec load` and `graphrec quickstart` create it; any command starts it when needed. If NEO4J_URI is set,
    graphrec uses that server instead, and only `clean` works on it.
    """


@db.command()
def start() -> None:
    """Start the server (install it first if needed) and print its address."""
    settings = _own()
    server.ensure(settings.home, settings.server.version, settings.server.conf)
    server.revive(settings.home, settings.server.version, settings.server.conf)
    _show(server.status(settings.home), settings.home)


@db.command()
def stop() -> None:
    """Stop the server; the data is kept."""
    note("Stopped." if server.stop(_home()) else "It was not running.")


@db.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(as_json: bool) -> None:
    """Show whether the server runs and its database works, its address, uptime, size and what is free on its disk."""
    settings = _own()
    home = settings.home
    now = server.status(home, settings.server.version)
    if as_json:
        files = {"log": server.log_path(home), "password_file": server.password_path(home)}
        echo_json(asdict(now) | files)
    else:
        _show(now, home)


@db.command()
@click.option("-n", "--lines", type=click.IntRange(min=0), default=40, show_default=True, help="Number of last lines.")
@click.option("-f", "--follow", is_flag=True, help="Keep printing until Ctrl-C.")
def logs(lines: int, follow: bool) -> None:
    """Print the server's log since its last start."""
    path = server.log_path(_home())
    if not path.exists():
        raise ServerError(f"there is no log at {path}: the server was never started", hint="graphrec db start")
    note(str(path))
    with path.open(encoding="utf-8", errors="replace") as log:
        echo("".join(deque(log, maxlen=lines)), nl=False)
        while follow:
            _print_new(path, log)
            time.sleep(0.3)


@db.command()
@click.option("--no-open", is_flag=True, help="Only print the address.")
def browser(no_open: bool) -> None:
    """Open Neo4j Browser on the local server."""
    settings = _own()
    home = settings.home
    if not server.exists(home):
        raise no_database(settings)
    url = server.browser_url(home, settings.server.version, settings.server.conf)
    echo(url)
    note(f"user neo4j; the password is in {server.password_path(home)}")
    if not no_open and not webbrowser.open(url):
        note("No web browser could be opened from here: open the address yourself.")


@db.command()
@click.argument("target", metavar="FILE|FOLDER", type=click.Path(path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
def backup(target: Path, overwrite: bool) -> None:
    """Write the local database into one file, in the format of `neo4j-admin database dump`.

    In a folder, the file is named after the moment. A running server is stopped for it and started again.
    """
    file = _archive(_own()).backup(target, overwrite=overwrite)
    note(f"{megabytes(file.stat().st_size)}; it holds everything that the database holds: keep it as safe")
    echo(file)


@db.command()
@click.argument("source", metavar="FILE|FOLDER", type=click.Path(path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace the database that is there.")
def restore(source: Path, overwrite: bool) -> None:
    """Replace the local database by a backup; of a folder, the newest .dump file is taken.

    The backup is put beside the old database and opened before the old one goes: an interruption leaves the old one.
    The server runs afterwards if it ran before.
    """
    settings = _own()
    with _writing(settings, "db restore"):
        file = _archive(settings, new=True).restore(source, overwrite=overwrite)
    echo(f"restored {file} to {settings.home}")


@contextmanager
def _writing(settings: Settings, command: str) -> Iterator[None]:
    """Let nobody write meanwhile: what they began would end in another store."""
    if server.status(settings.home).state != "running":
        yield
        return
    with connect(settings) as database, writing(database, command):
        yield


@db.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(as_json: bool) -> None:
    """Check that the local database is consistent: records, indexes, counts. Exit code 1: it is not.

    A running server is stopped for it and started again.
    """
    found = _archive(_own()).check()
    if as_json:
        echo_json(asdict(found))
    else:
        echo("consistent" if found.consistent else f"not consistent: {found.report} says what is wrong")
    if not found.consistent:
        note("`graphrec db restore` puts a backup in place")
        sys.exit(1)


@db.command()
@click.option("--dry-run", is_flag=True, help="List what would be removed; change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def clean(dry_run: bool, yes: bool, as_json: bool) -> None:
    """Remove everything that graphrec wrote to the database, except what `graphrec load` loaded, and nothing else.

    That is: published runs, RECOMMENDED, SIMILAR, SHOWN and GRAPHREC_COPY relationships, embeddings, content vectors,
    modality weights, keys of events, and graphrec's indexes and constraints; on the local server or on that of
    NEO4J_URI. Your nodes, relationships and indexes stay, also those of the same names. Run directories stay. After an
    interruption, the same command continues.
    """
    if not (yes or dry_run or is_terminal(sys.stdin)):
        raise InputError(
            "cleaning cannot be undone, and there is no terminal to ask on", hint="add --yes, or --dry-run"
        )
    settings = load_settings()
    from graphrec.erasure.clean import clean as remove
    from graphrec.erasure.clean import look
    from graphrec.ingest.spool import turns

    try:
        with connect(settings) as database:
            found = look(database, settings.graph)
            if found and not dry_run:
                if not yes:
                    for line in found.lines():
                        note(f"to be removed: {line}")
                    click.confirm("Remove all of it? It cannot be undone", abort=True, err=True)
                with turns(settings.home):  # events that come meanwhile wait on the disk, and keep their keys
                    remove(database, settings.graph, note)
    except KeyboardInterrupt:
        note("interrupted: part of it may be removed already; the same command continues from here")
        raise
    if as_json:
        echo_json(found.to_dict() | {"dryRun": dry_run})
    elif not found:
        echo("nothing that graphrec wrote is in this database")
    else:
        echo("\n".join(f"{'to be removed' if dry_run else 'removed'}: {line}" for line in found.lines()))


def _archive(settings: Settings, *, new: bool = False) -> Archive:
    """Return the store of this project's server.

    Parameters
    ----------
    new
        Whether there need not be one yet.

    Raises
    ------
    DatabaseError
        The project has no database.
    """
    from graphrec.db.server.archive import Archive

    if not new and not server.exists(settings.home):
        raise no_database(settings)
    return Archive(settings.home, settings.server.version, settings.server.conf)


def _home() -> Path:
    """Return the folder of this project's server."""
    return _own().home


def _own() -> Settings:
    """Return the settings of a project that runs its own server.

    Raises
    ------
    ServerError
        ``NEO4J_URI`` names a server that graphrec does not manage.
    """
    settings = load_settings()
    if settings.neo4j.uri is not None:
        raise ServerError(
            f"NEO4J_URI={settings.neo4j.uri!r} is set: graphrec uses that server and does not manage it",
            hint="unset NEO4J_URI to use the local one; its own tools (neo4j-admin) serve that one",
        )
    return settings


def _print_new(path: Path, log: TextIO) -> None:
    """Print what has been added to the log; start over if a restart of the server began a new log."""
    if path.stat().st_size < log.tell():
        log.seek(0)
    echo(log.read(), nl=False)


def _show(now: server.ServerStatus, home: Path) -> None:
    if now.state == "none":
        echo(f"no Neo4j in {now.home} yet: `graphrec load` or `graphrec db start` creates one")
        return
    echo(f"Neo4j {now.version}: {now.state}" + (f": {now.problem}" if now.problem else ""))
    if now.uptime is not None:
        echo(f"  address  {now.uri}\n  Browser  {now.browser}")
        echo(f"  login    user neo4j, password in {server.password_path(home)}")
        echo(f"  process  {now.pid}, up {_duration(now.uptime)}")
    free = "" if now.free_bytes is None else f"; {megabytes(now.free_bytes)} free on its disk"
    echo(f"  data     {megabytes(now.data_bytes)} in {now.home}{free}")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
