"""What knowledge and content are worth to the quiet: ``python tests/benchmarks/quiet.py PROJECT [SPLITS] [A,B]``.

PROJECT is a folder with a graphrec.toml, its database running. For each of several seeds of the project's split a model
is trained as it is, without knowledge, on shuffled knowledge, without both and on both shuffled (or A and B of these),
with one seed. Printed is the full model's NDCG@10 minus each of the others', over all users of the test parts and over
the least active quarter of each (in training); intervals (95 %) over users, each user's mean over the splits in which
they stand there. One split has few quiet users.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import msgspec
import numpy as np
from rich.progress import Progress as Bar

from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import connect
from graphrec.evaluation.metrics import bootstrap, percentiles
from graphrec.evaluation.ranking import Report, evaluate_split
from graphrec.evaluation.split import Split, leak_free_training_graph, make_split
from graphrec.experiments.ablation.variants import Change
from graphrec.experiments.benchmark.slices import quietest
from graphrec.graph.hetero import Graph, load_graph
from graphrec.training.hybrid import HybridSelector
from graphrec.training.objectives import train_objectives
from graphrec.training.scoring import Scorer
from graphrec.training.train import pick_device
from graphrec.training.trainer import Trainer

CHANGES = {
    "no-knowledge": Change(knowledge="left out"),
    "shuffled-knowledge": Change(knowledge="shuffled"),
    "neither": Change(knowledge="left out", content="left out"),
    "both-shuffled": Change(knowledge="shuffled", content="shuffled"),
}
METRIC = "ndcg@10"


def measured(graph: Graph, settings: Settings, split: Split, change: Change, seed: int) -> Report:
    """Return what a changed model comes to on the test part of one split."""
    device = pick_device(settings.train.device)
    data = change.graph(leak_free_training_graph(graph.data, split), seed)
    train = msgspec.structs.replace(settings.train, seed=seed)
    fit = Trainer(data, split, change.model(settings.model), train, device, settings.content)
    with Bar(disable=True) as bar:
        model = train_objectives(HybridSelector(fit), bar).model
    score = Scorer(model, fit.profiles, fit.pairs)
    return evaluate_split(lambda users: score(users).cpu(), split, "test", ks=(10,))


def say(name: str, gains: dict[int, list[float]]) -> None:
    """Print one difference."""
    values = np.array([np.mean(gain) for gain in gains.values()])
    low, high = percentiles(bootstrap(values[:, None], 0), 0.95)
    print(f"{name:<44} {values.mean():+.4f} [{low[0]:+.4f}, {high[0]:+.4f}], {len(values)} users", flush=True)


def main(project: Path, splits: int, names: list[str]) -> None:
    """Measure and print."""
    settings = load_settings(project / "graphrec.toml")
    with connect(settings) as db:
        graph = load_graph(db, settings.graph, settings.split)
    found: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for seed in range(splits):
        split = make_split(graph.data, settings.override("split", seed=seed).split, graph.schema)
        whole = measured(graph, settings, split, Change(), seed)
        reports = {name: measured(graph, settings, split, CHANGES[name], seed) for name in names}
        for name in names:
            pair = whole, reports[name]
            for who, (full, other) in {"everybody": pair, "quietest": tuple(quietest(split, r) for r in pair)}.items():
                gain = full.per_user[METRIC] - other.per_user[METRIC]
                for user, value in zip(full.users.tolist(), gain.tolist(), strict=True):
                    found[f"full minus {name}, {who}"][user].append(value)
        said = ", ".join(f"{name} {report.mean(METRIC):.4f}" for name, report in reports.items())
        print(f"split {seed}: full {whole.mean(METRIC):.4f}, {said}", flush=True)
    for name, gains in found.items():
        say(name, gains)


if __name__ == "__main__":
    asked = sys.argv[3].split(",") if sys.argv[3:] else list(CHANGES)
    main(Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else 5, asked)
