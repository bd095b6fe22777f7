"""``graphrec recommend``: a user's items, from the run that is published."""

from __future__ import annotations

import click

from graphrec.config import load_settings
from graphrec.console import note
from graphrec.db import connect
from graphrec.output import show, show_json


@click.command()
@click.argument("user")
@click.option("-k", type=click.IntRange(min=1), default=10, show_default=True, help="Number of items.")
@click.option("--explain", "why", is_flag=True, help="Say in one line why, for each item.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
def recommend(user: str, k: int, why: bool, as_json: bool) -> None:
    """Recommend items to USER (an id), best first: rank, title and score."""
    from graphrec import recommend as ask

    settings = load_settings()
    with connect(settings) as db:
        key, published = ask.find_user(db, settings.graph, user)
        rows = ask.links(db, settings.graph, key, k)
        if why:
            from graphrec.explain import explain, in_one_line

            for row in rows:
                row["why"] = in_one_line(explain(db, settings.graph, key, row["item"], k=1))
    if len(rows) < k:
        reason = f"the run has {published} a user" if len(rows) == published else "there is nothing else to recommend"
        note(f"{len(rows)} of the {k} items asked for: {reason}")
    if as_json:
        show_json(rows)
    else:
        columns = ["rank", "item", "title", "score", *(["why"] if why else [])]
        show(rows, columns, title=f"for user {user}")
