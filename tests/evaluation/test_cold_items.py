"""Items that nobody has done anything with: held out whole, ranked among themselves; and the long tail."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from graphrec.common.errors import GraphError, LeakageError
from graphrec.common.pyg import HeteroData, ToUndirected
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import SplitSettings
from graphrec.evaluation.ranking import evaluate, evaluate_split
from graphrec.evaluation.split import Split, check_leakage, make_split, training_graph
from graphrec_etl import lightgcn
from graphrec_etl.rejects import Rejects

SCHEMA = GraphSchema(behaviours={"BOUGHT": Behaviour(), "BROWSED": Behaviour(target=False)})
COLD = SplitSettings(method="cold-item", valid=0.1, test=0.15, seed=4)


def graph(types: dict[str, Any], n_users: int, n_items: int) -> Any:
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes = n_users, n_items
    for name, edges in types.items():
        data["user", name, "item"].edge_index = torch.as_tensor(edges, dtype=torch.int64).reshape(-1, 2).T.contiguous()
    data["item", "SEQUEL_OF", "item"].edge_index = torch.stack([torch.arange(n_items - 1), torch.arange(1, n_items)])
    return ToUndirected(merge=False)(data)


@pytest.fixture
def busy() -> Any:
    """Random behaviours; of 50 items the last 10 have no target behaviour."""
    rng = np.random.default_rng(0)
    bought = np.stack([rng.integers(30, size=500), rng.integers(40, size=500)], 1)
    browsed = np.stack([rng.integers(30, size=500), rng.integers(50, size=500)], 1)
    return graph({"BOUGHT": bought, "BROWSED": browsed}, 30, 50)


def test_a_share_of_the_items_is_held_out_whole(busy: Any) -> None:
    split = make_split(busy, COLD, SCHEMA)
    test, valid = (set(split.cold[name].tolist()) for name in ("test", "valid"))
    assert (len(test), len(valid)) == (6, 4), "of the 40 items with a target behaviour"
    assert not test & valid
    assert max(test | valid) < 40
    everything = {(u, i) for u, i in busy["user", "BOUGHT", "item"].edge_index.T.tolist()}
    for name, items in (("test", test), ("valid", valid)):
        assert {(u, i) for u, i in getattr(split, name).T.tolist()} == {(u, i) for u, i in everything if i in items}
    assert {(u, i) for u, i in split.train.T.tolist()} == {(u, i) for u, i in everything if i not in test | valid}
    train = training_graph(busy, split)
    for kind in train.edge_types:
        if {kind[0], kind[2]} == {"user", "item"}:
            items = train[kind].edge_index[1 if kind[0] == "user" else 0]
            assert not torch.isin(items, torch.cat(list(split.cold.values()))).any(), kind
        else:
            assert torch.equal(train[kind].edge_index, busy[kind].edge_index)
    check_leakage(train, split)
    assert torch.equal(make_split(busy, COLD, SCHEMA).test, split.test)
    other = SplitSettings(method="cold-item", valid=0.1, test=0.15, seed=5)
    assert set(make_split(busy, other, SCHEMA).cold["test"].tolist()) != test


@pytest.mark.parametrize("kind", [("user", "BROWSED", "item"), ("item", "rev_BOUGHT", "user"), ("item", "BY", "user")])
@pytest.mark.parametrize("part", ["valid", "test"])
def test_an_edge_that_touches_a_cold_item_is_a_leak(busy: Any, part: str, kind: tuple[str, str, str]) -> None:
    split = make_split(busy, COLD, SCHEMA)
    train = training_graph(busy, split)
    item = int(split.cold[part][0])
    # A user who has no held-out pair with it: the pairs alone would not tell.
    user = min(set(range(30)) - set(split.matrix(part)[:, [item]].nonzero()[0].tolist()))
    edge = torch.tensor([[user], [item]])
    train[kind].edge_index = edge if kind[0] == "user" else edge.flip(0)
    with pytest.raises(
        LeakageError, match=rf"1 edges of .*{kind[1]}.* touch cold items, .* \(user {user}, item {item}\)"
    ):
        check_leakage(train, split)


def test_users_without_another_past_are_counted_and_left_out(caplog: pytest.LogCaptureFixture) -> None:
    bought = [(u, i) for u in range(10) for i in range(20)] + [(10, i) for i in range(20)]
    settings = SplitSettings(method="cold-item", valid=0.1, test=0.1, seed=0)
    cold = make_split(graph({"BOUGHT": bought}, 12, 20), settings, SCHEMA).cold
    alone = [(u, i) for u, i in bought if u < 10] + [(11, int(cold["test"][0])), (11, int(cold["valid"][1]))]
    caplog.clear()
    data = graph({"BOUGHT": alone}, 12, 20)
    split = make_split(data, settings, SCHEMA)
    assert torch.equal(split.cold["test"], cold["test"])
    assert "1 users have only cold items: they are not evaluated (2 pairs)" in caplog.text
    assert set(split.test[0].tolist()) == set(split.valid[0].tolist()) == set(range(10))
    train = training_graph(data, split)
    assert 11 not in train["user", "BOUGHT", "item"].edge_index[0], "nor does training see what they did"
    check_leakage(train, split)


def test_too_large_shares_are_refused() -> None:
    data = graph({"BOUGHT": [(0, 0), (0, 1), (1, 1)]}, 2, 2)
    with pytest.raises(GraphError, match="all 2 items with behaviour would be cold"):
        make_split(data, COLD, SCHEMA)


def test_cold_items_survive_the_disk(busy: Any, tmp_path: Path) -> None:
    split = make_split(busy, COLD, SCHEMA)
    split.save(tmp_path / "split.safetensors")
    again = Split.load(tmp_path / "split.safetensors")
    assert again.cold.keys() == {"valid", "test"}
    assert all(torch.equal(again.cold[name], split.cold[name]) for name in split.cold)
    assert again.cutoff == {}
    assert torch.equal(again.test, split.test)


def by_hand() -> Split:
    """Two users, six items: 4 and 5 are cold in the test, 3 in validation; item 0 is popular, 2 has one pair."""
    train = torch.tensor([[0, 0, 1, 1], [0, 2, 0, 1]])
    valid, test = torch.tensor([[0], [3]]), torch.tensor([[0, 1, 1], [5, 4, 5]])
    cold = {"valid": torch.tensor([3]), "test": torch.tensor([4, 5])}
    return Split(train, valid, test, COLD, {}, (2, 6), cold)


SCORES = torch.tensor([[0.0, 9.0, 0.0, 8.0, 2.0, 1.0], [0.0, 0.0, 9.0, 8.0, 2.0, 1.0]])


def score(users: torch.Tensor) -> torch.Tensor:
    return SCORES[users]


def test_cold_items_are_ranked_among_themselves() -> None:
    found = evaluate_split(score, by_hand(), "test", ks=(1, 2))
    # User 0: 4 before 5, and 5 is the truth. User 1: both are.
    assert found.per_user["hit@1"].tolist() == [0, 1]
    assert found.per_user["recall@2"].tolist() == [1, 1]
    assert found.per_user["ndcg@2"].tolist() == pytest.approx([1 / math.log2(3), 1])
    assert found.coverage == {1: 0.5, 2: 1.0}
    assert evaluate_split(score, by_hand(), "test", ks=(2,), among="cold").mean("ndcg@2") == found.mean("ndcg@2")
    # Among all, the items 1 and 3 (masked as valid for user 0) come first.
    among_all = evaluate_split(score, by_hand(), "test", ks=(2, 3), among="all")
    assert among_all.per_user["recall@2"].tolist() == [0, 0]
    assert among_all.per_user["recall@3"].tolist() == [1, 0.5]
    # In validation the one cold item is first, whatever its score.
    assert evaluate_split(score, by_hand(), "valid", ks=(1,)).mean("hit@1") == 1


def test_candidates_are_what_ranking_all_leaves_of_them() -> None:
    rng = np.random.default_rng(2)
    scores = torch.from_numpy(rng.integers(0, 4, (20, 30)).astype(np.float32))  # many ties
    mask = rng.random(30) < 0.4
    truth = (rng.random((20, 30)) < 0.3) & mask
    seen = (rng.random((20, 30)) < 0.3) & ~truth
    one = evaluate(lambda u: scores[u], csr_array(seen), csr_array(truth), ks=(1, 5, 20), candidates=mask)
    hidden = scores.masked_fill(~torch.from_numpy(mask), -float("inf"))
    other = evaluate(lambda u: hidden[u], csr_array(seen), csr_array(truth), ks=(1, 5, 20))
    for name, values in one.per_user.items():
        np.testing.assert_allclose(values, other.per_user[name], err_msg=name)
    with pytest.raises(ValueError, match="not among the candidates"):
        evaluate(lambda u: scores[u], csr_array(seen), csr_array(truth), candidates=~mask)


def test_a_split_without_cold_items_cannot_rank_them() -> None:
    warm = Split(*(torch.tensor([[0], [n]]) for n in range(3)), SplitSettings(), {}, (2, 6))
    with pytest.raises(GraphError, match="a 'random' split has no cold items"):
        evaluate_split(score, warm, "test", among="cold")


def test_the_tail_is_a_slice_of_the_truth_not_of_the_ranking() -> None:
    # Training pairs: item 0 has three, item 1 one, the others none.
    train = torch.tensor([[0, 1, 2, 2], [0, 0, 0, 1]])
    test = torch.tensor([[0, 0, 1, 2], [1, 3, 1, 4]])
    split = Split(train, torch.empty(2, 0, dtype=torch.int64), test, SplitSettings(), {}, (3, 6))
    table = torch.tensor([[0.0, 9, 1, 8, 0, 0], [0.0, 9, 0, 0, 0, 0], [0, 0, 9, 8, 7, 0]])
    whole = evaluate_split(lambda u: table[u], split, "test", ks=(1, 3))
    assert whole.users.tolist() == [0, 1, 2]
    one = evaluate_split(lambda u: table[u], split, "test", ks=(1, 3), tail=1)
    assert one.users.tolist() == [0, 1, 2], "all test items have at most one training pair"
    none = evaluate_split(lambda u: table[u], split, "test", ks=(1, 3), tail=0)
    assert none.users.tolist() == [0, 2], "user 1 has no pair of the tail"
    assert none.per_user["hit@1"].tolist() == [0, 0], "item 1 stays before item 3"
    assert none.per_user["recall@3"].tolist() == [1, 1]
    assert none.per_user["ndcg@3"].tolist() == pytest.approx([1 / math.log2(3), 1 / 2])
    few = Split(train, split.valid, torch.tensor([[0], [1]]), SplitSettings(), {}, (3, 6))
    with pytest.raises(GraphError, match="no test pair has an item of at most 0 training pairs"):
        evaluate_split(lambda u: table[u], few, "test", tail=0)


@pytest.mark.long
def test_a_million_pairs(shared_data: Path) -> None:
    found = lightgcn.transform(shared_data / "ml-1m", Rejects())
    (edges,) = found.edges
    n_users, n_items = len(found.users), len(found.items)
    data = graph({"BOUGHT": np.stack([edges.heads, edges.tails], 1)}, n_users, n_items)
    split = make_split(data, COLD, SCHEMA)
    assert (len(split.cold["test"]), len(split.cold["valid"])) == (489, 326)
    assert split.train.size(1) + split.valid.size(1) + split.test.size(1) == 998_539
    check_leakage(training_graph(data, split), split)
    # Chance, among 489 cold items: 10 / 489 of a user's truths are in the first 10.
    generator = torch.Generator().manual_seed(0)
    report = evaluate_split(lambda u: torch.rand(len(u), n_items, generator=generator), split, "test", ks=(10,))
    assert report.mean("recall@10") == pytest.approx(10 / 489, rel=0.1)
