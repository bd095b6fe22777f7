"""Sparse SIMILAR edges: where the supports hold every item they are the dense ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from graphrec.common.pyg import HeteroData
from graphrec.model.item_edges import send
from graphrec.model.item_item import DenseItemItem, GramMatrices, ItemItemConfig
from graphrec.model.item_item_sparse import SparseItemItem, fit_support
from graphrec.model.profiles import Interactions, UserItemCSR
from graphrec.model.random_walk import walks
from graphrec.training.item_item_search import SPARSE_RIDGE, SparseItemItemCandidates, choose_sparse_item_item

MIX = ItemItemConfig(ridge=5.0, knowledge=0.5, alpha=0.5, dropout=0.33)


def behaviour() -> tuple[HeteroData, UserItemCSR]:
    torch.manual_seed(0)
    users, items = (torch.rand(60, 12) < 0.4).nonzero(as_tuple=True)
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes, data["entity"].num_nodes = 60, 12, 3
    data["item", "HAS_GENRE", "entity"].edge_index = torch.tensor([[0, 1, 2, 3, 3], [0, 0, 1, 1, 2]])
    return data, UserItemCSR.of_pairs(users, items, 60, 12)


@pytest.mark.parametrize("knowledge", [True, False])
def test_full_supports_are_the_dense_edges(knowledge: bool):
    data, pairs = behaviour()
    dense = DenseItemItem(GramMatrices(data, pairs, knowledge).invert(MIX), MIX.alpha, pairs).standardise(pairs)
    sparse = SparseItemItem(fit_support(data, pairs, MIX, knowledge, k=11), MIX.alpha, pairs)
    users = pairs.interactions(torch.arange(60))
    assert torch.allclose(dense(users), sparse(users), atol=1e-3)
    assert torch.allclose(dense.edges(), sparse.edges().to_dense(), atol=1e-3)


def test_a_support_holds_the_nearest():
    data, pairs = behaviour()
    weights = fit_support(data, pairs, replace(MIX, alpha=0.0), False, k=3)
    assert np.diff(csr_array(weights.T).indptr).tolist() == [3] * 12
    done = torch.zeros(60, 12)
    done[pairs.users, pairs.items] = 1
    cosine = torch.nn.functional.normalize(done, dim=0)
    cosine = (cosine.T @ cosine).fill_diagonal_(-1)
    for item in range(12):
        found = cosine[item][csr_array(weights.T)[[item]].indices]  # which of equals is taken does not matter
        assert torch.allclose(found.sort(descending=True).values, cosine[item].topk(3).values)


def test_items_without_users_have_no_edges():
    data = HeteroData()
    data["item"].num_nodes = 3
    pairs = UserItemCSR.of_pairs(torch.tensor([0, 0, 1]), torch.tensor([0, 1, 0]), 2, 3)
    weights = fit_support(data, pairs, MIX, True)
    assert weights[[2]].nnz == weights[:, [2]].nnz == 0
    none = fit_support(data, UserItemCSR.of_pairs(torch.tensor([0]), torch.tensor([0]), 2, 3), MIX, True)
    assert none.shape == (3, 3)
    assert none.nnz == 0


def test_what_is_sent_along_sparse_edges_by_hand():
    edges = torch.tensor([[0.0, 2.0, 0.0], [1.0, 0.0, 3.0], [0.0, 0.0, 0.0]]).to_sparse_csr()
    row, item, weight = torch.tensor([0, 0, 2]), torch.tensor([0, 1, 1]), torch.tensor([1.0, 10.0, 0.5])
    sent = send(edges, Interactions(torch.tensor([0, 2, 2]), row, item, torch.ones(3)), weight)
    assert sent.tolist() == [[10.0, 2.0, 30.0], [0.0, 0.0, 0.0], [0.5, 0.0, 1.5]]


def test_walks_are_the_written_out_formula():
    _, pairs = behaviour()
    done = np.zeros((60, 12))
    done[pairs.users.numpy(), pairs.items.numpy()] = 1
    of_users, of_items = done.sum(1), done.sum(0)
    steps = (done.T / of_items[:, None]) ** 0.75 @ np.where(done > 0, (done / of_users.clip(1)[:, None]) ** 0.75, 0)
    expected = np.where((done.T > 0).any(1)[:, None], steps, 0) / of_items**0.2
    np.fill_diagonal(expected, 0)
    found = walks(csr_array(done.astype(np.float32)), 11, 0.75, 0.2).toarray()
    assert np.allclose(found, expected, atol=1e-6)


def test_both_kinds_of_edges_add_up_as_validation_weighs_them():
    data, pairs = behaviour()
    ways, everybody = SparseItemItemCandidates(data, pairs, False), pairs.interactions(torch.arange(60))
    mix = replace(MIX, walk=2.0)
    together = ways.edges(mix)(everybody)
    apart = ways.support(mix)(everybody) + 2 * ways.walks(mix)(everybody)
    assert torch.allclose(together, apart / apart.std(), atol=1e-4)
    assert torch.allclose(ways.edges(MIX)(everybody), ways.support(MIX)(everybody), atol=1e-5)

    def liked(wanted: torch.Tensor) -> ItemItemConfig:
        return choose_sparse_item_item(
            ways, lambda edges: edges(everybody), lambda scores: -float((scores - wanted).square().sum())
        )

    first = replace(MIX, ridge=SPARSE_RIDGE, knowledge=0.3)
    assert liked(ways.support(first)(everybody)).walk == 0
    best = liked(ways.support(first)(everybody) + 0.5 * ways.walks(replace(first, held=0.4))(everybody))
    assert (best.walk, best.held) == (0.5, 0.4)
