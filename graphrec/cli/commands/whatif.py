"""``graphrec whatif``: what would have to be different for an item to leave a user's list, or to enter it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import note
from graphrec.common.printable import printable
from graphrec.config.ids import with_lists_within
from graphrec.config.settings import load_settings
from graphrec.db.database import connect
from graphrec.pseudonyms.door import user_of

if TYPE_CHECKING:
    from graphrec.explanation.what_if import WhatIf


@click.command()
@click.argument("user")
@click.argument("item")
@click.option("-k", type=click.IntRange(1, 1_000_000), default=10, show_default=True, help="Length of the list.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def whatif(user: str, item: str, k: int, as_json: bool) -> None:
    """Say what the place of ITEM (an id or a title) in USER's list depends on.

    Without which of the user's behaviours it would not be in the list;
    which one more would bring it in; and its place if a relation or a
    modality were taken out of the model's input. Each answer is scored
    anew with the trained weights, from the run's directory.
    """
    from graphrec.serving.explain_score import what_if_score

    settings = load_settings()
    user = user_of(settings, user)
    with connect(settings) as db:
        found, titles = what_if_score(db, settings, user, item, k)
    if as_json:
        answer = found.to_dict() | {"titles": [{"item": key, "title": title} for key, title in titles.items()]}
        show_json(with_lists_within(answer, settings.graph.user, settings.graph.item))
        return
    _show(found, titles)


def _show(found: WhatIf, titles: dict[Any, str]) -> None:
    run, removal = found.run, found.removal
    item = run.items[removal.item]
    name, user = printable(titles.get(item, str(item))), printable(run.users[removal.user])
    if not found.in_list:
        best = min((one.rank for one in found.additions.found), default=0) if found.additions else 0
        none = f"; no one more behaviour that was tried brings it in (best: {best:,})" if best > removal.k else ""
        note(f"{name} is at rank {removal.rank:,} for {user}, not in the top {removal.k}{none}")
    elif removal.found:
        surely = "" if removal.minimal else "; a smaller set may exist"
        note(f"{name} is at rank {removal.rank} for {user}; without these at rank {removal.rank_without}{surely}")
    else:
        note(
            f"{name} is at rank {removal.rank} for {user}; no set of up to {removal.most} of the user's items "
            f"was found without which it leaves the top {removal.k}"
        )
    if removal.found:
        gone = [run.items[place] for place in removal.removed]
        show([{"item": key, "title": titles.get(key, str(key))} for key in gone], ("item", "title"), title="Without")
    if found.additions is not None:
        more = [
            {
                "item": run.items[one.added],
                "title": titles.get(run.items[one.added], str(run.items[one.added])),
                "rank": one.rank,
                "in list": "yes" if one.rank <= removal.k else "no",
            }
            for one in found.additions.found
        ]
        title = f"With one more {printable(found.additions.kind)}"
        show(more, ("item", "title", "rank", "in list"), title=title)
    effects = [
        {
            "taken out": ", ".join(f"{key} {value}" for key, value in one.cut.to_dict(run).items()),
            "score": one.after,
            "rank": one.rank_after,
        }
        for one in found.effects
    ]
    show(effects, ("taken out", "score", "rank"), title="Interventions")
