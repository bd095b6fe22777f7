"""What is shuffled keeps its shape and loses its meaning."""

from __future__ import annotations

import numpy as np
import torch

from graphrec.common.pyg import HeteroData, ToUndirected
from graphrec.experiments.ablation.shuffle import shuffled_content, shuffled_knowledge, swapped


def degrees(edges: np.ndarray) -> list[list[int]]:
    return [np.bincount(ends, minlength=200).tolist() for ends in edges]


def keys(edges: np.ndarray) -> set[tuple[int, int]]:
    return set(map(tuple, edges.T.tolist()))


def test_swapped_edges_keep_every_degree_and_are_others():
    rng = np.random.default_rng(0)
    # Some ends are far more frequent than others, and some edges stand there twice.
    edges = np.stack([rng.integers(0, 200, 900), (200 * rng.random(900) ** 3).astype(np.int64)])
    edges = np.concatenate([edges, edges[:, :50]], axis=1)
    once = np.unique(edges, axis=1)
    found = swapped(edges, (0, 0))
    assert degrees(found) == degrees(once)
    assert len(keys(found)) == found.shape[1] == once.shape[1]
    assert len(keys(found) & keys(once)) < 0.15 * once.shape[1]
    assert keys(swapped(edges, (0, 0))) == keys(found)
    assert keys(swapped(edges, (1, 0))) != keys(found)


def test_edges_that_cannot_be_others_stay():
    complete = np.stack([np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)])
    star = np.stack([np.arange(5), np.zeros(5, np.int64)])
    for edges in (complete, star, star[:, :1], star[:, :0]):
        assert keys(swapped(edges, (0, 0))) == keys(edges)


def test_an_item_is_not_related_to_itself():
    ring = np.stack([np.arange(60), (np.arange(60) + 1) % 60])
    assert (swapped(ring, (0, 0))[0] == swapped(ring, (0, 0))[1]).any(), "chance alone would do it"
    found = swapped(ring, (0, 0), loops=False)
    assert not (found[0] == found[1]).any()
    assert degrees(found) == degrees(ring)


def planted(n: int = 120) -> HeteroData:
    """Items of two kinds that an entity tells, tied to their like; text tells the kind, every third has no image."""
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes, data["entity"].num_nodes = 2, n, 4
    kind = torch.arange(n) % 2
    data["user", "DID", "item"].edge_index = torch.tensor([[0, 1], [0, 1]])
    data["item", "HAS", "entity"].edge_index = torch.stack([torch.arange(n), kind])
    data["entity", "MADE", "item"].edge_index = torch.stack([2 + kind, torch.arange(n)])
    data["item", "LIKE", "item"].edge_index = torch.stack([torch.arange(n), (torch.arange(n) + 2) % n])
    data["entity", "IN", "entity"].edge_index = torch.tensor([[0, 1], [2, 3]])
    data["item"].text, data["item"].text_mask = kind[:, None].float(), torch.ones(n, dtype=torch.bool)
    data["item"].image, data["item"].image_mask = torch.arange(n)[:, None].float(), torch.arange(n) % 3 > 0
    return ToUndirected(merge=False)(data)


def test_shuffled_knowledge_keeps_degrees_relation_by_relation_and_tells_nothing():
    data = planted()
    before = {kind: data[kind].edge_index.clone() for kind in data.edge_types}
    found = shuffled_knowledge(data, 0)
    assert found.edge_types == data.edge_types
    for kind in data.edge_types:
        edges = found[kind].edge_index
        assert torch.equal(data[kind].edge_index, before[kind]), "the input is not changed"
        assert degrees(edges.numpy()) == degrees(before[kind].numpy())
        mirror = (kind[2], f"rev_{kind[1]}", kind[0])
        if mirror in data.edge_types:
            assert keys(found[mirror].edge_index.numpy()) == keys(edges.flip(0).numpy())
    for kind in (("user", "DID", "item"), ("entity", "IN", "entity")):
        assert torch.equal(found[kind].edge_index, before[kind])
    item, entity = found["item", "HAS", "entity"].edge_index
    assert 0.3 < (item % 2 == entity).float().mean() < 0.7, "half of the items have the entity of their kind by chance"
    entity, item = found["entity", "MADE", "item"].edge_index
    assert 0.3 < (item % 2 == entity - 2).float().mean() < 0.7
    head, tail = found["item", "LIKE", "item"].edge_index
    assert 0.3 < (head % 2 == tail % 2).float().mean() < 0.7
    found.validate(raise_on_error=True)


def test_shuffled_content_is_a_permutation_of_those_that_have_some():
    data = planted()
    text = data["item"].text.clone()
    found = shuffled_content(data, 0)["item"]
    assert torch.equal(data["item"].text, text), "the input is not changed"
    mask = data["item"].image_mask
    assert torch.equal(found.image_mask, mask)
    assert sorted(found.image[mask].flatten().tolist()) == data["item"].image[mask].flatten().tolist()
    assert (found.image[mask] == data["item"].image[mask]).float().mean() < 0.1
    assert torch.equal(found.image[~mask], data["item"].image[~mask])
    assert 0.3 < (found.text == text).float().mean() < 0.7
    assert torch.equal(shuffled_content(data, 0)["item"].image, found.image)
    assert not torch.equal(shuffled_content(data, 1)["item"].image, found.image)
