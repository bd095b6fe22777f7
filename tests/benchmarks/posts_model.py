"""The made sample with and without posts: held-out purchases (``python tests/benchmarks/posts.py model``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import Progress as Bar

from graphrec.config.settings import Settings, load_settings
from graphrec.datasets.sample import write_sample
from graphrec.datasets.sample.posts import write_posts
from graphrec.db.database import connect
from graphrec.evaluation.ranking import evaluate_split
from graphrec.evaluation.split import leak_free_training_graph, make_split
from graphrec.graph.hetero import Graph, load_graph
from graphrec.graph.mapping import resolve
from graphrec.training.hybrid import HybridSelector
from graphrec.training.objectives import train_objectives
from graphrec.training.scoring import Scorer
from graphrec.training.train import pick_device
from graphrec.training.trainer import Trainer
from graphrec_etl.atomic import transform
from graphrec_etl.media import add_media
from graphrec_etl.posts import load_posts
from graphrec_etl.rejects import Rejects
from graphrec_etl.write import Writer

LIKED, DISLIKED = ("user", "POSTED", "item"), ("user", "POSTED_DISLIKED", "item")


def measure(seeds: int, epochs: int, posts: int, *, alone: bool, test: float) -> dict[str, list[float]]:
    """Return graph → NDCG@10 of each seed: of the split and of the training."""
    settings = load_settings().override("train", epochs=epochs).override("split", test=test)
    graph = with_posts(settings, posts)
    if alone:
        graph = without(graph, *(kind for kind in graph.data.edge_types if kind[1] in ("BROWSED", "SEARCHED")))
    ways: dict[str, Callable[[int], Graph]] = {
        "no posts": lambda _: without(graph, LIKED, DISLIKED),
        "posts": lambda _: graph,
        "shuffled tones": lambda seed: resigned(graph, np.random.default_rng(seed).permutation),
        "all as liking": lambda _: resigned(graph, np.abs),
    }
    return {name: [ndcg(make(seed), settings, seed) for seed in range(seeds)] for name, make in ways.items()}


def with_posts(settings: Settings, posts: int) -> Graph:
    """Load the sample and its posts; return the graph, in which purchases alone are predicted."""
    folder = Path("sample")
    sample, rejects = write_sample(folder), Rejects()
    tables = transform(folder, rejects)
    add_media(tables, folder / "media.tsv", None, rejects)
    with connect(settings, create=True) as db:
        Writer(db, settings.graph).write(tables)
        load_posts([write_posts(sample, "posts.csv", posts)], settings)
        schema = resolve(db, settings.graph)
        kinds = {
            name: msgspec.structs.replace(one, target=name == "PURCHASED") for name, one in schema.behaviours.items()
        }
        return load_graph(db, msgspec.structs.replace(schema, behaviours=kinds), settings.split)


def without(graph: Graph, *kinds: tuple[str, str, str]) -> Graph:
    """Return a graph without some behaviours."""
    data = graph.data.clone()
    for kind in kinds:
        del data[kind]
    return replace(graph, data=data)


def resigned(graph: Graph, turned: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Graph:
    """Return a graph in which the same people post about the same items at the same times in other tones."""
    data = graph.data.clone()
    stores = [data[LIKED], data[DISLIKED]]
    edges = torch.cat([store.edge_index for store in stores], 1)
    times = torch.cat([store.time for store in stores])
    signed = np.concatenate([stores[0].edge_weight.numpy(), -stores[1].edge_weight.numpy()])
    weights = torch.from_numpy(np.asarray(turned(signed), np.float32))
    for store, chosen in zip(stores, (weights > 0, weights < 0), strict=True):
        order = torch.from_numpy(np.lexsort((times[chosen], *edges[:, chosen].flip(0).numpy())))
        store.edge_index, store.time = edges[:, chosen][:, order], times[chosen][order]
        store.edge_weight = weights[chosen].abs()[order]
    return replace(graph, data=data)


def ndcg(graph: Graph, settings: Settings, seed: int) -> float:
    """Train, and return NDCG@10 of the held-out purchases."""
    asked = settings.override("train", seed=seed).override("split", seed=seed)
    split = make_split(graph.data, asked.split, graph.schema)
    data, device = leak_free_training_graph(graph.data, split), pick_device(asked.train.device)
    fit = Trainer(data, split, asked.model, asked.train, device, asked.content)
    with Bar(disable=True) as bar:
        model = train_objectives(HybridSelector(fit), bar).model
    score = Scorer(model, fit.profiles, fit.pairs)
    report = evaluate_split(lambda users: score(users).cpu(), split, "test", ks=(10,))
    return float(report.per_user["ndcg@10"].mean())
