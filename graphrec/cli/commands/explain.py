"""``graphrec explain``: what the score of an item is made of, and why it is recommended to a user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import note, warn
from graphrec.common.errors import InputError, NotFoundError
from graphrec.common.printable import printable
from graphrec.config.ids import with_lists, with_lists_within
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import Database, connect
from graphrec.graph.situation import Situation, named_values, situation
from graphrec.pseudonyms.door import user_of

if TYPE_CHECKING:
    from graphrec.explanation.explanation import Explanation
    from graphrec.serving.explain import Reason


@click.command()
@click.argument("user", required=False)
@click.argument("item", required=False)
@click.option("--global", "globally", is_flag=True, help="What carries the scores of all users' lists, without USER.")
@click.option(
    "-k",
    type=click.IntRange(1, 1_000_000),
    help="Reasons per kind (default: 3); with --global: items of each list (default: 10).",
)
@click.option("--at", metavar="TIME", help="The score for a time, as in recommend.")
@click.option("--context", metavar="NAME=VALUE", multiple=True, help="The score for a situation; may be repeated.")
@click.option("--evidence", is_flag=True, help="What connects the two in the graph, whatever the model makes of it.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of reasons.")
@click.option(
    "--plot",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Draw the evidence, or what --global shows, into FILE, .svg or .png.",
)
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Also draw the paths into an HTML page.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def explain(
    user: str | None,
    item: str | None,
    globally: bool,
    k: int | None,
    at: str | None,
    context: tuple[str, ...],
    evidence: bool,
    lang: Any,
    plot: Path | None,
    html: Path | None,
    as_json: bool,
) -> None:
    """Explain the score of ITEM (an id or a title) for USER: the shares that sum to it, and the paths that carry them.

    The shares are computed from the run's directory. Without it (but not
    with --json or --html), or with --evidence, the command shows what
    connects the two in the graph.
    """
    if plot is not None:
        from graphrec.common.plotting import check_picture

        check_picture(plot, "--plot")
    if html is not None:
        from graphrec.presentation.html_page import check_page

        if evidence or plot:
            raise click.UsageError("--html draws the shares of the score, --evidence and --plot show the evidence")
        check_page(html)
    if globally:
        if user is not None or evidence or html or at or context:
            raise click.UsageError(
                "--global is about all users: it takes no USER, --evidence, --html, --at or --context"
            )
        _show_overview(load_settings(), k or 10, plot, as_json)
        return
    k = k or 3
    if user is None or item is None:
        raise click.UsageError("name a USER and an ITEM, or ask for --global")
    if (evidence or plot) and (at or context):
        raise click.UsageError(
            "--at and --context are about the score; --evidence and --plot show the graph, at no time"
        )
    settings = load_settings()
    user = str(user_of(settings, user))
    wanted = situation(settings.graph, at, named_values(context))
    with connect(settings) as db:
        if not (evidence or plot):
            found = _explained(db, settings, user, item, k, wanted, or_evidence=html is None and not as_json)
            if found is not None:
                if html is not None:
                    _write_page(html, db, settings, found, lang)
                _show(found, settings.graph, lang, as_json)
                return
        _show_evidence(db, settings, user, item, k, plot, as_json)


def _explained(
    db: Database, settings: Settings, user: str, item: str, k: int, wanted: Situation, *, or_evidence: bool
) -> Explanation | None:
    """Return the explanation; if the run's directory cannot give one, and evidence will do, None, with a warning."""
    from graphrec.serving.user_status import find_user

    find_user(db, settings.graph, user)
    from graphrec.serving.explain_score import explain_score, explainable_run

    try:
        explainable_run(db, settings, user)
    except (NotFoundError, InputError) as error:
        if not or_evidence:
            raise
        warn(f"{error.message}; this is the evidence in the graph instead")
        return None
    return explain_score(db, settings, user, item, k, wanted)


def _write_page(file: Path, db: Database, settings: Settings, found: Explanation, language: Any) -> None:
    from graphrec.presentation.explanation_html import html_of, pictured
    from graphrec.presentation.html_page import write_page
    from graphrec.presentation.recommendation_page import posters

    images = posters(db, settings.graph, pictured(found), settings.media_folders)
    write_page(file, html_of(found, images, language))
    note(f"written to {file}")


def _show(found: Explanation, schema: GraphSchema, language: Any, as_json: bool) -> None:
    if as_json:
        show_json(with_lists_within(found.to_dict(language), schema.user, schema.item))
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
        {"share": share, "behaviour": ", ".join(via.behaviours), "item": via.title} for via, share in found.past_items
    ]
    show(behaviours, ("share", "behaviour", "item"), title="Past behaviour")


def _show_overview(settings: Settings, k: int, plot: Path | None, as_json: bool) -> None:
    """Show what carries the scores of the newest run."""
    from graphrec.explanation.overview import overview
    from graphrec.presentation.overview_plot import write_overview
    from graphrec.runs.store import open_run

    found = overview(open_run(settings), k)
    if plot is not None:
        with _drawing(plot):
            write_overview(found, plot)
    if as_json:
        show_json(found.to_dict())
        return
    users = f"{found.n_users:,} users" + (", a sample" if found.sampled else "")
    note(f"run {found.run_id}, {users}, the first {found.k} of each list: shares of the sum of absolute shares")
    show(*found.table(), title="What carries the scores")


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

    with _drawing(file):
        write_explanation(f"user {user}", [ExplainedItem(title, reasons)], file)


@contextmanager
def _drawing(file: Path) -> Iterator[None]:
    """Say that a picture is drawn, or why it cannot be."""
    try:
        yield
    except OSError as error:
        raise InputError(f"--plot {file}: cannot be written: {error.strerror}", hint="name another file") from error
    note(f"drawn to {file}")
