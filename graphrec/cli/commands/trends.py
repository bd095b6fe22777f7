"""``graphrec trends``: what posts say by day, and sudden changes."""

from __future__ import annotations

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import echo, note
from graphrec.config.settings import load_settings
from graphrec.db.database import connect
from graphrec.posts.trend_limits import DAYS, FEWEST_DAYS, LEAST_RATE, LIMIT, MOST, MOST_DAYS, MOST_RATE, RATE


@click.command()
@click.option("--entity", help="An item or entity, by its id or name [default: all posts, and what has most of them].")
@click.option(
    "--days",
    type=click.IntRange(FEWEST_DAYS, MOST_DAYS),
    default=DAYS,
    show_default=True,
    help="Days up to the newest post.",
)
@click.option("-k", type=click.IntRange(0, LIMIT), default=MOST, show_default=True, help="Items and entities.")
@click.option(
    "--rate",
    type=click.FloatRange(LEAST_RATE, MOST_RATE),
    default=RATE,
    show_default=True,
    help="Chance of a false alarm in a series without a change.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the posts and the tone of each day.")
def trends(entity: str | None, days: int, k: int, rate: float, as_json: bool) -> None:
    """Show the volume and tone of posts by day, and what has suddenly changed.

    A change lasts two days or more. Where nothing changes, a series (the volume or the tone of one subject) has an
    alert with a chance of at most RATE.
    """
    from graphrec.posts.trend_rows import alert_rows, to_dict, trend_rows
    from graphrec.posts.trends import read_trends

    settings = load_settings()
    with connect(settings) as db:
        found = read_trends(db, settings, entity, days=days, most=k, rate=rate)
    if as_json:
        show_json(to_dict(found, settings.graph))
        return
    show(
        trend_rows(found),
        ("subject", "name", "posts", "tone", "alerts"),
        title=f"posts from {found.since} to {found.until}",
    )
    alerts = alert_rows(found)
    if alerts:
        echo("")
        show(alerts, ("since", "until", "subject", "name", "measure", "before", "within", "p"), title="changes")
    note(
        f"{len(alerts)} changes in {found.series} series; at most {found.rate * found.series:.2g} false alarms are "
        f"expected where nothing changes ({found.rate:g} for each)"
    )
