"""``graphrec export``: write all users' recommendations to one file."""

from __future__ import annotations

from pathlib import Path

import click

from graphrec.cli.output import show_json
from graphrec.common.console import echo, note
from graphrec.config.settings import load_settings
from graphrec.db.database import connect


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-k", "--k", type=click.IntRange(1, 1_000_000), help="Items per user [default: all that are published].")
@click.option("--format", "kind", type=click.Choice(["parquet", "csv"]), help="Format [default: by FILE's ending].")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object about what was written.")
def export(file: Path, k: int | None, kind: str | None, as_json: bool) -> None:
    """Write all users' published recommendations to FILE (.parquet or .csv).

    Columns: user, item, rank, score, title, run. Rows are streamed from Neo4j, sorted by user id. FILE is replaced in
    one step at the end; an interrupted export leaves it unchanged.
    """
    from graphrec.serving.availability import Availability
    from graphrec.serving.export_lists import export_lists, format_of

    chosen = format_of(file, kind)
    settings = load_settings()
    try:
        with connect(settings) as db:
            done = export_lists(db, settings.graph, file, k, chosen, Availability.of(settings, db))
    except KeyboardInterrupt:
        note(f"interrupted: nothing is written to {file}")
        raise
    if k is not None and k > done.k:
        note(f"the run has {done.k} items per user, not {k}")
    if as_json:
        told = {"file": str(done.file), "run": done.run_id, "users": done.users, "rows": done.rows, "k": done.k}
        show_json(told)
    else:
        echo(f"{done.rows:,} rows of {done.users:,} users, run {done.run_id}, in {done.file}")
