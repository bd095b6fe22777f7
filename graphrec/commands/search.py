"""``graphrec search``: find items by free text."""

from __future__ import annotations

import json

import click

from graphrec.config import load_settings
from graphrec.db import connect


@click.command()
@click.argument("text")
@click.option("-k", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many items.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of lines.")
def search(text: str, k: int, as_json: bool) -> None:
    """Find the items whose text lies nearest to TEXT."""
    if not text.strip():
        raise click.UsageError("TEXT is empty")
    from graphrec.content.search import search as find

    settings = load_settings()
    with connect(settings) as db:
        rows = find(db, settings, text, k)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, default=str))
        return
    for row in rows:
        title = row["item"] if row["title"] is None else row["title"]
        click.echo(f"{row['rank']}\t{' '.join(str(title).split())}\t{row['score']:.4f}")
