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
@click.option("--where", "text", metavar="CYPHER", help="Only items i that fit, such as: i.year >= 1990.")
@click.option("--explain", "why", is_flag=True, help="Say in one line why, for each item.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
def recommend(user: str, k: int, text: str | None, why: bool, as_json: bool) -> None:
    """Recommend items to USER (an id), best first: rank, title and score.

    The rules of [recommend] in graphrec.toml hold: what is blocked, how alike a list may be, what is boosted.
    """
    from graphrec import recommend as ask
    from graphrec.names import check_types
    from graphrec.where import Where

    settings = load_settings()
    rules = settings.recommend
    wanted = None if text is None else Where(text)
    with connect(settings) as db:
        check_types(db, rules)
        found = ask.standing(db, settings.graph, user, rules.blocked)
        if wanted is not None or rules.beyond_links or found.blocks:
            rows, reason = ask.ranked(db, settings, found, k, wanted)
        else:
            rows, reason = ask.links(db, settings.graph, found.user, k), "there is nothing else to recommend"
            if len(rows) == found.k:
                reason = f"the run has {found.k} a user"
        if why:
            from graphrec.explain import explain, in_one_line

            for row in rows:
                row["why"] = in_one_line(explain(db, settings.graph, found.user, row["item"], k=1))
    if len(rows) < k:
        note(f"{len(rows)} of the {k} items asked for: {reason}")
    if as_json:
        show_json(rows)
    else:
        columns = ["rank", "item", "title", "score", *(["why"] if why else [])]
        show(rows, columns, title=f"for user {user}")
