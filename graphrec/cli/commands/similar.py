"""``graphrec similar``: the items most similar to one."""

from __future__ import annotations

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import note
from graphrec.config.ids import with_lists
from graphrec.config.settings import load_settings
from graphrec.db.database import connect


@click.command()
@click.argument("item")
@click.option("-k", type=click.IntRange(1, 1_000_000), default=10, show_default=True, help="Number of items.")
@click.option(
    "--by",
    type=click.Choice(["embedding", "content", "text", "image", "audio"]),
    default="embedding",
    show_default=True,
    help="By who likes it (embedding) or by its content.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
def similar(item: str, k: int, by: str, as_json: bool) -> None:
    """List the items most similar to ITEM (an id or a title).

    The score is the cosine similarity, from -1 to 1: 1 is the same direction, about 0 is unrelated.
    """
    from graphrec.serving import scales
    from graphrec.serving.availability import Availability
    from graphrec.serving.lookup import find_item
    from graphrec.serving.similar_items import similar as similar_items

    settings = load_settings()
    with connect(settings) as db:
        key, title = find_item(db, settings.graph, item)
        available = Availability.of(settings, db)
        rows = similar_items(db, settings.graph, key, k, by, available)  # type: ignore[arg-type]  # click has checked it
    if as_json:
        show_json(with_lists(rows, settings.graph.user, settings.graph.item))
    else:
        ranked = [{"rank": rank, **row} for rank, row in enumerate(rows, 1)]
        show(ranked, ("rank", "item", "title", "score"), title=f"like {title} ({key}), by {by}")
        note(scales.COSINE)
