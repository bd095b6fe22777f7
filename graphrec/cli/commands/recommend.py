"""``graphrec recommend``: a user's items, from the run that is published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import note
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import Database, connect


@click.command()
@click.argument("user", required=False)
@click.option("-k", type=click.IntRange(min=1), default=10, show_default=True, help="Number of items.")
@click.option("--like", "likes", metavar="ITEM", multiple=True, help="Count an item as done; may be repeated.")
@click.option(
    "--search", "searches", metavar="TEXT", multiple=True, help="Look for what a text means; may be repeated."
)
@click.option("--now", is_flag=True, help="Count what USER has done since the run was published.")
@click.option("--where", "text", metavar="CYPHER", help="Only items i that fit, such as: i.releaseYear >= 1990.")
@click.option("--explain", "why", is_flag=True, help="Say in one line why, for each item.")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write a page with posters, too.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
def recommend(
    user: str | None,
    k: int,
    likes: tuple[str, ...],
    searches: tuple[str, ...],
    now: bool,
    text: str | None,
    why: bool,
    html: Path | None,
    as_json: bool,
) -> None:
    """Recommend items to USER (an id), best first: rank, title and score, and what the place is owed to.

    A USER whom the published run does not know is served by what they have done by now, and so is nobody in particular
    by --like and --search. The rules of [recommend] in graphrec.toml hold: what is blocked, how alike a list may be,
    what is boosted.
    """
    from graphrec.serving.cypher_filter import Where
    from graphrec.serving.recommend import recommend as ask

    if user is None and (why or now or not (likes or searches)):
        raise click.UsageError("name a USER; or --like or --search, which need neither --explain nor --now")
    if html is not None:
        from graphrec.presentation.recommendation_page import check_page

        check_page(html)
    settings, users = load_settings(), None if user is None else [user]
    where = None if text is None else Where(text)
    with connect(settings) as db:
        (found,) = ask(db, settings, users, k, where=where, likes=likes, searches=searches, now=now, why=why)
        if html is not None:
            _write_page(html, db, settings, "somebody" if user is None else f"user {user}", found.rows)
    rows = found.rows
    if found.reason:
        note(f"{len(rows)} of the {k} items asked for: {found.reason}")
    if as_json:
        show_json(rows)
    else:
        more = [name for name in ("interest", "why") if rows and name in rows[0]]
        columns = ["rank", "item", "title", "score", "source", *more]
        show(rows, columns, title="for somebody" if user is None else f"for user {user}")


def _write_page(file: Path, db: Database, settings: Settings, for_whom: str, rows: list[dict[str, Any]]) -> None:
    from graphrec.presentation.recommendation_page import page, posters, write_page

    pictures = posters(db, settings.graph, [row["item"] for row in rows], settings.root)
    write_page(file, page(f"Recommendations for {for_whom}", rows, pictures))
    note(f"written to {file}")
