"""Membership attacks on models whose answer is known: one remembers its users, one tells everybody the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from graphrec.experiments.privacy_audit.figures import attack_figures, auc
from graphrec.experiments.privacy_audit.membership import difference, membership, variants
from graphrec.experiments.privacy_audit.world import Floats, World, halves, listed

N_USERS, N_ITEMS, K = 160, 60, 8
#: What a model says of histories, after training on those of its members.
Model = Callable[[csr_array, csr_array], Floats]


@pytest.fixture(scope="module")
def history() -> csr_array:
    """Users of two tastes, each with a dozen of their taste's thirty items, and a few others."""
    rng = np.random.default_rng(0)
    likes = np.arange(N_USERS)[:, None] % 2 == np.arange(N_ITEMS) % 2
    return csr_array((rng.random((N_USERS, N_ITEMS)) < np.where(likes, 0.4, 0.05)).astype(np.float32))


def remembers(trained: csr_array, asked: csr_array) -> Floats:
    """Score items by the one member who shares most with the asked history, above all by popularity."""
    shared = (asked @ trained.T).toarray()
    nearest = np.zeros_like(shared)
    nearest[np.arange(len(shared)), shared.argmax(1)] = 1
    return np.asarray(nearest @ trained.toarray() + 1e-3 * popular(trained, asked), np.float32)


def popular(trained: csr_array, asked: csr_array) -> Floats:
    """Score items by the number of members who have them."""
    return np.tile(trained.sum(axis=0), (asked.shape[0], 1)).astype(np.float32)


def constant(trained: csr_array, asked: csr_array) -> Floats:
    """Score items in an order that nobody's data has made."""
    return np.tile(np.linspace(1, 0, N_ITEMS), (asked.shape[0], 1)).astype(np.float32)


def world(model: Model, history: csr_array, members: np.ndarray, *, seen: bool) -> World:
    """Return what a model publishes; ``seen``: what users did is in their lists."""
    trained = csr_array(history[np.flatnonzero(members)])
    none = csr_array(history.shape, dtype=np.float32)
    lists, values = listed(model(trained, history), none if seen else history, K)
    one, other = (model(trained, part) for part in halves(history))
    return World(
        history, members, np.asarray(trained.sum(axis=0)).ravel(), lists, values, None, None, None, (one, other)
    )


def worlds(model: Model, history: csr_array, *, seen: bool) -> list[World]:
    drawn = [np.random.default_rng(seed).random(N_USERS) < 0.5 for seed in range(3)]
    return [world(model, history, members, seen=seen) for members in drawn]


ASKED = {name: view for name, view in variants().items() if name in ("lists", "service", "service, 20 items")}


def test_who_is_remembered_is_found(history) -> None:
    rows = {row["from"]: row for row in membership(worlds(remembers, history, seen=True), ASKED)}
    assert rows["lists"]["auc"]["low"] > 0.95
    assert rows["service"]["auc"]["low"] > 0.9
    assert rows["service"]["tpr"]["mean"] > 0.3
    assert rows["lists"]["positives"] + rows["lists"]["negatives"] == 3 * N_USERS


def test_who_is_told_the_same_as_all_is_not_found(history) -> None:
    for row in membership(worlds(constant, history, seen=False), ASKED):
        assert row["auc"]["low"] < 0.55
        assert abs(row["auc"]["mean"] - 0.5) < 0.08


def test_members_drawn_anew_are_not_found_in_what_remembers_others(history) -> None:
    """Nothing in the attack itself gives membership away."""
    rng = np.random.default_rng(9)
    drawn = [replace(one, members=rng.random(N_USERS) < 0.5) for one in worlds(remembers, history, seen=True)]
    for row in membership(drawn, {"lists": ASKED["lists"], "service": ASKED["service"]}):
        assert abs(row["auc"]["mean"] - 0.5) < 0.08


def test_edges_that_join_what_a_member_did_tell_of_the_member(history) -> None:
    def with_edges(one: World) -> World:
        trained = csr_array(history[np.flatnonzero(one.members)])
        both = (trained.T @ trained).tolil()
        both.setdiag(0)
        return replace(one, similar=csr_array(both))

    plain = worlds(constant, history, seen=False)
    view = {"SIMILAR edges": variants()["SIMILAR edges"]}
    (without,), (some,) = membership(plain, view), membership([with_edges(one) for one in plain], view)
    assert some["auc"]["low"] > 0.6
    assert abs(without["auc"]["mean"] - 0.5) < 0.08


def test_who_came_between_two_trainings_is_found_by_what_changed(history) -> None:
    rng = np.random.default_rng(1)
    before = rng.random(N_USERS) < 0.5
    after = before | (rng.random(N_USERS) < 0.3)
    for model, found in ((remembers, True), (constant, False)):
        first, second = (world(model, history, members, seen=False) for members in (before, after))
        rows = difference(first, second)
        assert rows[0]["positives"] == (after & ~before).sum()
        assert (rows[0]["auc"]["low"] > 0.8) is found, model


def test_figures_of_known_guesses() -> None:
    owner = np.arange(200)
    truth = owner % 2 == 0
    perfect, blind = (attack_figures(scores, truth, owner) for scores in (truth.astype(float), np.zeros(200)))
    assert perfect["auc"] == perfect["tpr"] == {"mean": 1.0, "low": 1.0, "high": 1.0}
    assert blind["auc"]["mean"] == 0.5
    assert blind["tpr"]["mean"] == 0.0
    scores = np.random.default_rng(0).normal(size=200) + truth
    found = attack_figures(scores, truth, owner)["auc"]
    assert found["mean"] == pytest.approx(auc(scores[truth], scores[~truth]))
    assert found["low"] < found["mean"] < found["high"]
    assert attack_figures(scores, np.ones(200, bool), owner)["auc"] is None
