"""``graphrec rollback``: go back to the previously published run."""

from __future__ import annotations

import click

from graphrec.cli.output import show_json
from graphrec.common.console import echo
from graphrec.config.settings import load_settings
from graphrec.db.database import connect


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def rollback(as_json: bool) -> None:
    """Switch readers back to the run published before the active one; its links and embeddings are still stored."""
    from graphrec.publishing.registry import rollback as go_back

    with connect(load_settings()) as db:
        now, before = go_back(db)
    if as_json:
        show_json({"runId": now, "before": before})
    else:
        echo(f"active run: {now} (before: {before})")
