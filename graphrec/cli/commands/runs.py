"""``graphrec runs``: what is published, and what is trained."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import note
from graphrec.config.settings import load_settings
from graphrec.db.database import connect
from graphrec.db.local import has_database

if TYPE_CHECKING:
    from graphrec.publishing.registry import PublishedRun
    from graphrec.runs.run import Run

COLUMNS = ("active", "runId", "state", "publishedAt", "users", "items", "links", "metrics")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
def runs(as_json: bool) -> None:
    """List the runs published in the database (the active one marked) and the trained ones that are not."""
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
        del row["token"]
        row |= {name: json.loads(row[name]) for name in ("metrics", "settings", "modalities", "interest")}
        rows.append(row)
    known = {run.directory for run in published}
    rows.extend(_trained(run) for run in trained if run.run_id not in known)
    if as_json:
        show_json(rows)
        return
    if not rows:
        note("no run yet: `graphrec train` makes one, `graphrec publish` publishes it")
    show([row | {"active": "*" if row["active"] else "", "metrics": _short(row["metrics"])} for row in rows], COLUMNS)


def _trained(run: Run) -> dict[str, Any]:
    """Return the row of a run that is only a directory."""
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


def _short(metrics: dict[str, Any], prefix: str = "") -> str:
    """Return the plain numbers of nested metrics in one line, the first few of them."""
    found = []
    for name, value in metrics.items():
        if isinstance(value, dict):
            found.append(_short(value, f"{prefix}{name}."))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found.append(f"{prefix}{name}={value:.4g}")
    return " ".join(" ".join(found).split()[:4])
