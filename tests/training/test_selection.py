"""What validation chooses beside the network: recency, scales, and the way up a list."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from graphrec.common.pyg import HeteroData
from graphrec.config.schema import RECENCY_FLOOR
from graphrec.graph.typed import NO_TIME
from graphrec.model.item_item import NEARNESS, GramMatrices, ItemItemConfig
from graphrec.model.profiles import Profiles, UserItemCSR, fresh
from graphrec.training.selection import RECENCIES, SCALES, ValidationSet, blend_weights, choose_recency, hill_climb


def timed(times: list[int]) -> HeteroData:
    """Two users of three items; the second saw item 0 twice."""
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes = 2, 3
    edges = data["user", "SAW", "item"]
    edges.edge_index = torch.tensor([[0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 2, 0]])
    edges.edge_weight, edges.time = torch.ones(6), torch.tensor(times)
    return data


def test_an_age_is_how_many_pairs_of_the_user_are_newer():
    profiles = Profiles.of(timed([30, 10, 30, 5, 40, 50]))
    assert profiles.age is not None
    assert profiles.items.tolist() == [0, 1, 2, 0, 2]
    assert profiles.age.tolist() == [0, 2, 0, 0, 1]  # equal times are equally old; a pair is as new as its last time
    assert profiles.where(profiles.items > 0).age.tolist() == [2, 0, 1]  # type: ignore[union-attr]
    unknown = Profiles.of(timed([NO_TIME, 10, 20, 5, NO_TIME, NO_TIME]))
    assert unknown.age is not None
    assert unknown.age.tolist() == [2, 1, 0, 0, 1]  # what has no time is the oldest
    assert Profiles.of(timed([NO_TIME] * 6)).age is None


def test_old_behaviour_fades_to_a_floor():
    weights = fresh(torch.tensor([0, 10, 10_000]), 10.0)
    assert weights.tolist() == pytest.approx([1.0, RECENCY_FLOOR + (1 - RECENCY_FLOOR) / np.e, RECENCY_FLOOR])
    assert fresh(torch.tensor([0, 10_000]), 0.0).tolist() == [1, 1]
    done = UserItemCSR(torch.tensor([0, 2]), torch.tensor([0, 1]), age=torch.tensor([0, 1])).interactions(
        torch.tensor([0]), 1.0
    )
    assert float(done.normal(0.5).square().sum()) == pytest.approx(1)
    assert float(done.normal(1.0)[0] / done.normal(1.0)[1]) == pytest.approx(float(done.weight[0] / done.weight[1]))


def test_items_that_were_done_close_in_time_count_more_together():
    rows = UserItemCSR(torch.tensor([0, 3, 4]), torch.tensor([0, 1, 2, 1]), age=torch.tensor([0, 2, 1, 0]))
    data = HeteroData()
    data["item"].num_nodes = 3
    near, far = np.exp(-1 / NEARNESS), np.exp(-2 / NEARNESS)
    gram = GramMatrices(data, rows).behaviour(0.0, near=True)
    assert torch.allclose(gram, torch.tensor([[1, far, near], [far, 2, near], [near, near, 1]], dtype=torch.float32))
    mix = ItemItemConfig(ridge=1.0, knowledge=0.0, alpha=0.0, dropout=0.0, near=0.5)
    flat = torch.tensor([[1.0, 1, 1], [1, 2, 1], [1, 1, 1]])
    expected = torch.linalg.inv(0.5 * flat + 0.5 * gram + torch.eye(3))
    assert torch.allclose(GramMatrices(data, rows).invert(mix), expected, atol=1e-5)
    assert not GramMatrices(data, UserItemCSR(rows.indptr, rows.items)).timed


def bench() -> tuple[ValidationSet, torch.Tensor]:
    """Return a bench of 40 users, of whom each is to find three of 30 items, and where these are."""
    torch.manual_seed(0)
    truth = torch.zeros(40, 30)
    truth.scatter_(1, torch.rand(40, 30).argsort(1)[:, :3], 1)
    return ValidationSet(csr_array((40, 30), dtype=np.float32), csr_array(truth.numpy()), None, 10), truth


def test_a_part_counts_as_much_as_it_helps():
    judge, truth = bench()
    noise = torch.randn(40, 30)
    helpful = truth - truth.mean() + 0.1 * torch.randn(40, 30)
    found = blend_weights(judge, {"similar": helpful, "als": torch.randn(40, 30)}, noise)
    assert found == {"similar": max(SCALES), "als": 0.0}
    assert judge.value(truth) == pytest.approx(1)
    assert blend_weights(judge, {}, noise) == {}


def test_the_recency_is_the_one_that_validates_best():
    judge, truth = bench()
    assert choose_recency(judge, lambda recency: truth * float(recency == 20) + torch.randn(40, 30) * 0.1) == 20
    assert choose_recency(judge, lambda recency: truth) == 0
    noise = {recency: torch.randn(40, 30) for recency in (0.0, *RECENCIES)}
    assert choose_recency(judge, noise.__getitem__) == 0


def test_a_large_validation_is_judged_by_some_of_its_users(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("graphrec.training.selection.MAX_ELEMENTS", 300)
    judge, truth = bench()
    assert len(judge.users) == 10
    assert judge.value(truth[judge.users]) == pytest.approx(1)
    assert judge.scores(lambda users: truth[users]).equal(truth[judge.users])


@pytest.mark.parametrize("best", [1.0, 2.0, 3.0, 4.0, 5.0])
def test_the_way_up_ends_at_the_top(best: float):
    tried: list[float] = []

    def value(choice: float) -> float:
        tried.append(choice)
        return -abs(choice - best)

    assert hill_climb((1.0, 2.0, 3.0, 4.0, 5.0), value) == best
    assert len(tried) <= 4
