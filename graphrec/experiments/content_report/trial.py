"""One training under one condition and seed, or its stored results."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch

from graphrec.common.console import note
from graphrec.common.errors import GraphError
from graphrec.common.hashing import digest
from graphrec.common.private import private_folder
from graphrec.common.pyg import HeteroData
from graphrec.config.settings import Settings
from graphrec.evaluation.ranking import Report, evaluate, evaluate_split, held_out, rare_items
from graphrec.evaluation.split import Split
from graphrec.experiments.content_report.conditions import Condition, graph_of
from graphrec.experiments.content_report.measured import Measured, load, save
from graphrec.model import HeteroRecommender
from graphrec.model.item_item import ItemItemConfig
from graphrec.model.loss import Loss
from graphrec.training.checkpoint import TrainingState
from graphrec.training.hybrid import HybridSelector
from graphrec.training.scoring import Scorer
from graphrec.training.trainer import Trainer

#: Raised whenever results stored by an older version would differ now.
VERSION = "3"
#: Folder of the stored results, within that of the report.
FOLDER = "trainings"
#: Most training pairs of a tail item.
TAIL = 5
TEST, TAILED, TAIL_ALONE = "test", "tail", "tail-alone"


@dataclass
class Counter:
    """Counts trainings and estimates the remaining time."""

    total: int = 0
    done: int = 0
    seconds: list[float] = field(default_factory=list)

    def step(self, what: str, seconds: float | None) -> None:
        """Count one training and report it; ``seconds`` is None if its results were stored."""
        self.done += 1
        if seconds is None:
            return
        self.seconds.append(seconds)
        left = (self.total - self.done) * float(np.mean(self.seconds))
        note(f"{self.done}/{self.total}  {what}  {seconds:.0f} s  (about {_minutes(left)} left)")


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


class TrialCache:
    """Trains on one split of one graph, and stores the results.

    Parameters
    ----------
    data
        The training graph.
    split
        The split.
    settings
        Common to all trainings, except for what the conditions change.
    device
        Device to compute on.
    fingerprint
        Fingerprint of the graph.
    folder
        Folder of the results.
    counter
        Counts the trainings.
    """

    def __init__(
        self,
        data: HeteroData,
        split: Split,
        settings: Settings,
        device: torch.device,
        fingerprint: str,
        folder: Path,
        counter: Counter,
    ) -> None:
        self.data, self.split, self.settings, self.device = data, split, settings, device
        self.folder, self.counter = folder / FOLDER, counter
        private_folder(self.folder)
        parts = [getattr(split, name).numpy().tobytes() for name in ("train", "valid", "test")]
        self._base = digest(VERSION, fingerprint, *parts)
        self._fit: tuple[Condition, HybridSelector] | None = None
        self._mixes: dict[Condition, ItemItemConfig | None] = {}

    def measure(self, condition: Condition, seed: int, loss: Loss) -> Measured:
        """Train, choose the epoch on validation and evaluate once on test; or read the stored results."""
        path = self.path(condition, seed, loss)
        known = load(path)
        if known is None:
            started = time.perf_counter()
            known = self._train(condition, seed, loss)
            seconds: float | None = time.perf_counter() - started
            save(path, known)
        else:
            seconds = None
        mix = known.about["mix"]
        self._mixes.setdefault(condition, ItemItemConfig(**mix) if mix else None)
        shown = f"{condition.title}, {loss}, seed {seed}: valid {known.valid:.4f}"
        self.counter.step(f"{shown}, test {known.reports[TEST].mean('ndcg@10'):.4f}", seconds)
        return known

    def path(self, condition: Condition, seed: int, loss: Loss) -> Path:
        """Return the file of a training's results; any input that would change them changes the name."""
        train = msgspec.structs.replace(self.settings.train, seed=seed, device="auto", loss=loss)
        model = condition.model(self.settings.model)
        weights = dict(self.settings.content.weights) if condition.fusion == "weighted" else {}
        told = [asdict(condition), msgspec.to_builtins(model), msgspec.to_builtins(train), weights]
        name = condition.name.replace(":", "-") + ("" if condition.knowledge else "-no-knowledge")
        return self.folder / f"{name}-{loss}-{seed}-{digest(self._base, json.dumps(told))}.npz"

    def _train(self, condition: Condition, seed: int, loss: Loss) -> Measured:
        selector = self._prepare(condition, seed)
        trainer = selector.trainer
        progress = TrainingState(loss)
        for _ in trainer.run(progress):
            pass
        model = selector.select(progress)
        about: dict[str, Any] = {
            "condition": asdict(condition),
            "seed": seed,
            "objective": loss,
            "epoch": progress.best_epoch,
            "epochs": progress.epoch,
            "seconds": progress.seconds,
            "mix": selector.item_item_config and selector.item_item_config.plain(),
            "similar scale": float(model.similar_scale),
            "weights": {} if model.content is None else model.content.mean_weights(),
        }
        return Measured(
            trainer.validate(model)[f"ndcg@{trainer.train.metric_k}"], self._evaluate(trainer, model), about
        )

    def _prepare(self, condition: Condition, seed: int) -> HybridSelector:
        """Return the selector of a condition; what all seeds share is computed once, if the graph is the same."""
        if self._fit is not None and self._fit[0] == condition and not condition.shuffled:
            return self._fit[1].with_settings(msgspec.structs.replace(self._fit[1].trainer.train, seed=seed))
        model, content = condition.model(self.settings.model), condition.content(self.settings.content)
        train = msgspec.structs.replace(self.settings.train, seed=seed)
        graph = graph_of(self.data, condition, seed)
        trainer = Trainer(graph, self.split, model, train, self.device, content)
        selector = HybridSelector(trainer, self._mixes.get(condition))
        self._fit = condition, selector
        return selector

    def _evaluate(self, trainer: Trainer, model: HeteroRecommender) -> dict[str, Report]:
        score, split = Scorer(model, trainer.profiles, trainer.pairs), self.split
        reports = {TEST: evaluate_split(score, split, "test")}
        if not split.cold and tail_links(split):
            reports[TAILED] = evaluate_split(score, split, "test", tail=TAIL)
            truth, rare = held_out(split, "test", TAIL), rare_items(split, TAIL)
            reports[TAIL_ALONE] = evaluate(score, split.seen("test"), truth, candidates=rare, seed=split.settings.seed)
        return reports


def tail_links(split: Split) -> int:
    """Return the number of test pairs in the tail."""
    try:
        return int(held_out(split, "test", TAIL).nnz)
    except GraphError:
        return 0
