"""Compare the graph of files with that of Neo4j."""

from __future__ import annotations

import torch

from graphrec.config.settings import SplitSettings
from graphrec.evaluation.split import leak_free_training_graph, make_split
from graphrec.graph.hetero import Graph


def assert_same(direct: Graph, loaded: Graph, split: SplitSettings) -> None:
    assert (direct.users, direct.items, direct.entities) == (loaded.users, loaded.items, loaded.entities)
    assert direct.schema.behaviours == loaded.schema.behaviours
    assert direct.schema.knowledge == loaded.schema.knowledge
    assert direct.data.edge_types == loaded.data.edge_types
    for kind in loaded.data.edge_types:
        for name, values in loaded.data[kind].items():
            assert torch.equal(direct.data[kind][name], values), (kind, name)
    assert direct.encoders == loaded.encoders
    assert direct.fingerprint == loaded.fingerprint
    one, other = (make_split(graph.data, split, graph.schema) for graph in (direct, loaded))
    for part in ("train", "valid", "test"):
        assert getattr(other, part).shape[1]
        assert torch.equal(getattr(one, part), getattr(other, part))
    assert (
        leak_free_training_graph(direct.data, one).edge_types == leak_free_training_graph(loaded.data, other).edge_types
    )
