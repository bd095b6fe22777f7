"""From the graph to the settings that validate best. Test pairs are not used."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from graphrec.common.errors import ConfigError, TrainingError
from graphrec.common.hashing import digest
from graphrec.common.pyg import HeteroData
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.evaluation.split import leak_free_training_graph, make_split
from graphrec.experiments.tuning.objective import TrialRunner, Watch
from graphrec.experiments.tuning.search import Search, Tried, best, plain
from graphrec.experiments.tuning.settings_file import settings_file, write_settings
from graphrec.experiments.tuning.space import Choice, Space
from graphrec.graph.hetero import load_graph
from graphrec.training.train import pick_device

#: Raised whenever scores or trials of an older version would differ now.
VERSION = "4"
COLUMNS = ("setting", "now", "best")
MIXES = "mixes"


@dataclass(frozen=True)
class Found:
    """The result of a search.

    Attributes
    ----------
    study
        The file of the search.
    metric
        Name of the validation metric.
    trials, whole
        Number of trained choices, and of those that were not pruned.
    now, best
        The current settings, and the best of all. ``now`` has no value if its loss diverged.
    changes
        Changes to write for the best; empty if nothing beats the current settings.
    """

    study: Path
    metric: str
    trials: int
    whole: int
    now: Tried
    best: Tried
    changes: Choice

    def table(self) -> list[dict[str, Any]]:
        """Return the cells of :data:`COLUMNS`: the metric, then each setting searched."""
        rows: list[dict[str, Any]] = [{"setting": self.metric, "now": self.now.value, "best": self.best.value}]
        for name in {**self.now.choice, **self.best.choice}:
            cells = {side: plain(getattr(self, side).choice.get(name, "")) for side in ("now", "best")}
            if name in self.changes and cells["now"] == cells["best"]:  # left open, and then decided so
                cells["now"] = f"auto: {cells['now']}"
            rows.append({"setting": name, **cells})
        return rows

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain data."""
        sides = {side: {"valid": t.value, "choice": t.choice} for side, t in (("now", self.now), ("best", self.best))}
        return {
            "study": str(self.study),
            "metric": self.metric,
            "trials": self.trials,
            "whole": self.whole,
            **sides,
            "changes": self.changes,
        }


def require_optuna() -> None:
    """Check that the optional packages are installed, before anything is done.

    Raises
    ------
    ConfigError
        A package is missing.
    """
    for name in ("optuna", "tomlkit"):
        try:
            import_module(name)
        except ImportError as error:
            raise ConfigError(
                f"tuning needs {name}, which is not installed", hint="pip install 'graphrec[tune]'"
            ) from error


def tune(
    db: Database,
    settings: Settings,
    space_of: Callable[[Settings, HeteroData], Space],
    *,
    name: str = "tune",
    trials: int = 30,
    minutes: float | None = None,
    seeds: int = 1,
) -> Found:
    """Search, or continue the search with the same graph, split and settings.

    Parameters
    ----------
    db
        The database; nothing is written to it.
    settings
        The project's settings. ``train.seed`` seeds the trainings and the draws.
    space_of
        Settings and training graph → the search space.
    name
        Name of the study's file in ``reports``.
    trials
        Number of choices to train, earlier calls included.
    minutes
        Time limit of this call; none if absent. The current settings are always trained.
    seeds
        Trainings per choice; their mean counts.

    Raises
    ------
    ConfigError
        The project trains with differential privacy.
    GraphError
        The graph does not match the mapping, or offers nothing to search.
    TrainingError
        No training finished.
    """
    require_optuna()
    if settings.privacy.epsilon is not None:
        raise ConfigError(
            "[privacy] epsilon: a search trains on everybody's behaviours without noise, and its choice tells of them",
            hint="tune on public data of the same kind, or leave epsilon out",
        )
    device = pick_device(settings.train.device)
    graph = load_graph(db, settings.graph, settings.split)
    split = make_split(graph.data, settings.split, graph.schema)
    data = leak_free_training_graph(graph.data, split)
    space = space_of(settings, data)
    parts = [getattr(split, part).numpy().tobytes() for part in ("train", "valid", "test")]
    key = digest(VERSION, graph.fingerprint, *parts, json.dumps([space.fixed(), seeds]))
    path = settings.root / "reports" / f"{name}-{key}.journal"
    search = Search(path, space, settings.train.seed, settings.train.patience)
    runner = TrialRunner(data, split, device, seeds)
    runner.remember(search.study.user_attrs.get(MIXES, {}))

    def measure(chosen: Settings, watch: Watch) -> float:
        before = len(runner.mixes)
        try:
            return runner.measure(chosen, watch)
        finally:
            if len(runner.mixes) > before:
                search.study.set_user_attr(MIXES, runner.mixes)

    search.run(measure, trials, minutes)
    return _found(search, space, f"ndcg@{settings.train.metric_k}")


def _found(search: Search, space: Space, metric: str) -> Found:
    done, now = search.finished(), search.now()
    top = best(done)
    if top is None:
        raise TrainingError("no training finished, so there is nothing to choose", hint="lower [train] lr")
    beaten = now.value is None or (top.value or 0.0) > now.value
    return Found(
        study=search.path,
        metric=f"valid {metric}",
        trials=len(done),
        whole=sum(t.value is not None for t in done),
        now=now,
        best=top if beaten else now,
        changes=space.changes(top.choice) if beaten else {},
    )


def keep(found: Found, settings: Settings) -> Path | None:
    """Write the best settings to ``graphrec.toml``; return the file, or None if nothing changes.

    Raises
    ------
    ConfigError
        The file cannot be changed.
    """
    if not found.changes:
        return None
    file = settings_file(settings)
    write_settings(file, found.changes)
    return file
