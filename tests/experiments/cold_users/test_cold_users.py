"""Users whom training has not seen: who they are, how peers and the model score them, and what counts for them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.common.errors import ConfigError
from graphrec.common.pyg import HeteroData, ToUndirected
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import ModelSettings, Neo4jSettings, Settings, TrainSettings
from graphrec.evaluation.split import Split, SplitSettings, make_split
from graphrec.experiments.baselines.base import BaselineInputs, Score
from graphrec.experiments.baselines.registry import BASELINES
from graphrec.experiments.cold_users.measure import Newcomers
from graphrec.experiments.cold_users.people import hold_out, profiles_of, without
from graphrec.graph.hetero import Graph
from graphrec.model import Profiles, UserItemCSR
from graphrec.model.profile_length import SPANS, ProfileLengthWeights
from graphrec.model.recommender import Component
from graphrec.training.checkpoint import TrainingState
from graphrec.training.hybrid import HybridSelector
from graphrec.training.scoring import Scorer
from graphrec.training.selection import ValidationSet
from graphrec.training.short_profiles import select_short_profile_weights, shortened
from graphrec.training.trainer import Trainer

N_USERS, N_ITEMS = 60, 24


@pytest.fixture(scope="module")
def graph() -> Graph:
    """Users of two clubs, each of whom did ten of the club's twelve items: even users the even items."""
    rng = np.random.default_rng(0)
    done = [(u, i) for u in range(N_USERS) for i in sorted(2 * rng.permutation(12)[:10] + u % 2)]
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes = N_USERS, N_ITEMS
    store = data["user", "LIKED", "item"]
    store.edge_index = torch.tensor(done).T.contiguous()
    store.edge_weight = torch.ones(len(done))
    store.time = torch.zeros(len(done), dtype=torch.int64)
    data = ToUndirected(merge=False)(data)
    data["entity"].num_nodes = 0
    schema = GraphSchema(behaviours={"LIKED": Behaviour(target=True)}, knowledge=())
    return Graph(data, list(range(N_USERS)), list(range(N_ITEMS)), [], schema, "clubs")


def pairs(graph: Graph) -> csr_array:
    return make_split(graph.data, SplitSettings(valid=0, test=0), graph.schema).matrix("train")


def test_held_out_users_stand_apart_with_nested_profiles(graph: Graph) -> None:
    whole = pairs(graph)
    people = hold_out(whole, (1, 3), seed=0)
    assert (len(people.test), len(people.valid)) == (12, 6)
    assert not set(people.test) & set(people.valid)
    held = np.concatenate([people.valid, people.test])
    assert people.train[held].nnz == 0
    assert people.train.nnz + whole[held].nnz == whole.nnz
    assert people.profiles[:N_USERS].nnz == 0
    for part, users in (("valid", people.valid), ("test", people.test)):
        one, three = (people.profiles[people.rows[part, k]].toarray() for k in (1, 3))
        assert set(one.sum(1)) == {1}
        assert set(three.sum(1)) == {3}
        assert (one <= three).all()
        rest = people.rest[people.rows[part, 3]].toarray()
        assert (three + rest == whole[users].toarray()).all()
    again, other = hold_out(whole, (1, 3), seed=0), hold_out(whole, (1, 3), seed=1)
    assert (again.profiles != people.profiles).nnz == 0
    assert list(other.test) != list(people.test)


def test_profiles_that_nobody_can_fill_are_refused(graph: Graph) -> None:
    with pytest.raises(ConfigError, match="0 users have 12 pairs or more"):
        hold_out(pairs(graph), (1, 6), seed=0)


def test_a_graph_without_users_keeps_the_others(graph: Graph) -> None:
    left = without(graph.data, np.array([0, 5]))
    counts = left["user", "LIKED", "item"].edge_index[0].bincount(minlength=N_USERS)
    assert counts.tolist() == [0 if user in (0, 5) else 10 for user in range(N_USERS)]
    assert left["item", "rev_LIKED", "user"].num_edges == 580


def test_friends_of_newcomers_are_refused(graph: Graph) -> None:
    data = graph.data.clone()
    data["user", "KNOWS", "user"].edge_index = torch.tensor([[0], [1]])
    with pytest.raises(ConfigError, match="social"):
        profiles_of(data, hold_out(pairs(graph), (1,), seed=0))


@pytest.mark.parametrize("name", ["itemknn", "rp3beta", "ease", "gfcf", "ials"])
def test_a_peer_scores_users_by_what_they_bring(graph: Graph, name: str) -> None:
    people = hold_out(pairs(graph), (1,), seed=0)
    setting = {key: part.at(0.5) for key, part in BASELINES[name].space.items()}
    peer = BASELINES[name](BaselineInputs(people.train, profiles=people.profiles))
    scores: list[Tensor] = []

    def look(score: Score) -> float:
        scores.append(score(torch.from_numpy(people.rows["test", 1])))
        return float(len(scores))

    found = peer.fit(setting, 0, look).score(torch.from_numpy(people.rows["test", 1]))
    club = torch.from_numpy(people.test % 2)
    own = torch.arange(N_ITEMS) % 2 == club[:, None]
    brought = torch.from_numpy(people.profiles[people.rows["test", 1]].toarray()) > 0
    inside = found.masked_fill(~own | brought, 0).sum(1) / 11
    assert (inside > found.masked_fill(own, 0).sum(1) / 12 + 1e-3).all()


def test_the_model_and_a_peer_find_the_club_of_one_item(graph: Graph) -> None:
    newcomers = Newcomers(graph, (1, 3), seed=0)
    nowhere = Path("nowhere")
    settings = Settings(nowhere, nowhere, nowhere, Neo4jSettings(), train=TrainSettings(epochs=40, lr=0.02))
    model = newcomers.model(settings, torch.device("cpu"))
    peer = newcomers.peer("ease", tries=3)
    usual, setting = newcomers.usual("ease", tries=3)
    assert list(setting) == ["ridge"]
    for k in (1, 3):
        assert len(model[k].users) == len(usual[k].users) == 12
        # Two of the club's twelve items are nobody's answer; of both clubs together the mean is below one half.
        assert model[k].mean("ndcg@10") > 0.75
        assert peer[k][0].mean("ndcg@10") > 0.75
        assert usual[k].mean("ndcg@10") > 0.7


def test_shortened_profiles_keep_so_many_of_each() -> None:
    profiles = Profiles(
        torch.tensor([0, 1, 5, 5]), torch.tensor([3, 0, 1, 2, 3]), weights=torch.ones(5, 1), behaviours=("LIKED",)
    )
    kept = shortened(profiles, 2)
    assert profiles.where(kept).indptr.tolist() == [0, 1, 3, 3]
    assert profiles.among(kept).weights.shape == (3, 1)
    assert {tuple(profiles.where(shortened(profiles, 1, seed)).items.tolist()) for seed in range(40)} == {
        (3, item) for item in range(4)
    }


def test_weights_hang_on_the_size_of_a_profile() -> None:
    lengths = ProfileLengthWeights(torch.tensor([1, 5, 9]), {1: (1.0, 0.0, 2.0), 7: (3.0, 1.0, 0.5)}, 0.7)
    found = lengths.of(torch.tensor([0, 1, 2, 3, 4, 7, 8, 100]))
    usual = pytest.approx([1.0, 0.7, 0.0])
    short, longer = [1.0, 0.0, 2.0], [3.0, 1.0, 0.5]
    assert found.tolist() == [short, short, usual, usual, longer, longer, usual, usual]


def test_popularity_counts_where_it_helps_short_profiles_and_nothing_where_it_does_not() -> None:
    torch.manual_seed(0)
    users, items = 200, 30
    counts = torch.arange(items) ** 2
    profiles = Profiles(
        torch.arange(users + 1) * 9,
        torch.rand(users, items).argsort(1)[:, :9].sort(1).values.flatten(),
        weights=torch.ones(users * 9, 1),
        behaviours=("LIKED",),
    )
    everything = torch.ones(users * 9, dtype=torch.bool)

    def chosen(wanted: Tensor, known: float) -> Mapping[int, tuple[float, float, float]]:
        truth = csr_array(torch.zeros(users, items).scatter_(1, wanted[:, None].expand(users, 1), 1.0).numpy())
        bench = ValidationSet(csr_array((users, items), dtype=np.float32), truth, None, 10)
        network = torch.randn(users, items) + known * F.one_hot(wanted, items)

        def score(_: Profiles, __: UserItemCSR) -> dict[Component, Tensor]:
            return {"network": network}

        return select_short_profile_weights(bench, profiles, everything, counts, score, 0.0)

    popular = chosen(torch.multinomial(counts.float() ** 2, users, replacement=True), 0.0)
    assert set(popular) == set(SPANS)
    assert all(weights[2] > 0.5 * weights[0] for weights in popular.values())
    assert chosen(torch.randint(items, (users,)), 9.0) == {}


def test_published_vectors_rank_short_profiles_as_the_model_does(graph: Graph) -> None:
    split: Split = make_split(graph.data, SplitSettings(), graph.schema)
    fit = Trainer(graph.data, split, ModelSettings(dim=8), TrainSettings(epochs=3), torch.device("cpu"))
    progress = TrainingState("softmax")
    for _ in fit.run(progress):
        pass
    model = HybridSelector(fit).select(progress)
    model.lengths = ProfileLengthWeights(
        torch.arange(N_ITEMS), {1: (10.0, 2.0, 3.0), 3: (4.0, 0.0, 0.0)}, float(model.als_scale)
    )
    kept = shortened(fit.profiles, 2)
    kept &= (fit.profiles.users % 3 > 0) | shortened(fit.profiles, 1)
    shown, done = fit.profiles.among(kept), fit.profiles.where(kept)
    assert set(done.indptr.diff().tolist()) == {1, 2}
    scorer = Scorer(model, shown, done)
    user, item = scorer.vectors()
    found, asked = user @ item.T, torch.arange(N_USERS)
    if model.similar is not None:
        found = found + float(model.similar_scale) * model.similar(done.interactions(asked))
    assert torch.allclose(found, scorer(asked), atol=1e-3, rtol=1e-3)
