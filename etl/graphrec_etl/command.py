"""Shared parts of the ``graphrec load`` commands: options, and loading from tables to report."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from graphrec.common.console import echo, echo_json, note, progress
from graphrec.common.errors import InputError
from graphrec.config.personal import names
from graphrec.config.project import leave_file
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import Database, connect
from graphrec.pseudonyms.key import PseudonymKey
from graphrec_etl.behaviours import named_type
from graphrec_etl.guard import Guard
from graphrec_etl.media import make_relative
from graphrec_etl.model import Tables
from graphrec_etl.rejects import Rejects
from graphrec_etl.report import Report
from graphrec_etl.write import Writer, check_names

F = TypeVar("F", bound=Callable[..., Any])
PATH = click.Path(path_type=Path)

_MEDIA = (
    click.option("--media", type=PATH, help="Table of item_id, poster or image, audio, description (tab-separated)."),
    click.option("--media-root", type=PATH, help="Base folder of the paths in --media [default: detected]."),
)
_OPTIONS = (
    click.option("--rejects", type=PATH, help="Folder for rejected rows [default: rejects]."),
    click.option("--max-bad", type=click.IntRange(0), default=0, show_default=True, help="Bad rows to tolerate."),
    click.option("--batch", type=click.IntRange(1), default=10_000, show_default=True, help="Rows per transaction."),
    click.option("--dry-run", is_flag=True, help="Check and report; write nothing to Neo4j."),
    click.option(
        "--pseudonymise", type=PATH, metavar="KEYFILE", help="Load pseudonyms in the place of users' ids; scrubs texts."
    ),
    click.option("--scrub", is_flag=True, help="Take e-mails, phone and card numbers and names out of users' texts."),
    click.option("--json", "as_json", is_flag=True, help="Report as JSON."),
)


def shared_options(command: F) -> F:
    """Add the options of every data set; they are keyword arguments of :func:`run_load`."""
    return _with(plain_options(command), _MEDIA)


def plain_options(command: F) -> F:
    """Add the options of everything that is loaded: without pictures and sounds."""
    return _with(command, _OPTIONS)


def _with(command: F, options: tuple[Callable[[F], F], ...]) -> F:
    for option in reversed(options):
        command = option(command)
    return command


def load(
    transform: Callable[[Rejects], Tables],
    *,
    settings: Settings,
    media: Path | None = None,
    media_root: Path | None = None,
    rejects: Path | None = None,
    max_bad: int = 0,
    batch: int = 10_000,
    dry_run: bool = False,
    pseudonymise: Path | None = None,
    scrub: bool = False,
) -> Report:
    """Read, check and write one data set.

    Parameters
    ----------
    transform
        Reads the source files and adds unusable rows to the collector that it receives.
    settings
        Neo4j connection and the graph's names.
    media, media_root
        See :func:`graphrec_etl.media.add_media`.
    rejects
        Folder for the reject files.
    max_bad
        Write nothing if there are more bad rows than this.
    batch
        Rows per transaction.
    dry_run
        Check and report only; write nothing to Neo4j.
    pseudonymise, scrub
        See :class:`graphrec_etl.guard.Guard`.

    A project without a ``graphrec.toml`` gets one (:mod:`graphrec.config.project`).

    Raises
    ------
    InputError
        The files cannot be used.
    DatabaseError
        Neo4j refuses or is unreachable. Committed batches stay; the same command resumes after them.
    ConfigError
        The key of pseudonyms cannot be used, or is not that of the graph.
    """
    from graphrec_etl.media import add_media

    started = time.perf_counter()
    folder = rejects or settings.root / "rejects"
    guard = Guard(settings, pseudonymise, scrub=scrub)
    collected = Rejects(guard, names(settings.graph.personal))
    with guard.errors():
        tables = transform(collected)
    if media:
        add_media(tables, media, media_root, collected)
    guard.tables(tables, settings.graph)
    written = collected.write(folder)
    collected.check(max_bad, folder)
    check_names(tables, settings.graph)
    changes = None
    if not dry_run:
        with connect(settings, create=True) as db:
            changes = _write(db, settings.graph, tables, batch, settings.root, guard.key)
        leave_file(settings)
    seconds = time.perf_counter() - started
    return Report(tables, collected, written, settings.graph, changes, seconds, guard.scrubbed, guard.key)


def write(
    db: Database,
    schema: GraphSchema,
    tables: Tables,
    batch: int = 10_000,
    *,
    root: Path | None = None,
    key: PseudonymKey | None = None,
) -> Report:
    """Write tables that have been read and checked.

    Paths of files are stored relative to ``root``, the project's root; by default the working directory. ``key``: that
    of the pseudonyms, if ids are pseudonyms.

    Raises
    ------
    DatabaseError
        Neo4j refuses or is unreachable. Committed batches stay; the same command resumes after them.
    """
    started = time.perf_counter()
    changes = _write(db, schema, tables, batch, root or Path.cwd(), key)
    return Report(tables, Rejects(), [], schema, changes, time.perf_counter() - started)


def _write(
    db: Database, schema: GraphSchema, tables: Tables, batch: int, root: Path, key: PseudonymKey | None
) -> Counter[str]:
    make_relative(tables, root)
    with progress() as bar:
        tasks = {}
        totals: Counter[str] = Counter()
        for role, label in (
            ("user", schema.user.name),
            ("item", schema.item.name),
            ("entity", schema.entity.label),
        ):
            totals[label] += len(tables.nodes(role))
        for edges in tables.edges:
            totals[edges.type] += len(edges)

        def advance(what: str, rows: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=totals[what])
            bar.advance(tasks[what], rows)

        try:
            return Writer(db, schema, batch, advance, key).write(tables)
        except KeyboardInterrupt:
            note("stopped between two batches; the same command continues from here")
            raise


def checked_type(name: str) -> str:
    """Return the type named on the command line as a relationship type.

    Raises
    ------
    InputError
        The name is not a valid relationship type.
    """
    try:
        return named_type(name)
    except ValueError as error:
        raise InputError(f"--behaviour {name!r} {error}", hint="name one like PURCHASED") from error


def run_load(transform: Callable[[Rejects], Tables], *, as_json: bool, **options: Any) -> None:
    """Load the data set and print the report."""
    report = load(transform, settings=load_settings(), **options)
    if as_json:
        echo_json(report.to_dict())
    else:
        echo(report.text())
