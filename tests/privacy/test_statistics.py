"""What a user changes in the released statistics is bounded; the noise is what it says; an attack finds no more."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from graphrec.model.profiles import UserItemCSR
from graphrec.privacy.noise import Noise
from graphrec.privacy.statistics import item_statistics, noisy_counts, noisy_gram, shrunk, unit_rows
from graphrec.training.private_network import clipped_sums

N_ITEMS = 12
profiles = st.lists(st.sets(st.integers(0, N_ITEMS - 1)), min_size=1, max_size=8)


def pairs_of(sets: list[set[int]]) -> UserItemCSR:
    pairs = [(user, item) for user, items in enumerate(sets) for item in sorted(items)]
    users, items = (torch.tensor([pair[at] for pair in pairs], dtype=torch.int64) for at in (0, 1))
    return UserItemCSR.of_pairs(users, items, len(sets), N_ITEMS)


@settings(deadline=None, max_examples=25)
@given(profiles, st.sets(st.integers(0, N_ITEMS - 1)))
def test_a_user_more_changes_counts_and_co_occurrences_by_at_most_one(sets: list[set[int]], more: set[int]):
    silent = Noise(0)
    with_them, without = unit_rows(pairs_of([*sets, more]), N_ITEMS), unit_rows(pairs_of(sets), N_ITEMS)
    counts = noisy_counts(with_them, 0, silent) - noisy_counts(without, 0, silent)
    gram = noisy_gram(with_them, 0, silent) - noisy_gram(without, 0, silent)
    assert np.linalg.norm(counts) <= 1 + 1e-9
    # The noise beside the diagonal is √2 less: the numbers above it count √2 times in what is compared with it.
    above = np.triu_indices(N_ITEMS, 1)
    released = np.concatenate([gram.diagonal(), 2**0.5 * gram[above]])
    assert np.linalg.norm(released) <= 1 + 1e-9


@settings(deadline=None, max_examples=25)
@given(profiles, st.integers(0, 2**31 - 1), st.floats(0.01, 10), st.floats(0.1, 30))
def test_a_user_more_changes_the_gradient_by_at_most_the_clip(
    sets: list[set[int]], seed: int, clip: float, scale: float
):
    rng = torch.Generator().manual_seed(seed)
    tables = tuple(scale * torch.randn(shape, generator=rng) for shape in ((N_ITEMS, 4), (N_ITEMS, 4), (N_ITEMS,)))
    pairs = pairs_of(sets)
    shown = torch.rand(len(pairs.items), generator=rng) < 0.5
    everybody = torch.arange(len(sets))
    # Each user in turn is the one who is added or removed.
    whole = clipped_sums(tables, pairs, everybody, shown, clip)  # type: ignore[arg-type]
    for user in range(len(sets)):
        rest = clipped_sums(tables, pairs, everybody[everybody != user], shown, clip)  # type: ignore[arg-type]
        change = math.sqrt(sum(float((a - b).square().sum()) for a, b in zip(whole, rest, strict=True)))
        assert change <= clip * 1.001 + 1e-4 * scale


def test_the_gradient_is_that_of_the_softmax_loss():
    torch.manual_seed(0)
    pairs = pairs_of([{0, 1, 2, 5}, {3, 4}, {7}])
    shown = torch.tensor([True, False, True, False, True, False, False])
    tables = tuple(torch.randn(shape, requires_grad=True) for shape in ((N_ITEMS, 4), (N_ITEMS, 4), (N_ITEMS,)))
    source, target, bias = tables
    loss = torch.zeros(())
    for user, (mine, asked) in enumerate([([0, 2], [1, 5]), ([3], [4]), ([], [7])]):
        z = source[mine].mean(0) if mine else torch.zeros(4)
        scores = (target @ z + bias).index_fill(0, torch.tensor(mine, dtype=torch.int64), -torch.inf)
        loss = loss - scores.log_softmax(0)[asked].sum() / len(asked) ** 0.5
        assert len(pairs.items[pairs.indptr[user] : pairs.indptr[user + 1]]) == len(mine) + len(asked)
    torch.autograd.backward(loss)
    with torch.no_grad():
        found = clipped_sums(tables, pairs, torch.arange(3), shown, 1e9)  # type: ignore[arg-type]
    for one, table in zip(found, tables, strict=True):
        assert table.grad is not None
        torch.testing.assert_close(one, table.grad, rtol=1e-4, atol=1e-5)


def test_noise_has_its_deviation_and_no_seed():
    drawn = Noise().gaussian((200_000,), 3.0)
    assert abs(float(drawn.mean())) < 0.05
    assert float(drawn.std()) == pytest.approx(3.0, rel=0.02)
    assert float((np.abs(drawn) > 6).mean()) == pytest.approx(0.0455, abs=0.004)
    np.random.seed(0)
    torch.manual_seed(0)
    assert not np.array_equal(Noise().gaussian((9,), 1.0), Noise().gaussian((9,), 1.0))
    assert np.array_equal(Noise(1).gaussian((9,), 1.0), Noise(1).gaussian((9,), 1.0))


def test_shrinking_keeps_what_stands_out_and_drops_noise():
    rng = np.random.default_rng(0)
    direction = rng.normal(size=200)
    direction /= np.linalg.norm(direction)
    empty = unit_rows(pairs_of([set()]), N_ITEMS)
    blank = np.zeros((200, 200))
    upper = np.triu(rng.normal(size=(200, 200)), 1) / 2**0.5
    noise = upper + upper.T + np.diag(rng.normal(size=200))
    values, vectors = shrunk(100 * np.outer(direction, direction) + noise, 1.0)
    assert abs(float(vectors[:, 0] @ direction)) > 0.95
    assert values[0] == pytest.approx(100, rel=0.1)
    assert len(shrunk(blank, 0.0)[0]) == 1
    assert noisy_gram(empty, 0, Noise(0)).sum() == 0


def test_without_noise_the_statistics_are_exact():
    pairs = pairs_of([{0, 1}, {1, 2, 3}, {3}])
    found = item_statistics(pairs, N_ITEMS, (0.0, 0.0), Noise(0))
    rows = unit_rows(pairs, N_ITEMS).toarray()
    np.testing.assert_allclose(found.gram, rows.T @ rows, atol=1e-9)
    np.testing.assert_allclose(found.popularity, rows.sum(0), atol=1e-9)


def least_epsilon(noise: tuple[float, float], delta: float, trials: int) -> float:
    """Return an ε that the releases exceed for sure (95 %), by the best attack there is.

    The attacker knows everybody but one user, and asks whether this one took part. By Neyman and Pearson no test is
    better than a threshold of the projection of what is released on what this user adds.
    """
    others = [{0, 1, 2}, {2, 3}, {4, 5, 6, 7}]
    target = unit_rows(pairs_of([{0, 3, 9, 10}]), N_ITEMS).toarray()[0]
    rows = {there: unit_rows(pairs_of([*others, *[{0, 3, 9, 10}] * there]), N_ITEMS) for there in (0, 1)}
    base = noisy_counts(rows[0], 0, Noise(0)), noisy_gram(rows[0], 0, Noise(0))
    added = np.outer(target, target)

    def guesses(there: int) -> np.ndarray:
        found = np.empty(trials)
        for trial in range(trials):
            counts = noisy_counts(rows[there], noise[0], Noise()) - base[0]
            gram = noisy_gram(rows[there], noise[1], Noise()) - base[1]
            found[trial] = (counts @ target) / noise[0] ** 2 + (gram * added).sum() / noise[1] ** 2
        return found

    absent, present = guesses(0), guesses(1)
    best = 0.0
    # The threshold is chosen on one half, the bound computed on the other.
    half = trials // 2
    for threshold in np.quantile(present[:half], np.linspace(0.05, 0.95, 19)):
        wrong, right = int((absent[half:] > threshold).sum()), int((present[half:] > threshold).sum())
        level = 0.05 / 19
        most_wrong = float(beta.ppf(1 - level / 2, wrong + 1, half - wrong))
        least_right = float(beta.ppf(level / 2, right, half - right + 1)) if right else 0.0
        if least_right > delta:
            best = max(best, math.log((least_right - delta) / most_wrong))
    return best


@pytest.mark.long
@pytest.mark.parametrize("epsilon", [1.0, 3.0])
def test_no_attack_learns_more_than_epsilon_allows_and_one_does_without_the_noise(epsilon: float):
    pytest.importorskip("opacus")
    from graphrec.config.privacy_settings import PrivacySettings
    from graphrec.privacy.plan import Plan

    plan = Plan.of(PrivacySettings(epsilon=epsilon, delta=1e-3), 1000)
    noise = plan.popularity, plan.gram
    found = least_epsilon(noise, plan.delta, 20_000)
    assert 0.4 * epsilon < found <= epsilon
    assert least_epsilon((noise[0] / 4, noise[1] / 4), plan.delta, 4_000) > epsilon
