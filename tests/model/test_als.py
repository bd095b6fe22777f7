"""Least-squares vectors: the formula by brute force, and what a sweep does to the loss."""

from __future__ import annotations

from itertools import islice

import pytest
import torch

from graphrec.model.als import ALSFactors, first, iterations, solve
from graphrec.model.profiles import UserItemCSR

ALPHA, RIDGE = 0.3, 0.05


def pairs() -> tuple[UserItemCSR, torch.Tensor]:
    torch.manual_seed(0)
    dense = (torch.rand(30, 14) < 0.3).float()
    dense[3] = 0
    users, items = dense.nonzero(as_tuple=True)
    return UserItemCSR.of_pairs(users, items, 30, 14), dense


def loss(dense: torch.Tensor, users: torch.Tensor, items: torch.Tensor) -> float:
    """Return the loss as it stands in the formula."""
    scores = users @ items.T
    value = (dense * (1 - scores) ** 2).sum() + ALPHA * scores.square().sum()
    value += RIDGE * ((dense.sum(1) + ALPHA * dense.shape[1]) * users.square().sum(1)).sum()
    value += RIDGE * ((dense.sum(0) + ALPHA * dense.shape[0]) * items.square().sum(1)).sum()
    return float(value)


@pytest.mark.parametrize("block", [2**24, 40])
def test_a_user_is_where_the_loss_is_least(block: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("graphrec.model.als.BLOCK_ELEMENTS", block)
    rows, dense = pairs()
    items = torch.randn(14, 3)
    users = solve(rows.indptr, rows.items, items, ALPHA, RIDGE)
    assert not users[3].any()
    for user in (0, 7, 29):
        gram = ALPHA * items.T @ items + (items * dense[user, :, None]).T @ items
        gram += RIDGE * (dense[user].sum() + ALPHA * 14) * torch.eye(3)
        assert torch.allclose(users[user], torch.linalg.solve(gram, items.T @ dense[user]), atol=1e-5)
    moved = users + 0.01 * torch.randn_like(users) * (dense.sum(1) > 0)[:, None]
    assert loss(dense, users, items) < loss(dense, moved, items)


def test_every_sweep_lowers_the_loss():
    rows, dense = pairs()
    found = [loss(dense, *both) for both in islice(iterations(rows, torch.randn(14, 3), ALPHA, RIDGE), 6)]
    assert found == sorted(found, reverse=True)
    assert found[-1] < 0.95 * found[0]


def test_users_are_solved_from_what_they_did_and_scores_are_products():
    rows, _ = pairs()
    users, items = list(islice(iterations(rows, torch.randn(14, 3), ALPHA, RIDGE), 3))[-1]
    factors, some = ALSFactors(items, ALPHA, RIDGE, 1), torch.tensor([4, 3, 0])
    done = rows.interactions(some)
    again = solve(rows.indptr, rows.items, items, ALPHA, RIDGE)
    assert torch.allclose(factors.users(done), again[some], atol=1e-5)
    assert torch.allclose(users, again, atol=1e-5)
    scores = factors(done)
    assert torch.allclose(scores, again[some] @ items.T, atol=1e-5)
    factors.standardise(float(scores.std()))
    assert float(factors(done).std()) == pytest.approx(1)


def test_what_is_recent_draws_a_user_towards_it():
    rows = UserItemCSR(torch.tensor([0, 2]), torch.tensor([0, 1]), age=torch.tensor([5, 0]))
    factors, user = ALSFactors(torch.eye(2), 0.1, 0.01, 1), torch.tensor([0])
    even, late = factors(rows.interactions(user))[0], factors(rows.interactions(user, recency=1.0))[0]
    assert even[0] == even[1]
    assert late[1] > even[1] > late[0]


def test_the_first_vectors_are_small_and_centred():
    table = 5 + 100 * torch.randn(50, 4)
    begun = first(table)
    assert begun.mean(0).abs().max() < 1e-6
    assert float(begun.std()) == pytest.approx(0.1 / 4**0.5, rel=1e-3)
    assert torch.allclose(first(table * 3), begun)
