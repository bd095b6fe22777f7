"""Shapley values are what their definition says, and sum to the score."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
import torch

from graphrec.explanation.attribution import Attribution
from graphrec.explanation.shapley import shapley
from graphrec.graph.history import Interaction
from graphrec.runs.run import Run
from graphrec.serving.fold_in import Folder

Histories = list[list[Interaction]]


def users_with(run: Run, size: int) -> list[int]:
    found: list[int] = (run.profiles.indptr.diff() == size).nonzero()[:, 0].tolist()
    return found


@pytest.mark.parametrize("size", [1, 2, 4, 5])
def test_exact_values_are_means_over_all_orders(run: Run, of: Attribution, histories: Histories, size: int) -> None:
    user, folder, weights_of = users_with(run, size)[0], Folder(run), run.encoder.component_weights
    item = int(run.warm_items.nonzero()[-1])
    found = shapley(of, user, item)
    history = {run.item_positions[act.item]: act for act in histories[user]}
    items = found.items.tolist()
    assert sorted(history) == items

    parts = [part for n in range(size + 1) for part in combinations(items, n)]
    profiles, done = folder.profiles([[history[one] for one in part] for part in parts])
    # The network has the weight of the whole profile, which is the last part.
    weights = weights_of(done.indptr.diff())[:, 0]
    scores = folder.scores(profiles, done)[:, item] * weights[-1] / weights
    known = dict(zip(map(frozenset, parts), scores.tolist(), strict=True))
    values = dict.fromkeys(items, 0.0)
    orders = list(permutations(items))
    for order in orders:
        for n, one in enumerate(order):
            values[one] += (known[frozenset(order[: n + 1])] - known[frozenset(order[:n])]) / len(orders)
    np.testing.assert_allclose(found.values, [values[one] for one in items], rtol=1e-3, atol=1e-4)
    assert found.permutations == 0
    assert not found.errors.any()


def test_sampled_values_are_within_their_errors(run: Run, of: Attribution) -> None:
    far = []
    for user in users_with(run, 9)[:3]:
        for item in (0, 7):
            exact, sampled = shapley(of, user, item), shapley(of, user, item, exact=0, permutations=60)
            assert sampled.permutations == 60
            far += list((sampled.values - exact.values) / sampled.errors)
    assert np.abs(far).max() < 5
    assert 0.5 < np.mean(np.square(far)) ** 0.5 < 1.5


def test_values_sum_to_the_score(run: Run, of: Attribution) -> None:
    for user in (users_with(run, size)[0] for size in (1, 7, 12)):
        for item in (0, 20, len(run.items) - 1):
            for exact in (0, 8):
                found = shapley(of, user, item, exact=exact, permutations=4)
                assert found.values.sum() == pytest.approx(found.score - found.empty, abs=1e-9)
                here, score = torch.tensor([item]), float(run.scores(torch.tensor([user]), "all")[0, item])
                place = float(of.user(user).constants(here)["placement"])
                assert found.score == pytest.approx(score - place, abs=1e-4)


def test_an_error_that_is_small_enough_ends_the_sampling(run: Run, of: Attribution) -> None:
    user = users_with(run, 12)[0]
    few, many = (shapley(of, user, 3, permutations=n, exact=0) for n in (32, 128))
    assert many.errors.mean() < few.errors.mean()
    enough = float(few.errors.max())
    stopped = shapley(of, user, 3, permutations=1024, error=enough, exact=0)
    assert stopped.errors.max() <= enough
    assert stopped.permutations <= 32
    again = shapley(of, user, 3, permutations=32, exact=0)
    assert again.values.tolist() == few.values.tolist()
    other = shapley(of, user, 3, permutations=32, exact=0, seed=1)
    assert other.values.tolist() != few.values.tolist()


def test_plain_data_has_keys_and_the_largest_first(run: Run, of: Attribution) -> None:
    found = shapley(of, 0, 3).to_dict(run)
    values = [one["value"] for one in found["behaviours"]]
    assert values == sorted(values, reverse=True)
    assert (found["user"], found["item"]) == (run.users[0], run.items[3])
    assert {one["item"] for one in found["behaviours"]} <= set(run.items)
