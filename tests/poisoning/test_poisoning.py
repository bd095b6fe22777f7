"""Fake profiles: as they are described, pushing as they should, found, and with less effect once they are left out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array, vstack

from graphrec.config.settings import SplitSettings, TrainSettings
from graphrec.evaluation.split import Split
from graphrec.experiments.baselines.base import BaselineInputs
from graphrec.experiments.baselines.ease import EASE
from graphrec.experiments.poisoning.hits import Reach, reach
from graphrec.experiments.poisoning.poisoned import poisoned
from graphrec.graph.hetero import to_hetero_data
from graphrec.graph.typed import TypedArrays
from graphrec.poisoning.attacks import KINDS, Attacker, unpopular
from graphrec.poisoning.defences import DEFENCES, TRIMMED, learned
from graphrec.poisoning.detector import THRESHOLD, suspicion
from graphrec.poisoning.features import NAMES, features
from graphrec.poisoning.learned import Surrogate
from graphrec.training.suspicious import trusted
from tests.planted_habits import SCHEMA
from tests.poisoning.catalogue import N_ITEMS, N_USERS, profiles

REAL = profiles()
USERS = np.arange(N_USERS)
TARGET = int(unpopular(REAL, 2, 0)[1])
COUNT = 14


@pytest.fixture(scope="module")
def bandwagon() -> csr_array:
    """Real profiles, and those of a bandwagon attack behind them."""
    return csr_array(vstack([REAL, Attacker(REAL).profiles("bandwagon", TARGET, COUNT, 7)], format="csr"))


def _pushed(train: csr_array) -> Reach:
    score = EASE(BaselineInputs(train, profiles=REAL)).fit({"ridge": 20.0}, 0, lambda _: 0.0).score
    return reach(score, REAL, TARGET, USERS)


@pytest.mark.parametrize("kind", KINDS)
def test_profiles_hold_the_target_and_are_as_long_as_real_ones(kind: str) -> None:
    fake = Attacker(REAL).profiles(kind, TARGET, 40, 0)
    lengths, real = np.diff(fake.indptr), np.diff(REAL.indptr)
    assert fake.shape == (40, N_ITEMS)
    assert (fake[:, [TARGET]].toarray() == 1).all()
    assert set(lengths) <= set(real[real > 1])
    assert (fake != Attacker(REAL).profiles(kind, TARGET, 40, 0)).nnz == 0


def test_fillers_are_those_of_the_kind() -> None:
    attacker, popularity = Attacker(REAL), REAL.sum(axis=0)
    best = int(np.argsort(-popularity)[0])
    mean = {kind: attacker.profiles(kind, TARGET, 60, 1) @ popularity for kind in KINDS}
    assert mean["average"].mean() > mean["random"].mean()
    assert (attacker.profiles("bandwagon", TARGET, 60, 1)[:, [best]].toarray() == 1).mean() > 0.9
    together = (REAL[:, [TARGET]].T @ REAL).toarray()[0] / np.sqrt(popularity)
    together[TARGET] = -1
    assert (attacker.profiles("segment", TARGET, 60, 1)[:, [int(together.argmax())]].toarray() == 1).mean() > 0.9


def test_a_bandwagon_attack_pushes_is_found_and_reaches_less_once_left_out(bandwagon: csr_array) -> None:
    before, after = _pushed(REAL), _pushed(bandwagon)
    assert after.hit > before.hit
    assert after.rank < 0.8 * before.rank
    probability = suspicion(bandwagon)
    assert (probability[N_USERS:] > THRESHOLD).mean() >= 0.6
    assert (probability[:N_USERS] > THRESHOLD).sum() <= 4
    rest = learned(bandwagon, "leave out", 0, probability)
    restored = _pushed(rest)
    assert restored.hit < after.hit
    assert restored.rank > after.rank


def test_the_learned_attack_lowers_its_loss() -> None:
    surrogate, lengths = Surrogate(REAL), np.full(COUNT, 30)
    learned_ones = surrogate.profiles(TARGET, lengths, np.random.default_rng(0))
    chance = Attacker(REAL).profiles("average", TARGET, COUNT, 0)
    assert surrogate.loss(learned_ones, TARGET) < surrogate.loss(chance, TARGET)


def test_an_item_nobody_else_has_cannot_be_ranked_for_those_who_have_it() -> None:
    """Those who have the target are not asked, and equal scores give it the middle place."""
    pairs = csr_array(np.array([[1, 0, 0], [0, 1, 0]], np.float32))
    found = reach(lambda users: torch.zeros(len(users), 3), pairs, 0, np.arange(2), k=1)
    assert found == Reach(0.0, 1.5)


def test_few_real_profiles_are_flagged_where_nothing_is_planted() -> None:
    assert (suspicion(profiles(3)) > THRESHOLD).mean() <= 0.02


def test_few_users_are_not_judged() -> None:
    assert not suspicion(REAL[:20]).any()


def test_features_are_those_of_the_profile_and_finite(bandwagon: csr_array) -> None:
    empty = csr_array(vstack([bandwagon, csr_array((2, N_ITEMS), dtype=np.float32)], format="csr"))
    found = features(empty)
    assert found.shape == (N_USERS + COUNT + 2, len(NAMES))
    assert np.isfinite(found).all()
    assert not found[-2:].any()
    assert found[0, NAMES.index("length")] == pytest.approx(np.log(bandwagon.indptr[1]))


@pytest.mark.parametrize("how", DEFENCES)
def test_a_defence_only_takes_away(how: str, bandwagon: csr_array) -> None:
    rest = learned(bandwagon, how, 0, np.r_[np.zeros(N_USERS), np.ones(COUNT)])
    assert (rest > bandwagon).nnz == 0
    if how == "keep":
        assert rest.nnz == bandwagon.nnz
    elif how == "trim":
        assert rest.nnz == bandwagon.nnz - np.floor(TRIMMED * bandwagon.sum(axis=0)).sum()
    else:
        assert (rest != csr_array(vstack([REAL, csr_array((COUNT, N_ITEMS), dtype=np.float32)]))).nnz == 0


def test_training_learns_nothing_from_flagged_users_and_keeps_the_others(bandwagon: csr_array) -> None:
    stores, size = TypedArrays(), bandwagon.nnz
    stores["user"].num_nodes, stores["item"].num_nodes = bandwagon.shape
    used = stores["user", "USED", "item"]
    used.edge_index = torch.from_numpy(np.stack(bandwagon.nonzero()).astype(np.int64))
    used.edge_weight, used.time = torch.ones(size), torch.arange(size)
    data, none = to_hetero_data(stores), torch.zeros((2, 0), dtype=torch.int64)
    split = Split(used.edge_index, none, none, SplitSettings(), {}, bandwagon.shape)
    assert trusted(data, split, TrainSettings()).data is data
    found = trusted(data, split, TrainSettings(suspicious="leave out"))
    left = np.setdiff1d(np.arange(len(bandwagon.indptr) - 1), found.data["user", "USED", "item"].edge_index[0].numpy())
    assert found.flagged == len(left)
    assert (left >= N_USERS).sum() >= 0.6 * COUNT
    assert found.data["item", "rev_USED", "user"].num_edges == found.data["user", "USED", "item"].num_edges
    assert data["user", "USED", "item"].num_edges == size


def test_a_poisoned_graph_has_the_fake_users_behind_the_real_ones() -> None:
    stores = TypedArrays()
    stores["user"].num_nodes, stores["item"].num_nodes = 2, 3
    used = stores["user", "USED", "item"]
    used.edge_index = torch.tensor([[0, 1], [0, 1]])
    used.edge_weight, used.time = torch.tensor([1.0, 2.0]), torch.tensor([10, 20])
    data, none = to_hetero_data(stores), torch.zeros((2, 0), dtype=torch.int64)
    split = Split(used.edge_index, none, none, SplitSettings(), {}, (2, 3))
    fake = csr_array(np.array([[0, 1, 1]], np.float32))
    graph, told = poisoned(data, split, SCHEMA, fake, 0)
    assert graph["user", "USED", "item"].edge_index.tolist() == [[0, 1, 2, 2], [0, 1, 1, 2]]
    assert graph["item", "rev_USED", "user"].edge_index.tolist() == [[0, 1, 1, 2], [0, 1, 2, 2]]
    assert set(graph["user", "USED", "item"].time.tolist()) == {10, 20}
    assert told.shape == (3, 3)
    assert told.matrix("train").nnz == 4
    assert data["user"].num_nodes == 2
    assert data["user", "USED", "item"].num_edges == 2
