"""What training is worth to the users it sees: ``python tests/benchmarks/fold.py PROJECT [SEEDS]``.

PROJECT is a folder with a graphrec.toml, its database running. A tenth of the users is taken out of training, whole,
and folded in afterwards by the same training pairs that the others learn from; beside it stands a training that saw
them. Prints the NDCG@10 of their test pairs both ways, means over seeds, with the 95 % interval of the ratio.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import torch

from graphrec.common.console import progress
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import connect
from graphrec.evaluation.metrics import bootstrap, percentiles
from graphrec.evaluation.ranking import Report, evaluate
from graphrec.evaluation.split import leak_free_training_graph, make_split, only_users
from graphrec.experiments.cold_users.people import without
from graphrec.graph.hetero import Graph, load_graph
from graphrec.model import Profiles
from graphrec.training.hybrid import HybridSelector
from graphrec.training.objectives import train_objectives
from graphrec.training.scoring import Scorer
from graphrec.training.train import pick_device
from graphrec.training.trainer import Trainer

SHARE, METRIC = 0.1, "ndcg@10"


def both_ways(graph: Graph, settings: Settings, seed: int) -> dict[str, Report]:
    """Return the figures of some users whom training saw, and of the same users folded in."""
    asked = settings.override("split", seed=seed)
    split = make_split(graph.data, asked.split, graph.schema)
    n_users = split.shape[0]
    held = np.sort(np.random.default_rng(seed).permutation(n_users)[: round(SHARE * n_users)])
    seen, truth = split.seen("test"), only_users(split.matrix("test"), held)
    train = msgspec.structs.replace(settings.train, seed=seed)
    whole = leak_free_training_graph(graph.data, split)
    found = {}
    for name in ("trained", "folded in"):
        data, cut = whole, split
        if name == "folded in":
            stays = {p: ~torch.isin(getattr(split, p)[0], torch.from_numpy(held)) for p in ("train", "valid")}
            data, cut = (
                without(whole, held),
                replace(split, train=split.train[:, stays["train"]], valid=split.valid[:, stays["valid"]]),
            )
        fit = Trainer(data, cut, settings.model, train, pick_device(settings.train.device), settings.content)
        with progress() as bar:
            model = train_objectives(HybridSelector(fit), bar).model
        profiles = Profiles.of(whole)
        targets = {kind for kind, mapped in graph.schema.behaviours.items() if mapped.target}
        score = Scorer(model, profiles, profiles.only(targets))
        found[name] = evaluate(lambda users: score(users).cpu(), seen, truth, ks=(10,))  # noqa: B023 - used at once
    return found


def main(project: Path, seeds: int) -> None:
    """Measure and print."""
    settings = load_settings(project / "graphrec.toml")
    with connect(settings) as db:
        graph = load_graph(db, settings.graph, settings.split)
    say([both_ways(graph, settings, seed) for seed in range(seeds)])


def say(found: list[dict[str, Report]]) -> None:
    """Print what was measured."""
    values = {name: np.concatenate([one[name].per_user[METRIC] for one in found]) for name in found[0]}
    drawn = bootstrap(np.stack(list(values.values()), 1), 0)
    low, high = percentiles((drawn[:, 1] / drawn[:, 0])[:, None], 0.95)
    trained, folded = (value.mean() for value in values.values())
    print(f"{len(values['trained'])} users  trained {trained:.4f}  folded in {folded:.4f}")
    print(f"ratio {folded / trained:.4f} [{low[0]:.4f}, {high[0]:.4f}]")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else 3)
