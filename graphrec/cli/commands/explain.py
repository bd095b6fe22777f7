"""``graphrec explain``: why an item is recommended to a user."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import note
from graphrec.common.errors import InputError
from graphrec.common.printable import printable
from graphrec.config.ids import with_lists
from graphrec.config.settings import load_settings
from graphrec.db.database import connect

if TYPE_CHECKING:
    from graphrec.serving.explain import Reason


@click.command()
@click.argument("user")
@click.argument("item")
@click.option("-k", type=click.IntRange(1, 1_000_000), default=3, show_default=True, help="Reasons per kind.")
@click.option(
    "--plot", type=click.Path(path_type=Path), metavar="FILE", help="Draw the reasons into FILE, .svg or .png."
)
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
def explain(user: str, item: str, k: int, plot: Path | None, as_json: bool) -> None:
    """Explain ITEM (an id or a title) for USER: show what connects the two in the graph.

    The score of a published item is the model's, as in `graphrec recommend`; a cosine lies between -1 and 1.
    """
    from graphrec.serving.explain import explain as reasons_for
    from graphrec.serving.lookup import find_item
    from graphrec.serving.user_status import find_user

    if plot is not None:
        from graphrec.common.plotting import check_picture

        check_picture(plot, "--plot")
    settings = load_settings()
    with connect(settings) as db:
        key, _ = find_user(db, settings.graph, user)
        found, title = find_item(db, settings.graph, item)
        reasons = reasons_for(db, settings.graph, key, found, k)
    if not any(reason.kind == "published" for reason in reasons):
        why = next(
            (f", because {printable(key)} has already {one.done} it" for one in reasons if one.kind == "done"), ""
        )
        note(f"{printable(title)} ({printable(found)}) is not among the items recommended to {printable(key)}{why}")
    if plot is not None:
        _draw(plot, user, title, reasons)
    if as_json:
        show_json(with_lists([reason.to_dict() for reason in reasons], settings.graph.user, settings.graph.item))
        return
    if not reasons:
        note("nothing in the graph connects the two")
    show([{"kind": reason.kind, "why": reason.sentence} for reason in reasons], ("kind", "why"), title=title)


def _draw(file: Path, user: str, title: str, reasons: list[Reason]) -> None:
    from graphrec.presentation.explanation_plot import ExplainedItem, write_explanation

    try:
        write_explanation(f"user {user}", [ExplainedItem(title, reasons)], file)
    except OSError as error:
        raise InputError(f"--plot {file}: cannot be written: {error.strerror}", hint="name another file") from error
    note(f"drawn to {file}")
