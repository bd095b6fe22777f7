"""Cold items, ranked among themselves: the recommender against baselines that need no training.

============================  ==========================================================================
``random``                    seeded
``knowledge degree``          the number of an item's knowledge edges
``content kNN …``             cosines between the item and the user's items, by all modalities or one of several
``knowledge kNN``             the same by idf-weighted shared entities
``knowledge + content kNN``   both
``… ridge``                   kernel ridge regression on the same cosines
============================  ==========================================================================

Each family of baselines has one row, with the setting that validates best over all item splits (see
:mod:`graphrec.experiments.content_report.cold_baselines`). The recommender is trained with fixed settings of its own
for cold items, which the report lists.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch

from graphrec.common.console import note
from graphrec.common.hashing import digest
from graphrec.common.private import private_folder
from graphrec.common.pyg import HeteroData
from graphrec.config.settings import ModelSettings, Settings, SplitSettings, TrainSettings
from graphrec.evaluation.ranking import evaluate, evaluate_split, held_out
from graphrec.evaluation.split import Split, fewer_users, leak_free_training_graph, make_split
from graphrec.experiments.content_report.cold_baselines import (
    ColdKNNParams,
    ColdNeighbours,
    KNNFamily,
    Likeness,
    Score,
    choose,
    knowledge_degree,
)
from graphrec.experiments.content_report.measured import Measured, load, mean_of, save
from graphrec.experiments.content_report.trial import FOLDER, TEST, VERSION, Counter
from graphrec.experiments.content_report.warm import METRIC, difference, figures
from graphrec.graph.hetero import Graph
from graphrec.model.loss import Loss
from graphrec.training.checkpoint import TrainingState
from graphrec.training.hybrid import HybridSelector
from graphrec.training.scoring import Scorer
from graphrec.training.trainer import Trainer

#: Chosen on cold validation (docs/decisions/0011): identities dropped, two tables, no hops. They override the project's
#: settings.
MODEL: dict[str, Any] = {"id_dropout": 0.3, "hops": 0, "tied": False, "dropout": 0.5, "neighbours": 0}
TRAIN: dict[str, Any] = {"weight_decay": 5e-4}
LOSS: Loss = "softmax"
TEST_SHARE, VALID_SHARE = 0.15, 0.1
FULL, BARE = "graphrec", "graphrec, no content"
#: What each of the recommender's two trainings changes.
_TRAINED: dict[str, dict[str, Any]] = {FULL: {}, BARE: {"content": False}}
#: Settings of the baselines are chosen on at most this many validation users per split (drawn once, seeded).
_JUDGES = 2000


def trainings(seeds: Sequence[int]) -> int:
    """Return the number of trainings that :func:`cold` needs."""
    return len(seeds) * len(_TRAINED)


def cold_settings() -> dict[str, dict[str, Any]]:
    """Return the settings that override the project's for cold items, by table."""
    split = {"method": "cold-item", "valid": VALID_SHARE, "test": TEST_SHARE}
    return {"split": split, "model": dict(MODEL), "train": {"loss": LOSS, **TRAIN}}


@dataclass(frozen=True)
class ItemSplit:
    """An item split: what it holds out, and its training graph."""

    split: Split
    data: HeteroData
    seed: int


def cold(
    graph: Graph,
    settings: Settings,
    seeds: Sequence[int],
    device: torch.device,
    folder: Path,
    counter: Counter,
) -> list[dict[str, Any]]:
    """Return one row per method: validation and test results over item splits, one per seed, and paired differences.

    ``minus best peer`` is the model's NDCG@10 minus that of the baseline that validates best, ``minus no content``
    minus its own without content. All results are stored in ``folder`` and reused the next time. ``counter`` counts the
    trainings.
    """
    splits = [_item_split(graph, seed) for seed in seeds]
    kept = folder / FOLDER
    private_folder(kept)
    base = digest(VERSION, graph.fingerprint, *(_told(one.split) for one in splits))
    found = _peers(graph.data, splits, kept, base)
    for name, change in _TRAINED.items():
        found[name] = [_measure(graph, one, settings, name, change, device, kept, counter) for one in splits]
    mean = {name: float(np.mean([m.valid for m in measured])) for name, measured in found.items()}
    best = max((name for name in mean if name not in _TRAINED), key=mean.__getitem__)
    rows = []
    for name, measured in found.items():
        row: dict[str, Any] = {
            "method": name,
            "setting": measured[0].about.get("setting", ""),
            "valid": mean[name],
            "splits": [m.reports[TEST].mean(METRIC) for m in measured],
            "test": figures(mean_of(measured, TEST)),
        }
        if name == FULL:
            row["minus best peer"] = {"peer": best} | difference(measured, found[best], TEST)
            row["minus no content"] = difference(measured, found[BARE], TEST)
        rows.append(row)
    return sorted(rows, key=lambda row: -row["valid"])


def _item_split(graph: Graph, seed: int) -> ItemSplit:
    how = SplitSettings(method="cold-item", valid=VALID_SHARE, test=TEST_SHARE, seed=seed)
    split = make_split(graph.data, how, graph.schema)
    return ItemSplit(split, leak_free_training_graph(graph.data, split), seed)


def _told(split: Split) -> bytes:
    parts = (split.train, split.valid, split.test, split.cold["valid"], split.cold["test"])
    return digest(*(part.numpy().tobytes() for part in parts)).encode()


def _measure(
    graph: Graph,
    one: ItemSplit,
    settings: Settings,
    name: str,
    change: dict[str, Any],
    device: torch.device,
    folder: Path,
    counter: Counter,
) -> Measured:
    """Train on one split, or read the stored results."""
    model: ModelSettings = msgspec.structs.replace(settings.model, **MODEL, **change)
    train: TrainSettings = msgspec.structs.replace(settings.train, **TRAIN, seed=one.seed)
    content = settings.content
    told = [
        msgspec.to_builtins(model),
        msgspec.to_builtins(msgspec.structs.replace(train, device="auto", loss=LOSS)),
        [content.fusion, dict(content.weights)] if model.content else [],
    ]
    short = "all" if model.content else "none"
    key = digest(VERSION, graph.fingerprint, _told(one.split), json.dumps(told))
    path = folder / f"cold-{short}-{one.seed}-{key}.npz"
    known, seconds = load(path), None
    if known is None:
        started = time.perf_counter()
        trainer = Trainer(one.data, one.split, model, train, device, content)
        progress = TrainingState(LOSS)
        for _ in trainer.run(progress):
            pass
        score = Scorer(HybridSelector(trainer).select(progress), trainer.profiles, trainer.pairs)
        about = {"seed": one.seed, "epoch": progress.best_epoch}
        known = _judged(lambda users: score(users).cpu(), one.split, about)
        save(path, known)
        seconds = time.perf_counter() - started
    counter.step(f"cold items, split {one.seed}: {name} {known.reports[TEST].mean(METRIC):.4f}", seconds)
    return known


def _judged(score: Score, split: Split, about: dict[str, Any]) -> Measured:
    valid = evaluate_split(score, split, "valid").mean(METRIC)
    return Measured(valid, {TEST: evaluate_split(score, split, "test")}, about)


def _peers(data: HeteroData, splits: Sequence[ItemSplit], folder: Path, base: str) -> dict[str, list[Measured]]:
    """Return name → each baseline's results on each split."""
    found = {"random": [_judged(_random(one), one.split, {}) for one in splits]}
    degree = knowledge_degree(data)
    if degree is not None:
        known = degree
        found["knowledge degree"] = [_judged(lambda u: known.expand(len(u), -1), t.split, {}) for t in splits]
    likeness = Likeness(data)
    for family in likeness.families():
        paths = [folder / f"cold-{family.name.replace(' ', '-')}-{t.seed}-{base}.npz" for t in splits]
        kept = [load(path) for path in paths]
        measured = [m for m in kept if m is not None]
        if len(measured) < len(splits):
            measured = _tuned(likeness, family, splits)
            for path, one in zip(paths, measured, strict=True):
                save(path, one)
            note(f"cold items: {family.name}: {measured[0].about['setting']}")
        found[family.name] = measured
    return found


def _random(one: ItemSplit) -> Score:
    noise = torch.rand(one.split.shape[1], generator=torch.Generator().manual_seed(one.seed))

    def score(users: torch.Tensor) -> torch.Tensor:
        # A different rotation of the same row for each user: avoids a matrix of users × items.
        place = (torch.arange(one.split.shape[1]) + 7919 * users[:, None]) % one.split.shape[1]
        return noise[place]

    return score


def _tuned(likeness: Likeness, family: KNNFamily, splits: Sequence[ItemSplit]) -> list[Measured]:
    """Return a family's results on each split, with the setting that validates best over all of them."""
    judges = []
    for split in (one.split for one in splits):
        truth = fewer_users(held_out(split, "valid"), _JUDGES, split.settings.seed)
        judges.append((ColdNeighbours(likeness, split, split.cold["valid"].numpy()), split, truth))

    def judge(setting: ColdKNNParams) -> float:
        return float(
            np.mean(
                [
                    evaluate(
                        peer.score(family, setting),
                        split.seen("valid"),
                        truth,
                        candidates=split.candidates("valid"),
                        seed=split.settings.seed,
                    ).mean(METRIC)
                    for peer, split, truth in judges
                ]
            )
        )

    setting, _ = choose(family, judge)
    measured = []
    for peer, split, _ in judges:
        valid = evaluate_split(peer.score(family, setting), split, "valid").mean(METRIC)
        neighbours = ColdNeighbours(likeness, split, split.cold["test"].numpy())
        report = evaluate_split(neighbours.score(family, setting), split, "test")
        measured.append(Measured(valid, {TEST: report}, {"setting": setting.describe(family.parts)}))
    return measured
