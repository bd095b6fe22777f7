"""Peers without a loss to descend: known answers on small matrices, by hand or by a second, naive way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from graphrec.evaluation.split import Split
from graphrec.experiments.baselines.base import BaselineInputs, CannotError, Score, Validate
from graphrec.experiments.baselines.ease import CEASE, EASE, MOST_ITEMS
from graphrec.experiments.baselines.gfcf import GFCF, RANKS
from graphrec.experiments.baselines.itemknn import ItemKNN, nearest_items
from graphrec.experiments.baselines.popularity import Popularity
from graphrec.experiments.baselines.registry import BASELINES
from graphrec.experiments.baselines.rp3beta import RP3Beta, walks

#: Four users, four items; item 3 is nobody's.
SMALL = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0]], np.float32)


def never(score: Score) -> float:
    raise AssertionError("nothing is chosen")


def random_rows(seed: int = 0, users: int = 30, items: int = 12) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.random((users, items)) < 0.3).astype(np.float32)


def scores(peer: type, given: BaselineInputs, settings: dict[str, float]) -> np.ndarray:
    """Return the scores of all users, float32 ``[n_users, n_items]``."""
    fitted = peer(given).fit(settings, 0, never)
    return fitted.score(torch.arange(given.train.shape[0])).numpy()


def test_popularity_counts_users() -> None:
    assert scores(Popularity, BaselineInputs(csr_array(SMALL)), {}).tolist() == [[4, 2, 1, 0]] * 4


def test_item_similarity_by_hand() -> None:
    values, neighbours = nearest_items(csr_array(SMALL), 10, shrinkage=0.0)
    assert values.shape == (4, 3), "an item is no neighbour of its own"
    # Item 0 has 4 users, item 1 two of them, item 2 one: 2 / √8, 1 / √4; item 3 nobody.
    assert dict(zip(neighbours[0].tolist(), values[0].tolist(), strict=True)) == pytest.approx(
        {1: 2 / 8**0.5, 2: 1 / 2, 3: 0}
    )
    assert values[3].tolist() == [0, 0, 0]
    shrunk, _ = nearest_items(csr_array(SMALL), 1, shrinkage=10.0)
    assert float(shrunk[0]) == pytest.approx(2 / (8**0.5 + 10))


def test_itemknn_scores_are_sums_over_the_nearest(planted: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphrec.model.random_walk.BLOCK_ELEMENTS", planted.shape[1] * 7)  # several blocks
    train = planted.matrix("train")
    found = scores(ItemKNN, BaselineInputs(train), {"k": 5, "shrinkage": 3.0})
    x = train.toarray()
    together, counts = x.T @ x, x.sum(0)
    similar = together / (np.sqrt(np.outer(counts, counts)) + 3)
    np.fill_diagonal(similar, -1)
    for item in range(planted.shape[1]):
        # Of equal similarities either may be kept; a user who did all of them or none gets one answer.
        edge = np.sort(similar[item])[-5]
        surely, perhaps = similar[item] > edge, similar[item] == edge
        fixed = (x[:, perhaps].sum(1) == 0) | (perhaps.sum() + surely.sum() == 5)
        expected = x[:, surely] @ similar[item, surely] + edge * x[:, perhaps].sum(1)
        np.testing.assert_allclose(found[fixed, item], expected[fixed], rtol=1e-5)


def test_rp3beta_by_hand() -> None:
    weights = walks(csr_array(SMALL), 3, alpha=1.0, beta=0.0).toarray()
    # From item 1 (users 0 and 1, ½ each) to item 0: user 0 goes there with ½, user 1 with ⅓. To item 2: ½ · ⅓.
    assert weights[1, 0] == pytest.approx(0.5 / 2 + 0.5 / 3)
    assert weights[1, 2] == pytest.approx(0.5 / 3)
    assert weights[3].tolist() == [0, 0, 0, 0], "nobody's item leads nowhere"
    assert not weights.diagonal().any()
    held = walks(csr_array(SMALL), 1, alpha=1.0, beta=0.5).toarray()
    assert held[1, 0] == pytest.approx((0.5 / 2 + 0.5 / 3) / 4**0.5)
    assert held[1].nonzero()[0].tolist() == [0], "one end is kept"
    powers = walks(csr_array(SMALL), 3, alpha=2.0, beta=0.0).toarray()
    assert powers[1, 0] == pytest.approx(0.5**2 * (1 / 2**2 + 1 / 3**2))


def test_rp3beta_scores_are_walks_from_the_users_items() -> None:
    x = random_rows()
    x[:, :2] = [1, 0]  # an item of everybody, and one of nobody
    found = scores(RP3Beta, BaselineInputs(csr_array(x)), {"k": 12, "alpha": 1.0, "beta": 0.4})
    to_users = (x / np.maximum(x.sum(0), 1)).T
    to_items = x / x.sum(1, keepdims=True)
    weights = to_users @ to_items / np.maximum(x.sum(0), 1) ** 0.4
    np.fill_diagonal(weights, 0)
    np.testing.assert_allclose(found, x @ weights, rtol=1e-4, atol=1e-6)


def ridge_by_item(rows: np.ndarray, ridge: float) -> np.ndarray:
    """Return the weights that predict each column from the others, one ridge regression a column."""
    n = rows.shape[1]
    weights = np.zeros((n, n))
    for item in range(n):
        others = np.delete(np.arange(n), item)
        a = rows[:, others].T @ rows[:, others] + ridge * np.eye(n - 1)
        weights[others, item] = np.linalg.solve(a, rows[:, others].T @ rows[:, item])
    return weights


def test_ease_is_a_ridge_regression_of_each_item_on_the_others() -> None:
    x = random_rows()
    found = scores(EASE, BaselineInputs(csr_array(x)), {"ridge": 7.0})
    np.testing.assert_allclose(found, x @ ridge_by_item(x.astype(np.float64), 7.0), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("idf", [0, 1])
def test_cease_regresses_on_facts_as_on_users(idf: int) -> None:
    x, facts = random_rows(), random_rows(1, 12, 5)
    given = BaselineInputs(csr_array(x), csr_array(facts))
    found = scores(CEASE, given, {"ridge": 7.0, "knowledge": 2.5, "idf": idf})
    weight = np.log(1 + 12 / facts.sum(0)) if idf else np.ones(5)
    rows = np.vstack([x, np.sqrt(2.5 * weight)[:, None] * facts.T])
    np.testing.assert_allclose(found, x @ ridge_by_item(rows, 7.0), rtol=1e-4, atol=1e-6)
    assert not np.allclose(found, scores(EASE, given, {"ridge": 7.0}), atol=1e-3), "the facts count"


@pytest.mark.parametrize("name", ["ease", "cease"])
def test_closed_forms_refuse_too_many_items_in_words(name: str) -> None:
    with pytest.raises(CannotError, match="10,001 × 10,001 items; 10,000 is the most"):
        BASELINES[name](BaselineInputs(csr_array((3, MOST_ITEMS + 1), dtype=np.float32)))


def test_gfcf_is_the_sum_of_both_filters() -> None:
    x = random_rows()
    x[:, 0] = 1  # nobody has done nothing
    found = scores(GFCF, BaselineInputs(csr_array(x)), {"k": 8, "alpha": 0.3})
    users, items = x.sum(1, keepdims=True) ** -0.5, x.sum(0) ** -0.5
    normal = users * x * items
    values, vectors = np.linalg.eigh(normal.T @ normal)
    first = vectors[:, np.argsort(-values)[:8]]
    ideal = np.diag(items) @ first @ first.T @ np.diag(1 / items)
    np.testing.assert_allclose(found, x @ (normal.T @ normal + 0.3 * ideal), rtol=1e-4, atol=1e-5)


def test_gfcf_of_fewer_items_than_ranks_and_with_empty_rows() -> None:
    found = scores(GFCF, BaselineInputs(csr_array(SMALL)), {"k": max(RANKS), "alpha": 0.5})
    assert np.isfinite(found).all()
    assert (found[:, 3] == 0).all(), "nobody's item"


@pytest.mark.parametrize(("name", "settings"), [
    ("itemknn", {"k": 10, "shrinkage": 0.0}),
    ("rp3beta", {"k": 10, "alpha": 1.0, "beta": 0.3}),
    ("ease", {"ridge": 20.0}),
    ("gfcf", {"k": 8, "alpha": 0.3}),
])  # fmt: skip
def test_planted_tastes_are_found(
    name: str,
    settings: dict[str, float],
    given: BaselineInputs,
    validation: Validate,
    own_taste_first: Callable[[Score], bool],
) -> None:
    peer = BASELINES[name](given)
    assert own_taste_first(peer.fit(settings, 0, validation).score)
    assert not peer.seeded


@pytest.mark.parametrize(("name", "lack"), [("cease", "no knowledge"), ("vbpr", "no item has a content vector")])
def test_what_is_needed_and_not_there_is_said(name: str, lack: str) -> None:
    with pytest.raises(CannotError, match=lack):
        BASELINES[name](BaselineInputs(csr_array(SMALL)))
