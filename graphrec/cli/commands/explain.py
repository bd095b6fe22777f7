"""``graphrec explain``: what the score of an item is made of, and why it is recommended to a user."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import note, warn
from graphrec.common.errors import InputError, NotFoundError
from graphrec.common.printable import printable
from graphrec.config.ids import with_lists
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import Database, connect

if TYPE_CHECKING:
    from graphrec.explanation.explanation import Explanation
    from graphrec.serving.explain import Reason


@click.command()
@click.argument("user")
@click.argument("item")
@click.option("-k", type=click.IntRange(1, 1_000_000), default=3, show_default=True, help="Reasons per kind.")
@click.option("--evidence", is_flag=True, help="What connects the two in the graph, whatever the model makes of it.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of reasons.")
@click.option(
    "--plot",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Draw the evidence into FILE, .svg or .png.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def explain(user: str, item: str, k: int, evidence: bool, lang: Any, plot: Path | None, as_json: bool) -> None:
    """Explain the score of ITEM (an id or a title) for USER: the shares that sum to it, and the paths that carry them.

    The shares are computed from the run's directory. Without it, or with
    --evidence, the command shows what connects the two in the graph.
    """
    if plot is not None:
        from graphrec.common.plotting import check_picture

        check_picture(plot, "--plot")
    settings = load_settings()
    with connect(settings) as db:
        if not (evidence or plot):
            found = _explained(db, settings, user, item, k)
            if found is not None:
                _show(found, lang, as_json)
                return
        _show_evidence(db, settings, user, item, k, plot, as_json)


def _explained(db: Database, settings: Settings, user: str, item: str, k: int) -> Explanation | None:
    """Return the explanation; None, with a warning, if the run's directory cannot give one."""
    from graphrec.serving.user_status import find_user

    find_user(db, settings.graph, user)
    from graphrec.serving.explain_score import explain_score, explainable_run

    try:
        explainable_run(db, settings, user)
    except (NotFoundError, InputError) as error:
        warn(f"{error.message}; this is the evidence in the graph instead")
        return None
    return explain_score(db, settings, user, item, k)


def _show(found: Explanation, language: Any, as_json: bool) -> None:
    if as_json:
        show_json(found.to_dict(language))
        return
    place = f"rank {found.rank} of {found.n_items:,}" if found.rank else "not ranked: the user has it already"
    note(f"{printable(found.title)} for {printable(found.user)}: score {found.score:.4f}, {place}, run {found.run_id}")
    reasons = [
        {
            "share": reason.share,
            "kind": reason.kind,
            "why": reason.sentence(language),
            "in graph": _there(reason.exists),
        }
        for reason in found.reasons
    ]
    show(reasons, ("share", "kind", "why", "in graph"), title="Paths")
    parts = [{"share": share, "component": name} for name, share in found.components.items()]
    parts += [{"share": found.score, "component": "score"}]
    show(parts, ("share", "component"), title="Components")
    behaviours = [
        {"share": share, "behaviour": ", ".join(via.behaviours), "item": via.title} for via, share in found.behaviours
    ]
    show(behaviours, ("share", "behaviour", "item"), title="Past behaviour")


def _there(exists: bool | None) -> str:
    return "" if exists is None else "yes" if exists else "no longer"


def _show_evidence(
    db: Database, settings: Settings, user: str, item: str, k: int, plot: Path | None, as_json: bool
) -> None:
    from graphrec.serving.explain import explain as reasons_for
    from graphrec.serving.lookup import find_item
    from graphrec.serving.user_status import find_user

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
        rows = with_lists([reason.to_dict() for reason in reasons], settings.graph.user, settings.graph.item)
        show_json({"user": key, "item": found, "title": title, "evidence": rows})
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
