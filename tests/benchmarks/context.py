"""What context is worth: ``python -m tests.benchmarks.context [FOLDER …] [--seeds N] [--home] [--films]``.

Each FOLDER is a data set in files (as for ``graphrec benchmark --data``); ``--films`` and ``--home`` are logs with
planted habits: many people who do new things, and two residents who do the same things again. Both also with times and
company drawn by chance, as a control. Every held-out behaviour is ranked in its own context, by the same model without
and with what validation chose of the context. NDCG@10, means over visits; intervals (95 %) over visits. Seeds change
the split, the training and the planted log.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
import torch
from rich.progress import Progress as Bar

from graphrec.config.settings import Settings, load_settings
from graphrec.datasets.folder import DataSet
from graphrec.evaluation.reports import interval
from graphrec.evaluation.split import leak_free_training_graph, make_split
from graphrec.graph.hetero import Graph
from graphrec.model.context import VariableTables
from graphrec.runs.in_context import EventRanking
from graphrec.training.context_selection import choose_in_training
from graphrec.training.hybrid import HybridSelector
from graphrec.training.objectives import train_objectives
from graphrec.training.scoring import Scorer
from graphrec.training.trainer import Trainer
from tests.planted_habits import graph_of, planted

#: Name → numbers of the planted logs.
SIZES = {
    "films": {"users": 300, "items": 200, "acts": 40},
    "home": {"users": 2, "items": 15, "acts": 700},
}


def measured(graph: Graph, settings: Settings) -> tuple[str, dict[str, Any] | None]:
    """Return what validation chose, and the figures of the test."""
    split = make_split(graph.data, settings.split, graph.schema)
    fit = Trainer(
        leak_free_training_graph(graph.data, split), split, settings.model, settings.train, torch.device("cpu")
    )
    with Bar(disable=True) as bar:
        model = train_objectives(HybridSelector(fit), bar).model
    began = time.process_time()
    chosen = choose_in_training(fit, model, graph, settings)
    seconds = time.process_time() - began
    if chosen is None or not chosen.variables:
        return f"nothing ({seconds:.1f} s)", None
    names = ", ".join(f"{one.name} {one.weight / chosen.deviation:.3g}" for one in chosen.variables)
    repeats, zone = settings.recommend.seen, graph.schema.time_zone
    score = Scorer(model, fit.profiles, fit.pairs)
    ranking = EventRanking(score, chosen.log, split, "test", repeats=repeats, zone=zone, k=10)
    codes = ranking.log.codes(zone)
    tables = [VariableTables(one, ranking.log.items, codes[one.name], chosen.groups) for one in chosen.variables]
    shown = "; ".join(f"{one.name}: {msgspec.to_builtins(one.shrinkage)}" for one in chosen.variables)
    return f"{names} ({seconds:.1f} s; {shown})", ranking.compared(tables)


def show(name: str, seed: int, said: str, figures: dict[str, Any] | None) -> None:
    """Print a line."""
    line = f"{name:<16} seed {seed}  chosen: {said}"
    if figures is not None:
        parts = "  ".join(f"{key} {interval(figures[key], sign=key == 'gain')}" for key in ("without", "with", "gain"))
        line += f"\n{'':<16} test, {figures['events']:,} behaviours, {figures['visits']:,} visits: {parts}"
    print(line, flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int)
    for name in SIZES:
        parser.add_argument(f"--{name}", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        neo4j = load_settings().neo4j
        plain = Settings(root=Path(folder), home=Path(folder), runs=Path(folder), neo4j=neo4j)
        for seed in range(asked.seeds):
            settings = plain.override("train", seed=seed, device="cpu", epochs=asked.epochs)
            settings = settings.override("split", seed=seed)
            for path in asked.folders:
                graph = DataSet.at(path, {}).graph(settings.split)
                show(path.name, seed, *measured(graph, settings))
            for name in (name for name in SIZES if getattr(asked, name)):
                again = settings.override("recommend", seen=name == "home")
                for habits in (True, False):
                    size = SIZES[name]
                    graph = graph_of(planted(**size, habits=habits, seed=seed), size["users"], size["items"])
                    show(name if habits else f"{name} by chance", seed, *measured(graph, again))


if __name__ == "__main__":
    main()
