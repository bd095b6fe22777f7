"""``graphrec quality``: what is doubtful about the data, and what has changed since the published run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import note
from graphrec.config.settings import load_settings
from graphrec.db.database import connect

if TYPE_CHECKING:
    from graphrec.diagnostics.drift import Drift
    from graphrec.diagnostics.findings import Finding

COLUMNS = ("finding", "count", "of", "share", "examples", "detail")


@click.command()
@click.option(
    "--burst",
    type=click.IntRange(min=1),
    metavar="N",
    help="Behaviours of a user within a minute that are not a person's any more (default 30).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def quality(burst: int | None, as_json: bool) -> None:
    """Look at the data: what has no relationships, content or behaviours, what is repeated, too fast or in the future.

    Also says what [graph.limits] keeps from training, and what has changed since the published run. Changes nothing.
    """
    from graphrec.diagnostics.behaviour_quality import BURST
    from graphrec.diagnostics.quality import quality as look

    settings = load_settings()
    with connect(settings) as db:
        found = look(db, settings, BURST if burst is None else burst)
    if as_json:
        show_json(found.to_dict())
        return
    note(", ".join(f"{count:,} {name}" for name, count in found.counts.items()))
    show([_row(one) for one in (*found.findings, *found.cut)], COLUMNS)
    note(found.no_drift or "" if found.drift is None else _said(found.drift))


def _row(found: Finding) -> dict[str, object]:
    examples = ", ".join("/".join(map(str, one)) if isinstance(one, list) else str(one) for one in found.examples)
    row = {"finding": found.name, "count": found.count, "of": found.total, "share": found.share}
    return row | {"examples": examples, "detail": found.detail}


def _said(drift: Drift) -> str:
    due = "; a new training is due" if drift.retrain_due else ""
    return (
        f"since {drift.run_id}: {drift.new_users} users, {drift.new_items} items and {drift.new_pairs} pairs are new; "
        f"{drift.stale_share:.1%} of its users have done something since; {drift.unknown_item_share:.1%} of all pairs "
        f"are with items it does not know; popularity has moved by {drift.popularity_distance:.3f} (Jensen–Shannon, 0 "
        f"to 1); {drift.since_training:.1%} changed since training{due}"
    )
