"""What differential privacy costs: ``python tests/benchmarks/privacy_cost.py FOLDER [options]``.

FOLDER holds a published data set, as for ``graphrec benchmark --data``. NDCG@10 on the test, training on train alone,
means and standard deviations over seeds; a seed draws the split, where the files have none, and the initial weights,
while the noise is drawn by the operating system. ``usual``: the ordinary model, whose choices are made on validation.
``inf``: the private model without noise. Nothing is chosen on the test, and nothing at all for the private models:
their constants were chosen on the validation part of MovieLens-100K.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from rich.progress import Progress as Bar

from graphrec.config.privacy_settings import PrivacySettings
from graphrec.config.settings import Settings, load_settings
from graphrec.datasets.folder import DataSet
from graphrec.evaluation.ranking import evaluate_split
from graphrec.evaluation.split import Split, leak_free_training_graph, make_split
from graphrec.graph.hetero import Graph
from graphrec.model import HeteroRecommender
from graphrec.privacy.accountant import Release
from graphrec.privacy.noise import Noise
from graphrec.privacy.plan import Plan
from graphrec.training.hybrid import HybridSelector
from graphrec.training.objectives import train_objectives
from graphrec.training.private import make_private, private_settings
from graphrec.training.scoring import Scorer
from graphrec.training.train import pick_device
from graphrec.training.trainer import Trainer


def models(
    graph: Graph, settings: Settings, split: Split, asked: list[str], network: float
) -> Iterator[tuple[str, Trainer, HeteroRecommender]]:
    """Yield the name, the trainer and the model of each row of the table."""
    cpu = pick_device("cpu")
    for name in asked:
        data = leak_free_training_graph(graph.data, split)
        if name == "usual":
            fit = Trainer(data, split, settings.model, settings.train, cpu, settings.content)
            with Bar(disable=True) as bar:
                yield name, fit, train_objectives(HybridSelector(fit), bar).model
            continue
        own = private_settings(settings)
        fit = Trainer(data, split, own.model, own.train, cpu, own.content)
        privacy = PrivacySettings(network=network)
        steps = Release(0.0, min(1.0, privacy.batch / split.shape[0]), privacy.steps) if network else None
        plan = Plan(np.inf, 0.0, steps=steps)
        if name != "inf":
            plan = Plan.of(msgspec.structs.replace(privacy, epsilon=float(name)), split.shape[0])
        yield name, fit, make_private(fit, plan, privacy.clip, Noise()).model


def main() -> None:
    """Print a line per model and seed, then the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--rows", default="usual,inf,10,3,1", help="usual, inf, or values of epsilon")
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--first", type=int, default=0, help="the first seed")
    options.add_argument("--network", type=float, default=0.0, help="share of the budget for DP-SGD")
    given = options.parse_args()
    data, base = DataSet.at(given.folder, {}), load_settings()
    base = msgspec.structs.replace(base, split=data.split(base.split, None))
    found: dict[str, list[float]] = {}
    for seed in range(given.first, given.first + given.seeds):
        settings = base.override("train", seed=seed).override("split", seed=seed)
        graph = data.graph(settings.split)
        split = make_split(graph.data, settings.split, graph.schema)
        began = time.perf_counter()
        for name, fit, model in models(graph, settings, split, given.rows.split(","), given.network):
            score = Scorer(model, fit.profiles, fit.pairs)
            value = evaluate_split(lambda users, score=score: score(users).cpu(), split, "test", ks=(10,)).mean(
                "ndcg@10"
            )
            found.setdefault(name, []).append(value)
            print(f"seed {seed}  {name:>6}  {value:.4f}  {time.perf_counter() - began:.0f} s", flush=True)
            began = time.perf_counter()
    for name, values in found.items():
        print(f"{name:>6}  {np.mean(values):.4f} ± {np.std(values):.4f}")


if __name__ == "__main__":
    main()
