"""New items by an update: ``python tests/benchmarks/cold.py PROJECT [SPLITS]``.

PROJECT is a folder with a graphrec.toml, its database running. A quarter of the items (validation and test part of an
item split) is taken out of the graph with all that is done to them and known of them, a run is trained on the rest with
the project's settings, and then they come, with content and knowledge and nobody who has tried them, and are taken in
as ``graphrec update`` does. Prints how those of the test part are ranked among themselves (NDCG@10, means over item
splits), beside what a training gives them that had them as untried items. (Peers for the same item splits: ``graphrec
content report``.)
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch

from graphrec.common.pyg import HeteroData
from graphrec.config.settings import Settings, SplitSettings, load_settings
from graphrec.db.database import connect
from graphrec.evaluation.ranking import evaluate_split
from graphrec.evaluation.split import Split, make_split, training_graph
from graphrec.experiments.content_report.cold import TEST_SHARE, VALID_SHARE
from graphrec.graph.hetero import Graph, load_graph
from graphrec.runs.run import Run
from graphrec.training.train import train_graph
from graphrec.updating.changes import compare
from graphrec.updating.items import ItemUpdater
from graphrec.updating.users import encoder_of, vectors

METRIC = "ndcg@10"


def main(project: Path, splits: int) -> None:
    """Measure and print."""
    settings = load_settings(project / "graphrec.toml")
    with connect(settings) as db:
        graph = load_graph(db, settings.graph)
    say([one(graph, settings, seed) for seed in range(splits)])


def say(found: list[dict[str, float]]) -> None:
    """Print the means."""
    for name in found[0]:
        values = [row[name] for row in found]
        print(f"{name:<24} {np.mean(values):.4f}  ({' '.join(f'{value:.4f}' for value in values)})")


def one(graph: Graph, settings: Settings, seed: int) -> dict[str, float]:
    """Return what new items come to on one item split."""
    how = SplitSettings(method="cold-item", valid=VALID_SHARE, test=TEST_SHARE, seed=seed)
    split = make_split(graph.data, how, graph.schema)
    with tempfile.TemporaryDirectory() as folder:
        own = msgspec.structs.replace(settings, runs=Path(folder), split=how).override("train", seed=seed)
        untried = train_graph(graph, own).run
        late = torch.cat(list(split.cold.values()))
        seen = own.override("split", method="random", valid=0.1, test=0.0)
        run = train_graph(_without(graph, late), seen).run
        return {
            "untried in training": _value(lambda users: untried.scores(users, "heldout"), split),
            "taken in by an update": _updated(run, _untouched(graph, split), split),
        }


def _updated(run: Run, graph: Graph, split: Split) -> float:
    delta = compare(run, graph)
    growing = ItemUpdater(run, graph, delta)
    tables = growing.tables()
    user = vectors(run, delta, encoder_of(run, tables), growing.done, None)
    scores = user @ tables.item.T
    if tables.similar is not None:
        rows = growing.done.interactions(torch.arange(len(user)), run.recency)
        weight = rows.normal(run.arrays.items.alpha)
        sent = torch.zeros_like(scores)
        sent.index_put_((rows.row,), weight[:, None] * tables.similar[rows.item], accumulate=True)
        scores = scores + sent
    return _value(lambda users: scores[users].clone(), split)


def _value(score: Callable[[torch.Tensor], torch.Tensor], split: Split) -> float:
    return evaluate_split(score, split, "test").mean(METRIC)


def _untouched(graph: Graph, split: Split) -> Graph:
    """Return the graph with all items, and nothing that is done to the late ones."""
    return _of(graph, training_graph(graph.data, split), graph.items)


def _without(graph: Graph, late: torch.Tensor) -> Graph:
    """Return the graph without some items."""
    keep = torch.ones(len(graph.items), dtype=torch.bool)
    keep[late] = False
    items = [graph.items[place] for place in keep.nonzero()[:, 0].tolist()]
    return _of(graph, graph.data.subgraph({"item": keep}), items)


def _of(graph: Graph, data: HeteroData, items: list[Any]) -> Graph:
    """Return a graph of other data and items."""
    return replace(graph, data=data, items=items, fingerprint="of a benchmark")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else 3)
