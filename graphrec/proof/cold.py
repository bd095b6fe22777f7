"""Items that nobody has tried, ranked among themselves: the recommender against what needs no training.

===================  ========================================================================
``random``           seeded
``knowledge degree`` the number of an item's knowledge edges
``content kNN …``    summed cosines of the item and the user's items, by one modality or all
``knowledge kNN``    the same by idf-weighted shared entities
===================  ========================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from torch import Tensor
from torch_geometric.data import HeteroData

from graphrec.config import ModelSettings, Settings, SplitSettings, TrainSettings
from graphrec.content.fusion import MODALITIES
from graphrec.evaluate import Report, evaluate_split, paired_bootstrap
from graphrec.fit import Fit, Progress
from graphrec.graph import Graph
from graphrec.model.content import standardised
from graphrec.model.objective import Loss
from graphrec.proof.measured import averaged
from graphrec.proof.warm import METRIC, figures
from graphrec.split import Split, check_leakage, make_split, training_graph

#: Chosen on cold validation (docs/decisions/0011): identities dropped, two tables, no hops, no SIMILAR edges.
MODEL: dict[str, Any] = {
    "id_dropout": 0.3, "hops": 0, "tied": False, "similar": False, "dropout": 0.5, "neighbours": 0,
}  # fmt: skip
TRAIN: dict[str, Any] = {"weight_decay": 5e-4}
LOSS: Loss = "softmax"
TEST_SHARE, VALID_SHARE = 0.15, 0.1

Score = Callable[[Tensor], Tensor]


def cold(
    graph: Graph, settings: Settings, seeds: Sequence[int], device: torch.device, step: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Return one row a method: figures on validation and test over item splits, one a seed, and paired differences.

    ``minus best peer`` is the model's NDCG@10 minus that of the peer which validates best.
    """
    valid: dict[str, list[float]] = {}
    tests: dict[str, list[Report]] = {}
    for seed in seeds:
        how = SplitSettings(method="cold-item", valid=VALID_SHARE, test=TEST_SHARE, seed=seed)
        split = make_split(graph.data, how, graph.schema)
        data = training_graph(graph.data, split)
        check_leakage(data, split)
        methods = peers(data, split, seed)
        for name, model in {"graphrec": {}, "graphrec, no content": {"content": False}}.items():
            methods[name] = _train(data, split, settings, model, seed, device)
        for name, score in methods.items():
            valid.setdefault(name, []).append(evaluate_split(score, split, "valid").mean(METRIC))
            tests.setdefault(name, []).append(evaluate_split(score, split, "test"))
        step(f"cold items, split {seed}: graphrec {tests['graphrec'][-1].mean(METRIC):.4f}")
    mean = {name: float(np.mean(values)) for name, values in valid.items()}
    best = max((name for name in mean if not name.startswith("graphrec")), key=mean.__getitem__)
    rows = []
    for name, reports in tests.items():
        row = {"method": name, "valid": mean[name], "splits": [r.mean(METRIC) for r in reports]}
        row["test"] = figures(averaged(reports))
        if name == "graphrec":
            paired = paired_bootstrap(averaged(reports), averaged(tests[best]), METRIC)
            row["minus best peer"] = {"peer": best} | dict(zip(("mean", "low", "high"), paired, strict=True))
        rows.append(row)
    return sorted(rows, key=lambda row: -row["valid"])


def _train(
    data: HeteroData, split: Split, settings: Settings, change: dict[str, Any], seed: int, device: torch.device
) -> Score:
    model: ModelSettings = msgspec.structs.replace(settings.model, **MODEL, **change)
    train: TrainSettings = msgspec.structs.replace(settings.train, **TRAIN, seed=seed)
    fit = Fit(data, split, model, train, device, settings.content)
    progress = Progress(LOSS)
    for _ in fit.run(progress):
        pass
    score = fit.scorer(fit.best(progress))
    return lambda users: score(users).cpu()


def peers(data: HeteroData, split: Split, seed: int) -> dict[str, Score]:
    """Return name → scores of all items, for each peer that the graph allows."""
    n_items = split.shape[1]
    noise = torch.rand(split.shape, generator=torch.Generator().manual_seed(seed))
    profiles = torch.from_numpy(split.matrix("train").toarray())
    found: dict[str, Score] = {"random": lambda users: noise[users]}

    def by(likeness: Tensor) -> Score:
        return lambda users: profiles[users] @ likeness

    alike = []
    for name in (m for m in MODALITIES if m in data["item"]):
        vectors = standardised(data, name)
        alike.append(vectors @ vectors.T)
        found[f"content kNN {name}"] = by(alike[-1])
    if len(alike) > 1:
        found["content kNN all"] = by(torch.stack(alike).mean(0))
    kinds = [k for k in data.edge_types if (k[0], k[2]) == ("item", "entity") and data[k].edge_index.shape[1]]
    if kinds:
        degree, parts = torch.zeros(n_items), []
        for kind in kinds:
            item, entity = torch.unique(data[kind].edge_index, dim=1)
            frequency = torch.bincount(entity)
            used = frequency.nonzero()[:, 0]
            place = torch.zeros(len(frequency), dtype=torch.int64)
            place[used] = torch.arange(len(used))
            rows = torch.zeros(n_items, len(used))
            rows[item, place[entity]] = torch.log(1 + n_items / frequency[entity].float())
            degree += torch.bincount(item, minlength=n_items)
            parts.append(rows)
        shared = F.normalize(torch.cat(parts, 1), dim=1)
        found["knowledge degree"] = lambda users: degree.expand(len(users), -1)
        found["knowledge kNN"] = by(shared @ shared.T)
    return found
