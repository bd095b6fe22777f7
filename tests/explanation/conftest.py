"""Runs with every component of a score: trained in seconds on a made graph, without a database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import load_settings
from graphrec.graph.hetero import Graph, to_graph
from graphrec.graph.read import assembled
from graphrec.graph.typed import TypedArrays
from graphrec.runs.run import Run
from graphrec.training.train import train_graph

USERS, ITEMS, ENTITIES = 60, 24, 8
DAY = 86_400

TrainRun = Callable[..., Run]


def made_graph(*, friends: bool, cold: bool) -> Graph:
    """Return a graph with purchases, views, dislikes, times, two relations, a sequel and two modalities."""
    drawn = torch.Generator().manual_seed(0)

    def some(share: float) -> torch.Tensor:
        chosen = torch.rand(USERS, ITEMS, generator=drawn) < share
        if cold:
            chosen[:, -3:] = False
        return chosen.nonzero().T.contiguous()

    stores = TypedArrays()
    stores["user"].num_nodes, stores["item"].num_nodes, stores["entity"].num_nodes = USERS, ITEMS, ENTITIES
    for kind, share in (("BOUGHT", 0.25), ("HATED", 0.05), ("VIEWED", 0.2)):
        ends, store = some(share), stores["user", kind, "item"]
        store.edge_index = ends.numpy()
        store.edge_weight = (torch.rand(ends.shape[1], generator=drawn) + 0.5).double().numpy()
        store.time = (torch.randint(400, (ends.shape[1],), generator=drawn) * DAY).numpy()
    items, entities = torch.arange(ITEMS), torch.randint(ENTITIES, (2, ITEMS), generator=drawn)
    stores["item", "HAS_GENRE", "entity"].edge_index = torch.stack([items, entities[0]]).numpy()
    stores["item", "MADE_BY", "entity"].edge_index = torch.stack([items, entities[1]]).numpy()
    stores["item", "SEQUEL_OF", "item"].edge_index = torch.tensor([[1, 5, 9], [0, 4, 8]]).numpy()
    if friends:
        stores["user", "KNOWS", "user"].edge_index = torch.tensor([[0, 1, 2, 3], [1, 2, 4, 9]]).numpy()
    encoders = {}
    for name, size in (("text", 6), ("image", 4)):
        vectors = torch.randn(ITEMS, size, generator=drawn)
        has = torch.rand(ITEMS, generator=drawn) < 0.8
        stores["item"][name], stores["item"][f"{name}_mask"] = (vectors * has[:, None]).numpy(), has.numpy()
        encoders[name] = "given@0"
    schema = GraphSchema(
        behaviours={
            "BOUGHT": Behaviour(target=True),
            "HATED": Behaviour(target=False, negative=True),
            "VIEWED": Behaviour(target=False),
        },
        knowledge=("HAS_GENRE", "MADE_BY", "SEQUEL_OF"),
        social=("KNOWS",) if friends else (),
    )
    keys = [f"u{n}" for n in range(USERS)], [f"i{n}" for n in range(ITEMS)], [f"e{n}" for n in range(ENTITIES)]
    return to_graph(assembled(stores, *keys, schema, encoders))


@pytest.fixture(scope="session")
def train_run(tmp_path_factory: pytest.TempPathFactory) -> TrainRun:
    """Train on the made graph: ``train_run(friends=…, cold=…, model={…})``."""

    def train(*, friends: bool = False, cold: bool = False, model: dict[str, Any] | None = None) -> Run:
        folder: Path = tmp_path_factory.mktemp("explained")
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            settings = load_settings().override("model", dim=8, **(model or {}))
            settings = settings.override("train", epochs=3, lr=0.02, loss="softmax", device="cpu")
            if cold:
                settings = settings.override("split", method="random", valid=0.2, test=0.1)
            return train_graph(made_graph(friends=friends, cold=cold), settings).run

    return train


@pytest.fixture(scope="session")
def run(train_run: TrainRun) -> Run:
    """A run with content, knowledge, neighbours, SIMILAR edges and ALS."""
    return train_run(model={"neighbours": 3})
