"""``graphrec runs``: list published and trained runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import echo, note
from graphrec.common.sizes import megabytes
from graphrec.config.settings import load_settings
from graphrec.db.database import connect
from graphrec.db.local import has_database

if TYPE_CHECKING:
    from graphrec.publishing.registry import PublishedRun
    from graphrec.runs.run import Run

COLUMNS = (
    "active",
    "runId",
    "state",
    "publishedAt",
    "users",
    "items",
    "links",
    "metric",
    "validation",
    "test",
    "privacy",
)
LEGEND = (
    "active: the run that readers see; validation: the whole model, on the interactions that chose its settings; "
    "test: on the other held-out interactions, by `graphrec evaluate RUN`; higher is better; "
    "privacy: the bound ε and δ of differential privacy, if trained with it"
)


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
@click.pass_context
def runs(context: click.Context, as_json: bool) -> None:
    """List the runs published in the database (the active one marked) and the trained ones that are not published."""
    if context.invoked_subcommand is not None:
        return
    import msgspec

    from graphrec.publishing.registry import published_runs
    from graphrec.runs.store import list_runs

    settings = load_settings()
    trained = list_runs(settings)
    published: list[PublishedRun] = []
    if trained and not has_database(settings):
        note(f"no database in {settings.home}: these runs were trained without one, or elsewhere")
    else:
        with connect(settings) as db:
            published = published_runs(db)
    rows: list[dict[str, Any]] = []
    for run in published:
        row = msgspec.to_builtins(run)
        row |= {name: json.loads(row[name]) for name in ("metrics", "settings", "modalities", "interest")}
        rows.append(row)
    known = {run.directory for run in published}
    rows.extend(_trained(run) for run in trained if run.run_id not in known)
    if as_json:
        show_json(rows)
        return
    if not rows:
        note("no run yet: `graphrec train` makes one, `graphrec publish` publishes it")
    show([row | {"active": "*" if row["active"] else ""} | _figures(row) for row in rows], COLUMNS)
    if rows:
        note(LEGEND)


@runs.command()
@click.argument("run", required=False)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="An .svg or .png [default: curve.svg in the run's directory].",
)
def plot(run: str | None, out: Path | None) -> None:
    """Draw the training curve of a run: loss and validation by epoch, the best epoch marked.

    RUN is the name of a directory in runs/ (default: the newest). A run still in training is drawn up to its last
    epoch.
    """
    from graphrec.common.plotting import check_picture
    from graphrec.runs import layout
    from graphrec.runs.curve import draw_curve
    from graphrec.runs.store import open_run

    chosen = open_run(load_settings(), run, finished=False)
    path = check_picture(out or chosen.path / layout.CURVE, "--out")
    draw_curve(chosen, path)
    echo(path)


@runs.command()
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def clean(yes: bool) -> None:
    """Remove the directories of unfinished runs that killed commands left; a training that still runs keeps its own.

    `graphrec train --resume RUN` continues a training instead.
    """
    from graphrec.cli.ask import ask
    from graphrec.runs.unfinished import remove, unfinished

    left = unfinished(load_settings().runs)
    if not left:
        note("nothing is unfinished")
        return
    if not yes:
        ask(f"unfinished: {', '.join(one.path.name for one in left)}", "Remove them?", hint="add --yes")
    for one in left:
        remove(one)
        echo(f"removed {one.path} ({megabytes(one.size)})")


def _trained(run: Run) -> dict[str, Any]:
    """Return the row of an unpublished run."""
    return {
        "runId": run.run_id,
        "active": False,
        "state": "trained",
        "createdAt": run.created,
        "publishedAt": None,
        "users": len(run.users),
        "items": len(run.items),
        "metrics": run.metrics,
        "settings": run.settings,
        "fingerprint": run.fingerprint,
        "encoders": [f"{modality}={label}" for modality, label in run.encoders.items()],
        "modalities": run.modalities,
        "interest": run.interest,
    }


def _figures(row: dict[str, Any]) -> dict[str, Any]:
    """Return the cells ``metric``, ``validation``, ``test`` and ``privacy`` of a run."""
    metrics = row["metrics"]
    name = f"ndcg@{row['settings'].get('train', {}).get('metric_k', 10)}"
    tested = metrics.get("evaluation", {}).get("test", {}).get("metrics", {}).get(name, {})
    asked = row["settings"].get("privacy")
    bound = asked and f"ε {asked['epsilon']:g}, δ {asked['delta']:.1e}"
    return {"metric": name, "validation": metrics.get(name), "test": tested.get("mean"), "privacy": bound}
