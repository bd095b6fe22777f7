"""``graphrec recommend``: a user's items from the published run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import note
from graphrec.config.ids import with_lists
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import Database, connect
from graphrec.pseudonyms.door import user_of


@click.command()
@click.argument("user", required=False)
@click.option("-k", type=click.IntRange(1, 1_000_000), default=10, show_default=True, help="Number of items.")
@click.option("--like", "likes", metavar="ITEM", multiple=True, help="Count ITEM as an interaction; may be repeated.")
@click.option("--search", "searches", metavar="TEXT", multiple=True, help="Count a search for TEXT; may be repeated.")
@click.option("--now", is_flag=True, help="Count USER's interactions since the run was published.")
@click.option("--where", "text", metavar="CYPHER", help="Only items i that match, such as: i.releaseYear >= 1990.")
@click.option("--at", metavar="TIME", help="The list for a time: now, 18:30 (today), 2026-11-30T18:30, epoch seconds.")
@click.option("--context", metavar="NAME=VALUE", multiple=True, help="The list for a situation; may be repeated.")
@click.option("--explain", "why", is_flag=True, help="Give a one-line reason for each item.")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Also write an HTML page with posters.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
def recommend(
    user: str | None,
    k: int,
    likes: tuple[str, ...],
    searches: tuple[str, ...],
    now: bool,
    text: str | None,
    at: str | None,
    context: tuple[str, ...],
    why: bool,
    html: Path | None,
    as_json: bool,
) -> None:
    """Recommend items to USER (an id), best first: rank, title, score and source.

    The score is the model's: higher is better, comparable among the items of one user and one run. The source is model,
    or content, knowledge or popularity where the model knows nothing of the user's items.

    A USER who is not in the published run is served from their current interactions (fold-in). Without USER, --like
    and --search serve an anonymous visitor. The rules of [recommend] in graphrec.toml apply: blocks, limits per
    entity, boosts.

    --at and --context count what users do at such hours, on such weekdays and in such situations, where training has
    found that this helps.
    """
    from graphrec.graph.situation import named_values
    from graphrec.serving import scales
    from graphrec.serving.cypher_filter import Where
    from graphrec.serving.recommend import recommend as ask

    if user is None and (why or now or not (likes or searches)):
        raise click.UsageError("name a USER, or use --like or --search without --explain and --now")
    if html is not None:
        from graphrec.presentation.html_page import check_page

        check_page(html)
    settings = load_settings()
    user = user_of(settings, user)
    users = None if user is None else [user]
    where = None if text is None else Where(text)
    with connect(settings) as db:
        (found,) = ask(
            db,
            settings,
            users,
            k,
            where=where,
            likes=likes,
            searches=searches,
            now=now,
            why=why,
            at=at,
            context=named_values(context),
        )
        if html is not None:
            _write_page(html, db, settings, "a visitor" if user is None else f"user {user}", found.rows)
    rows = found.rows
    if found.reason:
        note(f"{len(rows)} of the {k} items asked for: {found.reason}")
    if as_json:
        show_json(with_lists(rows, settings.graph.user, settings.graph.item))
    else:
        more = [name for name in ("interest", "why") if rows and name in rows[0]]
        columns = ["rank", "item", "title", "score", "source", *more]
        show(rows, columns, title="for a visitor" if user is None else f"for user {user}")
        for line in filter(None, [scales.MODEL, scales.sources(rows)] if rows else []):
            note(line)


def _write_page(file: Path, db: Database, settings: Settings, for_whom: str, rows: list[dict[str, Any]]) -> None:
    from graphrec.presentation.html_page import write_page
    from graphrec.presentation.recommendation_page import page, posters

    pictures = posters(db, settings.graph, [row["item"] for row in rows], settings.media_folders)
    write_page(file, page(f"Recommendations for {for_whom}", rows, pictures))
    note(f"written to {file}")
