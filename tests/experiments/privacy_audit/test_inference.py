"""Guessing attributes and interactions where it is known what can be guessed."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from graphrec.common.errors import InputError
from graphrec.experiments.privacy_audit.attributes import attribute_figures, classes
from graphrec.experiments.privacy_audit.interactions import Seen, candidates, interactions, named

N_USERS, N_ITEMS = 120, 80


@pytest.fixture(scope="module")
def history() -> csr_array:
    """Users of four tastes, which are those of items by their remainder."""
    rng = np.random.default_rng(0)
    likes = np.arange(N_USERS)[:, None] % 4 == np.arange(N_ITEMS) % 4
    return csr_array((rng.random((N_USERS, N_ITEMS)) < np.where(likes, 0.6, 0.05)).astype(np.float32))


def test_an_attribute_that_vectors_say_is_guessed_and_one_that_they_do_not_is_not() -> None:
    rng = np.random.default_rng(0)
    values = ["F" if number % 3 == 0 else "M" for number in range(150)]
    vectors = rng.normal(size=(150, 4)).astype(np.float32)
    said = vectors + 3 * np.array([[value == "F"] * 4 for value in values], np.float32)
    rows = {row["from"]: row for row in attribute_figures(values, {"said": said, "noise": vectors}, "gender")}
    assert rows["said"]["auc"]["low"] > 0.9
    assert rows["noise"]["auc"]["low"] < 0.5 < rows["noise"]["auc"]["high"] + 0.06
    assert rows["said"]["majority"] == pytest.approx(2 / 3)
    assert rows["said"]["accuracy"] > 0.9


def test_values_become_classes() -> None:
    code, names = classes([str(age) for age in range(100)], "age")
    assert names == ["> 49.5", "≤ 49.5"]
    assert (code == 0).sum() == 50
    code, names = classes(["a"] * 20 + ["b"] * 20 + ["c"] * 19 + [None], "job")
    assert names == ["a", "b"]
    assert (code == -1).sum() == 20
    with pytest.raises(InputError, match="no two values have 20 users each"):
        classes(["a"] * 30 + ["b"], "job")


def test_candidates_are_as_popular_and_not_listed(history) -> None:
    lists = np.tile(np.arange(5), (N_USERS, 1))
    users, items, has = candidates(history, lists, 0)
    assert (np.asarray(history[users, items]).ravel() > 0).tolist() == has.tolist()
    assert has.mean() == 0.5
    assert not np.isin(items[~has], lists[0]).any()
    popularity = np.asarray(history.sum(axis=0)).ravel()[items]
    assert abs(popularity[has].mean() - popularity[~has].mean()) < 2


def test_what_a_list_and_the_knowledge_betray(history) -> None:
    """Lists of the user's taste, and entities that tell the tastes of items: what is of the taste is guessed."""
    rng = np.random.default_rng(1)
    told = np.stack([rng.permutation(np.arange(user % 4, N_ITEMS, 4))[:5] for user in range(N_USERS)])
    blind = rng.integers(0, N_ITEMS, (N_USERS, 5))
    tastes = csr_array(np.eye(4, dtype=np.float32)[np.arange(N_ITEMS) % 4])
    for lists, found in ((told, True), (blind, False)):
        rows = {row["from"]: row["auc"] for row in interactions(history, Seen(lists, knowledge=tastes))}
        assert (rows["lists and knowledge"]["low"] > 0.7) is found
        if not found:
            assert abs(rows["lists and knowledge"]["mean"] - 0.5) < 0.08


def test_vectors_betray_what_a_list_leaves_out(history) -> None:
    """The scores of what users did are among the highest, and absent from the list, so they are known to be theirs."""
    user, item = history.toarray(), np.eye(N_ITEMS, dtype=np.float32)
    scores = np.where(user > 0, -1, np.random.default_rng(0).random(user.shape))
    lists = np.argsort(-scores, axis=1)[:, :5]
    rows = {row["from"]: row["auc"] for row in interactions(history, Seen(lists, user=user, item=item))}
    assert rows["vectors"]["low"] > 0.95


def test_reasons_that_name_what_users_did(history) -> None:
    half = csr_array(history.multiply(np.arange(N_ITEMS) < N_ITEMS // 2))
    found = named(history, half)
    assert found["true"] == 1.0
    assert found["share"]["mean"] == pytest.approx(0.5, abs=0.05)
    assert named(history, csr_array(history.shape, dtype=np.float32))["share"]["mean"] == 0
