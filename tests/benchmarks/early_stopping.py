"""What the warm-up of early stopping is worth where users are few.

``python tests/benchmarks/early_stopping.py FOLDER [--users N] [--seeds N]`` trains on N users (all where absent) of a
data set in one of the layouts that ``graphrec benchmark --data`` reads; ``made`` stands for the made catalogue. A line
a seed: where patience alone would have ended and where training ends, each with the best epoch, validation NDCG@10 of
the network alone, and test NDCG@10 of the network alone and of the whole model.
"""

from __future__ import annotations

import argparse
import copy
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from graphrec.config.settings import ModelSettings, SplitSettings, TrainSettings
from graphrec.datasets.folder import DataSet
from graphrec.datasets.sample import write_sample
from graphrec.evaluation.ranking import evaluate_split
from graphrec.evaluation.split import leak_free_training_graph, make_split
from graphrec.graph.hetero import Graph
from graphrec.model.recommender import COMPONENTS
from graphrec.training.checkpoint import TrainingState
from graphrec.training.hybrid import HybridSelector
from graphrec.training.scoring import Scorer
from graphrec.training.trainer import Trainer


def measured(trainer: Trainer, state: TrainingState) -> str:
    model = HybridSelector(trainer).select(state)
    values = []
    for components in (("network",), COMPONENTS):
        score = Scorer(model, trainer.profiles, trainer.pairs, components)
        values.append(evaluate_split(lambda users, score=score: score(users).cpu(), trainer.split, "test"))
    network, whole = (report.mean("ndcg@10") for report in values)
    return f"epoch {state.best_epoch} of {state.epoch}, valid {state.best:.4f}, test {network:.4f} whole {whole:.4f}"


def compare(graph: Graph, users: int | None, seed: int) -> str:
    data = graph.data
    if users is not None:
        drawn = torch.randperm(data["user"].num_nodes, generator=torch.Generator().manual_seed(seed))[:users]
        data = data.subgraph({"user": drawn.sort().values})
    split = make_split(data, SplitSettings(seed=seed), graph.schema)
    train = TrainSettings(seed=seed, device="cpu")
    trainer = Trainer(leak_free_training_graph(data, split), split, ModelSettings(), train, torch.device("cpu"))
    state, patient = TrainingState("softmax"), None
    for _ in trainer.run(state):
        if patient is None and state.epoch - state.best_epoch >= train.patience:
            patient = copy.deepcopy(state)
    return f"patience alone: {measured(trainer, patient or state)}; now: {measured(trainer, state)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument("--users", type=int)
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    with TemporaryDirectory() as made:
        folder = Path(made) if asked.folder == "made" else Path(asked.folder)
        if asked.folder == "made":
            write_sample(folder)
        graph = DataSet.at(folder, {}).graph(SplitSettings())
    for seed in range(asked.seeds):
        print(f"seed {seed}: {compare(graph, asked.users, seed)}", flush=True)


if __name__ == "__main__":
    main()
