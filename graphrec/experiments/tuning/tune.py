"""From the graph to the choice that validates best. The test part is not looked at."""

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

#: Raised whenever the figures of an older version, or what it tried, would be other now.
VERSION = "4"
COLUMNS = ("setting", "now", "best")
MIXES = "mixes"


@dataclass(frozen=True)
class Found:
    """What a search has come to.

    Attributes
    ----------
    study
        The file of the search.
    metric
        What was validated.
    trials, whole
        Choices that were trained, and those of them that were not cut short.
    now, best
        What the settings stand for, and the best of all. ``now`` has no value where its loss diverged.
    changes
        What must be written for the best; empty where nothing beats what is there.
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
    """See to it that the optional packages are there, before anything is done.

    Raises
    ------
    ConfigError
        They are not.
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
    """Search, or go on with the search of the same graph, split and settings.

    Parameters
    ----------
    db
        The database; nothing is written to it.
    settings
        The project's. ``train.seed`` seeds the trainings and the draws.
    space_of
        Settings and training graph → what is drawn from.
    name
        Of the study's file in ``reports``.
    trials
        Choices to be trained, those of earlier calls among them.
    minutes
        For this call; no end where absent. What the settings stand for is trained in any case.
    seeds
        Trainings of each choice; their mean counts.

    Raises
    ------
    GraphError
        The graph is not what the mapping says, or has nothing to choose about.
    TrainingError
        No training came to an end.
    """
    require_optuna()
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
        raise TrainingError("no training came to an end, so there is nothing to choose", hint="lower [train] lr")
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
    """Write the best into ``graphrec.toml``; return the file, or None where nothing is to be changed.

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
