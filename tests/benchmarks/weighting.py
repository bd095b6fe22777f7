"""What weights of behaviours are worth: ``python tests/benchmarks/weighting.py PROJECT [SEEDS] [PROPERTY] [DISLIKE]``.

PROJECT is a folder with a graphrec.toml, its database running; its behaviours are split as ``[split]`` says. Compared
with ``[model] weighted = false``, where every pair counts 1: decay (recency and half-lives, as validation chooses), and
decay with PROPERTY ("rating") as the strength of the targets; then, of the pairs above DISLIKE (2), those at most that
left out beside their being negative. NDCG, means over seeds; intervals (95 %) over users, each user's mean over seeds.
Last what the types of the made catalogue have been learned to count, whose reliability is planted.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import Progress as Bar

from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings, SplitSettings, load_settings
from graphrec.datasets.folder import DataSet
from graphrec.datasets.sample import write_sample
from graphrec.db.database import connect
from graphrec.evaluation.metrics import bootstrap, percentiles
from graphrec.evaluation.ranking import evaluate_split
from graphrec.evaluation.split import leak_free_training_graph, make_split
from graphrec.graph.hetero import Graph, load_graph
from graphrec.graph.mapping import resolve
from graphrec.training.hybrid import HybridSelector
from graphrec.training.objectives import train_objectives
from graphrec.training.scoring import Scorer
from graphrec.training.train import pick_device
from graphrec.training.trainer import Trainer


class Found(NamedTuple):
    """NDCG on validation, each user's on the test (float64 ``[m]``), and what validation chose."""

    valid: float
    test: NDArray[np.float64]
    said: str


def measured(graph: Graph, settings: Settings, seeds: int) -> Found:
    """Return the means over seeds."""
    valid, test, said = [], [], []
    metric = f"ndcg@{settings.train.metric_k}"
    for seed in range(seeds):
        asked = settings.override("train", seed=seed)
        split = make_split(graph.data, asked.split, graph.schema)
        data, device = leak_free_training_graph(graph.data, split), pick_device(asked.train.device)
        fit = Trainer(data, split, asked.model, asked.train, device, asked.content)
        with Bar(disable=True) as bar:
            model = train_objectives(HybridSelector(fit), bar).model
        valid.append(fit.validate(model)[metric])
        score = Scorer(model, fit.profiles, fit.pairs)
        report = evaluate_split(lambda users, s=score: s(users).cpu(), split, "test", ks=(asked.train.metric_k,))  # type: ignore[misc]
        test.append(report.per_user[metric])
        lives = [f"{days:g}" for days in model.profile_encoder.half_lives().values() if days]
        scales = " ".join(f"{kind} {scale:.3f}" for kind, scale in model.profile_encoder.weights().items())
        said.append(
            f"recency {float(model.profile_encoder.recency):g}, half-lives {' '.join(lives) or 'none'}, {scales}"
        )
    return Found(float(np.mean(valid)), np.mean(test, axis=0), said[0])


def show(name: str, found: Found, base: Found) -> None:
    """Print a line."""
    gain = found.test - base.test
    low, high = percentiles(bootstrap(gain[:, None], 0), 0.95)
    ahead = f"{gain.mean():+.4f} [{low[0]:+.4f}, {high[0]:+.4f}]"
    print(f"{name:<24} valid {found.valid:.4f}  test {found.test.mean():.4f}  {ahead}  ({found.said})", flush=True)


def without(graph: Graph) -> Graph:
    """Return a graph without what is not wanted."""
    data = graph.data.clone()
    for kind in [kind for kind in data.edge_types if "negative" in data[kind]]:
        del data[kind]
    return replace(graph, data=data)


def compare(plain: Graph, graded: Graph, disliked: Graph, settings: Settings, seeds: int) -> None:
    """Print what weights and dislikes are worth.

    Parameters
    ----------
    plain, graded, disliked
        The same graph, its targets without strength, with it, and with dislikes among them.
    """
    base = measured(plain, settings.override("model", weighted=False), seeds)
    show("unweighted", base, base)
    ways = {"decay": measured(plain, settings, seeds), "strength and decay": measured(graded, settings, seeds)}
    for name, found in ways.items():
        show(name, found, base)
    show("strength, over decay", ways["strength and decay"], ways["decay"])
    print(f"chosen on validation: {max(ways, key=lambda name: ways[name].valid)}")
    out = measured(without(disliked), settings, seeds)
    show("dislikes left out", out, out)
    show("dislikes negative", measured(disliked, settings, seeds), out)


def planted(folder: Path, seeds: int) -> None:
    """Print what the types of the made catalogue have been learned to count."""
    write_sample(folder)
    graph = DataSet.at(folder, {}).graph(SplitSettings())
    settings = Settings(root=folder, home=folder, runs=folder, neo4j=load_settings().neo4j).override(
        "train", device="cpu"
    )
    only = {name: msgspec.structs.replace(b, target=name == "PURCHASED") for name, b in graph.schema.behaviours.items()}
    for targets in (graph, replace(graph, schema=msgspec.structs.replace(graph.schema, behaviours=only))):
        for loss in ("softmax", "mse"):
            for seed in range(seeds):
                asked = settings.override("train", seed=seed, loss=loss)
                split = make_split(targets.data, asked.split, targets.schema)
                fit = Trainer(
                    leak_free_training_graph(targets.data, split), split, asked.model, asked.train, torch.device("cpu")
                )
                with Bar(disable=True) as bar:
                    scales = train_objectives(HybridSelector(fit), bar).model.profile_encoder.weights()
                told = "  ".join(f"{name} {scales[name]:.3f}" for name in ("PURCHASED", "BROWSED", "SEARCHED"))
                print(f"made catalogue, {len(targets.schema.targets)} targets, {loss}, seed {seed}: {told}", flush=True)


def main(project: Path, seeds: int, strength: str, dislike: float) -> None:
    """Measure and print."""
    settings = load_settings(project / "graphrec.toml")
    with connect(settings) as db:
        schema = resolve(db, settings.graph)

        def mapped(**values: object) -> GraphSchema:
            kinds = {
                kind: msgspec.structs.replace(b, **values) if b.target else b for kind, b in schema.behaviours.items()
            }
            return msgspec.structs.replace(schema, behaviours=kinds)

        asked = (schema, mapped(strength=strength), mapped(strength=strength, dislike=dislike))
        graphs = [load_graph(db, some, settings.split) for some in asked]
    compare(*graphs, settings, seeds)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        planted(Path(folder), 5)


if __name__ == "__main__":
    given = sys.argv[2:]
    main(
        Path(sys.argv[1]),
        int(given[0]) if given else 3,
        given[1] if len(given) > 1 else "rating",
        float(given[2]) if len(given) > 2 else 2.0,
    )
