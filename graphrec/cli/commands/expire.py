"""``graphrec expire``: remove what is older than ``[privacy] keep_days``."""

from __future__ import annotations

import click

from graphrec.cli.output import show_json
from graphrec.common.console import echo
from graphrec.common.errors import InputError
from graphrec.config.settings import load_settings
from graphrec.db.database import connect


@click.command()
@click.option("--days", type=click.IntRange(min=1, max=36_500), help="Instead of [privacy] keep_days.")
@click.option("--dry-run", is_flag=True, help="Count what would be removed; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def expire(days: int | None, dry_run: bool, as_json: bool) -> None:
    """Remove what people did longer ago than [privacy] keep_days.

    Behaviours, searches, posts, impressions, texts of campaigns, events that wait, and conversations. Every
    `graphrec update` does the same first. It cannot be undone.
    """
    settings = load_settings().override("privacy", keep_days=days)
    from graphrec.updating.retention import expire as remove

    if not settings.privacy.keep_days:
        raise InputError("[privacy] keep_days is 0: everything is kept", hint="set it in graphrec.toml, or give --days")
    with connect(settings) as db:
        done = remove(db, settings, dry_run=dry_run)
    if done is None:
        return
    if as_json:
        show_json(done.to_dict() | {"removed": not dry_run})
    else:
        echo("\n".join(done.lines("to be removed:" if dry_run else "removed:")))
