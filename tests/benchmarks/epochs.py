"""One epoch of the network at 1, 4, 16 and 64 times the behaviour of MovieLens-100K, beside PyG's LightGCN.

Run: ``python tests/benchmarks/epochs.py [SCALES ...]``. Prints seconds an epoch (the median of three), of graphrec also
by edge and against the first, and the ratio to LightGCN of the same width and depth (64, one layer) on the same data.
LightGCN's epoch grows with the square of the behaviour, and is left out above 16 times. Behaviour alone: it knows
nothing else. Made data: users are added, items stay, degrees are as skewed as there.
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np
import torch

from graphrec.common.pyg import HeteroData
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import ModelSettings, SplitSettings, TrainSettings
from graphrec.evaluation.split import Split, leak_free_training_graph, make_split
from graphrec.experiments.baselines.base import BaselineInputs
from graphrec.experiments.baselines.lightgcn import EVERY, LightGCN
from graphrec.graph.typed import NO_TIME
from graphrec.training.checkpoint import TrainingState
from graphrec.training.trainer import Trainer

USERS, ITEMS, PAIRS, ROUNDS = 943, 1_682, 100_000, 3
#: Up to this scale both are measured.
BOTH = 16


def made(scale: int) -> tuple[HeteroData, Split]:
    """Return a training graph and its split."""
    rng = np.random.default_rng(0)
    activity = rng.lognormal(0, 1, USERS * scale)
    fame = rng.permutation(1 / (20 + np.arange(ITEMS)))
    users = rng.choice(len(activity), 2 * PAIRS * scale, p=activity / activity.sum())
    items = rng.choice(ITEMS, len(users), p=fame / fame.sum())
    keys = rng.permutation(np.unique(users * ITEMS + items))[: PAIRS * scale]
    edges = torch.from_numpy(np.stack([keys // ITEMS, keys % ITEMS]))
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes, data["entity"].num_nodes = USERS * scale, ITEMS, 0
    for kind, ends in {("user", "RATED", "item"): edges, ("item", "rev_RATED", "user"): edges.flip(0)}.items():
        data[kind].edge_index, data[kind].edge_weight = ends, torch.ones(len(keys))
        data[kind].time = torch.full((len(keys),), NO_TIME)
    split = make_split(data, SplitSettings(), GraphSchema(behaviours={"RATED": Behaviour()}))
    return leak_free_training_graph(data, split), split


def own_seconds(data: HeteroData, split: Split) -> float:
    """Return the seconds of an epoch, its look at validation apart."""
    fit = Trainer(data, split, ModelSettings(), TrainSettings(epochs=ROUNDS + 1), torch.device("cpu"))
    seconds = []
    for record in fit.run(TrainingState("softmax")):
        start = time.perf_counter()
        fit.validate(fit.build(0, "softmax"))
        seconds.append(record["seconds"] - (time.perf_counter() - start))
    return statistics.median(seconds[1:])


def lightgcn_seconds(split: Split) -> float:
    """Return the seconds of an epoch of PyG's LightGCN."""
    setting = {"layers": 1, "regularisation": 1e-4, "dim": 64, "lr": 0.01}
    training = LightGCN(BaselineInputs(split.matrix("train")))._train(setting, 0)
    start = time.perf_counter()
    next(training)
    return (time.perf_counter() - start) / EVERY


def main(scales: list[int]) -> None:
    """Print a line a scale."""
    base = 0.0
    for scale in scales:
        data, split = made(scale)
        pairs = split.train.shape[1]
        own = own_seconds(data, split)
        base = base or own / pairs
        by_edge = f"{own / pairs * 1e6:5.2f} µs an edge ({own / pairs / base:.2f} of the first)"
        print(f"{pairs:>9,} pairs: graphrec {own:6.2f} s, {by_edge}", end="")
        if scale <= BOTH:
            peer = lightgcn_seconds(split)
            print(f"; LightGCN {peer:7.2f} s; ratio {own / peer:.3f}", end="")
        print(flush=True)


if __name__ == "__main__":
    main([int(x) for x in sys.argv[1:]] or [1, 4, 16, 64])
