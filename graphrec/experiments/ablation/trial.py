"""Train one change and measure its variants on test, in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from torch import Tensor, from_numpy

from graphrec.common.console import progress
from graphrec.common.pyg import HeteroData
from graphrec.config.settings import ContentSettings, ModelSettings, TrainSettings
from graphrec.evaluation.ranking import evaluate_split
from graphrec.evaluation.split import Split
from graphrec.experiments.ablation.variants import VARIANTS, Variant
from graphrec.experiments.baselines.random_search import Setting
from graphrec.experiments.benchmark.table import ResultRow, lengths, mean_row, measure
from graphrec.model import HeteroRecommender
from graphrec.runs.run import Run
from graphrec.training.hybrid import HybridSelector
from graphrec.training.objectives import train_objectives
from graphrec.training.scoring import Scorer
from graphrec.training.train import pick_device
from graphrec.training.trainer import Trainer

#: A graph for sending to another process: node or edge type → name → array. Tensors would use shared memory, which
#: is scarce in containers.
Packed = Mapping[Any, Mapping[str, Any]]


@dataclass(frozen=True)
class RunSettings:
    """The settings of a run."""

    model: ModelSettings
    train: TrainSettings
    content: ContentSettings

    @classmethod
    def of(cls, run: Run) -> RunSettings:
        """Read a run's settings; a run that was trained on a GPU is trained again on the device available here."""
        train = msgspec.structs.replace(run.table("train", TrainSettings), device="auto")
        return cls(run.table("model", ModelSettings), train, run.table("content", ContentSettings))

    def plain(self) -> dict[str, Any]:
        """Return plain data; different data means a different training."""
        return {name: msgspec.to_builtins(value) for name, value in vars(self).items()}


def packed(data: HeteroData) -> Packed:
    """Return a graph as arrays."""
    return {
        key: {name: value.numpy() if isinstance(value, Tensor) else value for name, value in store.items()}
        for key, store in data.to_dict().items()
    }


def unpacked(graph: Packed) -> HeteroData:
    """Return the graph from its arrays."""
    return HeteroData.from_dict(
        {
            key: {name: from_numpy(value) if hasattr(value, "dtype") else value for name, value in store.items()}
            for key, store in graph.items()
        }
    )


def train_and_measure(
    names: Sequence[str], graph: Packed, split: Split, told: RunSettings, seed: int, *, metric: str, seeds: int
) -> list[ResultRow]:
    """Train the model shared by some variants, and measure each of them on test.

    Parameters
    ----------
    names
        Variants of one change.
    graph
        The training graph.
    split
        The pairs to train on, to validate on and to test.
    told
        Settings of the full model.
    seed, seeds
        Seed of the first training, and number of trainings; a shuffle uses the seed of its training.
    metric
        Metric of the slices of users and items. Validation uses the run's own metric.

    Raises
    ------
    TrainingError
        No objective could be trained.
    """
    variants = {name: VARIANTS[name] for name in names}
    (change,) = {variant.change for variant in variants.values()}
    data, device = unpacked(graph), pick_device(told.train.device)
    found: dict[str, list[ResultRow]] = {name: [] for name in names}
    with progress() as bar:
        for number in range(seed, seed + seeds):
            start = time.perf_counter()
            train = msgspec.structs.replace(told.train, seed=number)
            seen = change.graph(data, number)
            trainer = Trainer(seen, split, change.model(told.model), train, device, told.content)
            trained = train_objectives(HybridSelector(trainer), bar)
            model, best = trained.model, trained.progress
            chosen: Setting = {f"{best.loss} epochs": best.best_epoch}
            about = {"seconds": time.perf_counter() - start, "device": device.type}
            for name, variant in variants.items():
                found[name].append(_measured(name, variant, trainer, model, metric, setting=chosen, **about))
    return [mean_row(entries) for entries in found.values()]


def _measured(
    name: str, variant: Variant, trainer: Trainer, model: HeteroRecommender, metric: str, setting: Setting, **about: Any
) -> ResultRow:
    if variant.alone not in (None, "network", *model.components()):
        return ResultRow(name, None, skipped="the model has none for this split")
    beside = model.components() if variant.alone is None else ()
    scales: dict[str, float] = {part: float(model.scale(part)) for part in beside}
    scorer = Scorer(model, trainer.profiles, trainer.pairs, variant.parts)

    def score(users: Tensor) -> Tensor:
        return scorer(users).cpu()

    valid = evaluate_split(score, trainer.split, "valid", ks=lengths(metric)).mean(metric)
    entry = measure(name, score, trainer.split, metric)
    return replace(entry, valid=valid, setting={**setting, **scales}, **about)
