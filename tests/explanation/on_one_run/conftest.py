"""A run on users of two tastes that change, so that some behaviours matter more than others."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pandas as pd
import pytest

from graphrec.config.settings import SplitSettings, load_settings
from graphrec.datasets.frames import Columns, tables_of
from graphrec.datasets.tables_to_graph import graph_of
from graphrec.explanation.attribution import Attribution
from graphrec.graph.hetero import Graph
from graphrec.graph.history import Interaction
from graphrec.runs.run import Run
from graphrec.training.train import train_graph

N_USERS, N_ITEMS, N_COLD, DAY, HALF_LIFE = 80, 40, 4, 86_400, 20.0


def _interactions(draw: np.random.Generator) -> pd.DataFrame:
    """Users of two tastes, which change over time; what is not to their taste some dislike."""
    rows = []
    for user in range(N_USERS):
        size = int(draw.integers(4, 16))
        for n, item in enumerate(draw.permutation(N_ITEMS - N_COLD)[:size]):
            liked = (item % 2 == user % 2) == (n > size // 2)
            if liked or draw.random() < 0.4:
                rows.append((f"u{user}", f"i{item}", "LIKED" if liked else "DISLIKED", 1e9 + DAY * n))
    return pd.DataFrame(rows, columns=["user_id", "item_id", "kind", "at"])


@pytest.fixture(scope="package")
def graph() -> Graph:
    """Likes and dislikes with times, genres, makers, sequels, texts and images; the last items nobody tried."""
    draw = np.random.default_rng(0)
    items = pd.DataFrame({"item_id": [f"i{n}" for n in range(N_ITEMS)]})
    triples = [(f"i{n}", "HAS_GENRE", f"g{n % 2}{n % 3}") for n in range(N_ITEMS)]
    triples += [(f"i{n}", "MADE_BY", f"m{n // 5}") for n in range(N_ITEMS)]
    triples += [(f"i{n}", "HAS_SEQUEL", f"i{n + 2}") for n in range(0, N_ITEMS - 2, 4)]
    taste = np.arange(N_ITEMS)[:, None] % 2 + draw.normal(size=(N_ITEMS, 6))
    tables = tables_of(
        _interactions(draw),
        Columns(behaviour="kind", time="at"),
        items=items,
        triples=pd.DataFrame(triples, columns=["head", "relation", "tail"]),
    )
    vectors = {"text": taste.astype(np.float32), "image": draw.normal(size=(N_ITEMS, 4)).astype(np.float32)}
    found = graph_of(tables, SplitSettings(), vectors)
    found.data["user", "DISLIKED", "item"].negative = True
    found.data["user", "LIKED", "item"].half_life = HALF_LIFE
    known = found.schema.behaviours
    mapped = {
        "LIKED": msgspec.structs.replace(known["LIKED"], half_life=HALF_LIFE),
        "DISLIKED": msgspec.structs.replace(known["DISLIKED"], negative=True, target=False),
    }
    return replace(found, schema=msgspec.structs.replace(found.schema, behaviours=mapped))


@pytest.fixture(scope="package")
def run(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with hops, neighbours, ``SIMILAR`` edges, ALS, recency, and cold items in their place."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("explanation"))
        settings = load_settings().override("split", method="user-time")
        settings = settings.override("model", dim=8, cold_item_rank=6, neighbours=3)
        return train_graph(graph, settings.override("train", epochs=12, lr=0.03, device="cpu")).run


@pytest.fixture(scope="package")
def of(run: Run) -> Attribution:
    return Attribution(run)


@pytest.fixture(scope="package")
def histories(graph: Graph) -> list[list[Interaction]]:
    """What each user of the run did, as it is read from a database."""
    found: list[list[Interaction]] = [[] for _ in graph.users]
    for kind in graph.schema.behaviours:
        edges = graph.data["user", kind, "item"]
        for user, item, weight, time in zip(
            *edges.edge_index.tolist(), edges.edge_weight.tolist(), edges.time.tolist(), strict=True
        ):
            found[user].append(Interaction(graph.items[item], kind, weight, time))
    return found
