"""Weights by idf: of one known graph, and the same from everywhere."""

from __future__ import annotations

import numpy as np
import torch

from graphrec.common.pyg import HeteroData
from graphrec.model.entity_rows import entity_rows, idf, item_relations, item_rows, weighted_edges

#: Item, entity; one edge stands there twice.
HAS = torch.tensor([[0, 1, 1, 2, 2], [0, 0, 0, 0, 1]])


def graph() -> HeteroData:
    data = HeteroData()
    data["item"].num_nodes, data["entity"].num_nodes = 4, 2
    data["item", "HAS", "entity"].edge_index = HAS
    data["item", "NONE", "entity"].edge_index = torch.zeros(2, 0, dtype=torch.int64)
    data["entity", "rev_HAS", "item"].edge_index = HAS.flip(0)
    return data


def test_an_entity_says_the_more_the_rarer_it_is():
    np.testing.assert_allclose(idf(4, np.array([3, 1])), np.log([1 + 4 / 3, 5]))


def test_products_of_rows_are_sums_of_idf():
    common, rare = np.log([1 + 4 / 3, 5])
    (rows,) = entity_rows(graph())
    gram = (rows.T @ rows).toarray()
    np.testing.assert_allclose(gram[0], [common, common, common, 0], rtol=1e-6)
    np.testing.assert_allclose(gram[2, 2], common + rare, rtol=1e-6)
    assert item_relations(graph()) == [("item", "HAS", "entity")]


def test_rows_of_items_have_unit_length():
    common, rare = np.log([1 + 4 / 3, 5])
    for root, power in ((False, 1), (True, 0.5)):
        rows = item_rows(graph(), root)
        assert rows is not None
        third = np.array([common, rare]) ** power
        np.testing.assert_allclose(rows.toarray()[2], third / np.sqrt((third**2).sum()), rtol=1e-6)
        assert rows.toarray()[3].tolist() == [0, 0]
    exact = item_rows(graph(), dtype=np.float64)
    assert exact is not None
    assert exact.dtype == np.float64


def test_edges_of_the_network_weigh_the_same():
    source, target, weight = weighted_edges(HAS.flip(0), 4, 2)
    rows = item_rows(graph())
    assert rows is not None
    assert len(weight) == 4
    np.testing.assert_allclose(weight.numpy(), rows.toarray()[target.numpy(), source.numpy()], rtol=1e-6)


def test_without_knowledge_there_is_nothing():
    data = HeteroData()
    data["item"].num_nodes = 2
    assert item_rows(data) is None
    assert list(entity_rows(data)) == []
