"""A run on a graph with two planted tastes, which the texts of the items tell."""

from __future__ import annotations

import numpy as np
import pytest

from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import Settings, load_settings
from graphrec.graph.hetero import Graph, to_graph
from graphrec.graph.read import assembled
from graphrec.graph.typed import TypedArrays
from graphrec.runs.run import Run
from graphrec.training.train import train_graph

USERS, ITEMS, WIDTH = 60, 30, 6


@pytest.fixture(scope="package")
def graph() -> Graph:
    """Sixty users, two thirds of them of one taste; thirty items, half of each taste; the last three are cold."""
    rng = np.random.default_rng(0)
    taste, kind = np.arange(USERS) % 3 > 0, np.arange(ITEMS) % 2 > 0
    chance = np.where(taste[:, None] == kind, 0.5, 0.05) * (np.arange(ITEMS) < ITEMS - 3)
    ends = np.stack(np.nonzero(rng.random((USERS, ITEMS)) < chance)).astype(np.int64)
    stores = TypedArrays()
    stores["user"].num_nodes, stores["item"].num_nodes, stores["entity"].num_nodes = USERS, ITEMS, 4
    store = stores["user", "LIKED", "item"]
    store.edge_index, store.edge_weight = ends, np.ones(ends.shape[1])
    store.time = rng.integers(0, 10**7, ends.shape[1])
    stores["item", "HAS_GENRE", "entity"].edge_index = np.stack([np.arange(ITEMS), rng.integers(0, 4, ITEMS)])
    vectors = rng.normal(size=(ITEMS, WIDTH)).astype(np.float32) * 0.3
    vectors[:, 0] += np.where(kind, 1, -1)
    stores["item"].text, stores["item"].text_mask = vectors, np.ones(ITEMS, bool)
    schema = GraphSchema(behaviours={"LIKED": Behaviour(target=True)}, knowledge=("HAS_GENRE",))
    keys = [f"u{n}" for n in range(USERS)], [f"i{n}" for n in range(ITEMS)], [f"e{n}" for n in range(4)]
    return to_graph(assembled(stores, *keys, schema, {"text": "given:text@0"}))


@pytest.fixture(scope="package")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("audit"))
        found = load_settings().override("model", dim=8).override("split", method="random", valid=0.2, test=0.2)
    return found.override("train", epochs=6, lr=0.03, loss="softmax", device="cpu")


@pytest.fixture(scope="package")
def run(graph: Graph, settings: Settings) -> Run:
    return train_graph(graph, settings).run
