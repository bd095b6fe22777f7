"""Compare a run's validation with that of the active run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from graphrec.common.errors import NotFoundError
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.publishing.registry import PublishedRun, active_run
from graphrec.runs.run import Run
from graphrec.runs.store import read_run

Outcome = Literal["better", "equal", "worse", "not comparable"]


@dataclass(frozen=True)
class Comparison:
    """A run's validation compared with the active run's.

    Attributes
    ----------
    run, active
        The names of the two runs.
    outcome
        Result for ``run``.
    metric, value, active_value
        The validation metric and its value for each run; None if not comparable.
    reason
        Why they are not comparable; else empty.
    """

    run: str
    active: str
    outcome: Outcome
    metric: str | None = None
    value: float | None = None
    active_value: float | None = None
    reason: str = ""

    def __str__(self) -> str:
        if self.reason:
            return f"run {self.run} cannot be compared with the active run {self.active}: {self.reason}"
        return (
            f"run {self.run} is {self.outcome}: validation {self.metric} {self.value:.4f}, "
            f"{self.active_value:.4f} for the active run {self.active}"
        )


def compare_with_active(db: Database, settings: Settings, run: Run) -> Comparison | None:
    """Compare a run with the active one; return None if no run is active or it is the same run.

    Two runs are comparable if they were trained on the same graph with the same split, and validated by the same
    metric. An update carries the metrics of the run it is based on, so the base run is compared in its place.
    """
    active = active_run(db)
    if active is None or active.directory == run.run_id:
        return None
    new, old = _trained(settings, run), _measured(settings, active)
    reason, metric = _difference(new, old), f"ndcg@{_metric_k(new)}"
    values = [made.get("metrics", {}).get(metric) for made in (new, old)]
    if not reason and None in values:
        reason = f"one of them has no validation {metric}"
    if reason:
        return Comparison(run.run_id, active.run_id, "not comparable", reason=reason)
    value, before = (float(found) for found in values)
    outcome: Outcome = "better" if value > before else "worse" if value < before else "equal"
    return Comparison(run.run_id, active.run_id, outcome, metric, value, before)


def _difference(new: dict[str, Any], old: dict[str, Any]) -> str:
    """Return why the metrics of two runs are not comparable; empty if they are."""
    if new["fingerprint"] != old["fingerprint"]:
        return "it was trained on another state of the graph"
    if new["settings"].get("split") != old["settings"].get("split"):
        return "it was validated on another split"
    if _metric_k(new) != _metric_k(old):
        return "it was validated with another [train] metric_k"
    return ""


def _metric_k(made: dict[str, Any]) -> int:
    return int(made["settings"].get("train", {}).get("metric_k", 10))


def _measured(settings: Settings, active: PublishedRun) -> dict[str, Any]:
    """Return ``run.json`` of the active run, or of its base if it is an update; else what the database records."""
    try:
        return _trained(settings, read_run(settings.runs, active.directory))
    except NotFoundError:
        return {
            "fingerprint": active.fingerprint,
            "settings": json.loads(active.settings),
            "metrics": json.loads(active.metrics),
        }


def _trained(settings: Settings, run: Run) -> dict[str, Any]:
    """Return ``run.json`` of the run, or of the trained run it is based on if it is an update."""
    try:
        while "base" in run.info:
            run = read_run(settings.runs, run.info["base"])
    except NotFoundError:
        # Its metrics belong to a state of the graph that is not recorded any more.
        return {**run.info, "fingerprint": None}
    return run.info
