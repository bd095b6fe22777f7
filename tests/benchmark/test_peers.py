"""Peers: known answers on small matrices, planted tastes found again, the same numbers from the same seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array
from torch_geometric.nn.models import LightGCN as PyGLightGCN

from graphrec.benchmark.itemknn import ItemKNN, nearest_items
from graphrec.benchmark.lightgcn import Choice, LightGCN, _Conv, normalised_adjacency, not_done
from graphrec.benchmark.popularity import Popularity
from graphrec.benchmark.table import PEERS, as_data, as_rows, fit_and_measure, markdown, peer_names
from graphrec.config import SplitSettings
from graphrec.errors import ConfigError
from graphrec.evaluate import evaluate_split
from graphrec.split import Split

N_USERS, N_ITEMS, TASTES = 90, 60, 3
SMALL = Choice(layers=2, regularisation=1e-4, dim=16, lr=0.02)


@pytest.fixture(scope="module")
def planted() -> Split:
    """A split in which user u likes the items of taste u mod 3, and a few others."""
    rng = np.random.default_rng(0)
    likes = np.arange(N_USERS)[:, None] % TASTES == np.arange(N_ITEMS) % TASTES
    done = np.argwhere(rng.random((N_USERS, N_ITEMS)) < np.where(likes, 0.6, 0.03))
    part = rng.choice(3, size=len(done), p=[0.7, 0.15, 0.15])
    train, valid, test = (torch.from_numpy(done[part == number].T.copy()) for number in range(3))
    return Split(train, valid, test, SplitSettings(), {}, (N_USERS, N_ITEMS))


def validation(split: Split) -> Callable[[Callable[[torch.Tensor], torch.Tensor]], float]:
    return lambda score: evaluate_split(score, split, "valid", ks=(10,)).mean("ndcg@10")


def test_popularity_counts_users() -> None:
    peer = Popularity()
    peer.fit(csr_array(np.array([[1, 0, 1], [1, 0, 0]], np.float32)), lambda score: 0.0)
    assert peer.score(torch.tensor([1, 0, 1])).tolist() == [[2, 0, 1]] * 3
    assert peer.settings == {}


def test_item_similarity_by_hand() -> None:
    train = csr_array(np.array([[1, 1, 0, 0], [1, 1, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0]], np.float32))
    values, neighbours = nearest_items(train, 10, shrinkage=0.0)
    assert values.shape == (4, 3), "an item is no neighbour of its own"
    # Item 0 has 4 users, item 1 two of them, item 2 one: 2 / √8, 1 / √4; item 3 nobody.
    assert dict(zip(neighbours[0].tolist(), values[0].tolist(), strict=True)) == pytest.approx(
        {1: 2 / 8**0.5, 2: 1 / 2, 3: 0}
    )
    assert values[3].tolist() == [0, 0, 0]
    shrunk, _ = nearest_items(train, 1, shrinkage=10.0)
    assert float(shrunk[0]) == pytest.approx(2 / (8**0.5 + 10))


def test_itemknn_scores_are_sums_over_the_nearest(planted: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphrec.benchmark.itemknn.NEIGHBOURS", (5,))
    monkeypatch.setattr("graphrec.benchmark.itemknn.SHRINKAGE", (3.0,))
    monkeypatch.setattr("graphrec.benchmark.itemknn.BLOCK_ELEMENTS", N_ITEMS * 7)  # several blocks
    peer = ItemKNN()
    train = planted.matrix("train")
    peer.fit(train, validation(planted))
    x = train.toarray()
    together, counts = x.T @ x, x.sum(0)
    similar = together / (np.sqrt(np.outer(counts, counts)) + 3)
    np.fill_diagonal(similar, -1)
    scores = peer.score(torch.tensor([4, 9])).numpy()
    for item in range(N_ITEMS):
        nearest = np.sort(similar[item])[-5:]
        assert peer.weights[:, [item]].sum() == pytest.approx(nearest.sum(), rel=1e-5)
        chosen = peer.weights[:, [item]].nonzero()[0]
        expected = sum(similar[item, j] for j in chosen if x[4, j])
        assert scores[0, item] == pytest.approx(expected, rel=1e-5)


def test_itemknn_keeps_the_best_of_its_grid(planted: Split) -> None:
    looks = []

    def validate(score: Callable[[torch.Tensor], torch.Tensor]) -> float:
        looks.append(validation(planted)(score))
        return looks[-1]

    peer = ItemKNN()
    peer.fit(planted.matrix("train"), validate)
    assert len(looks) == 4 * 4, "k = 10, 20, 50 and 59, which stands for all larger ones, by four shrinkages"
    assert validation(planted)(peer.score) == max(looks)
    assert peer.settings.keys() == {"k", "shrinkage"}


def test_lightgcn_propagates_as_pyg_does_from_an_edge_index(planted: Split) -> None:
    train = planted.matrix("train")
    users, items = (torch.from_numpy(x.astype(np.int64)) for x in train.nonzero())
    edges = torch.stack([torch.cat([users, items + N_USERS]), torch.cat([items + N_USERS, users])])
    torch.manual_seed(0)
    theirs = PyGLightGCN(N_USERS + N_ITEMS, 8, 3)
    torch.manual_seed(0)
    ours = PyGLightGCN(N_USERS + N_ITEMS, 8, 3)
    adjacency = normalised_adjacency(train)
    ours.convs = torch.nn.ModuleList(_Conv(adjacency) for _ in range(3))
    one, other = theirs.get_embedding(edges), ours.get_embedding(adjacency.matrix)
    torch.testing.assert_close(one, other)
    seed = torch.randn_like(one)
    (one * seed).sum().backward()
    (other * seed).sum().backward()
    torch.testing.assert_close(theirs.embedding.weight.grad, ours.embedding.weight.grad)


def test_negatives_are_what_the_user_has_not_done() -> None:
    pairs = torch.tensor([u * 50 + i for u in range(4) for i in range(40)])
    drawn = not_done(pairs, torch.arange(4).repeat(500), 50, torch.Generator().manual_seed(0))
    # A fifth is free, so ten redraws leave 0.8^11 = 9 % of collisions; unchecked it would be 80 %.
    assert (drawn < 40).float().mean() < 0.15
    assert set(drawn[drawn >= 40].tolist()) == set(range(40, 50))


def test_lightgcn_finds_planted_tastes_reproducibly_and_leaves_the_global_seed_alone(planted: Split) -> None:
    train = planted.matrix("train")
    state = torch.random.get_rng_state()
    peer, again, other = (LightGCN(seed, grid=(SMALL,), changes=()) for seed in (0, 0, 1))
    for one in (peer, again, other):
        one.fit(train, validation(planted))
    assert torch.equal(state, torch.random.get_rng_state())
    everybody = torch.arange(N_USERS)
    assert torch.equal(peer.score(everybody), again.score(everybody))
    assert not torch.equal(peer.score(everybody), other.score(everybody))
    assert peer.settings["layers"] == 2
    assert peer.settings["epochs"] >= 4
    popularity = Popularity()
    popularity.fit(train, validation(planted))
    test = evaluate_split(peer.score, planted, "test").mean("ndcg@10")
    assert test > evaluate_split(popularity.score, planted, "test").mean("ndcg@10") + 0.1
    scores = peer.score(everybody)
    own = torch.arange(N_USERS)[:, None] % TASTES == torch.arange(N_ITEMS) % TASTES
    by_taste = [scores.masked_fill(~mask, 0).sum(1) / mask.sum(1) for mask in (own, ~own)]
    assert (by_taste[0] > by_taste[1]).all(), "every user's own taste scores higher than the others"


def test_lightgcn_keeps_the_choice_that_validates_best(planted: Split) -> None:
    looks: list[float] = []

    def validate(score: Callable[[torch.Tensor], torch.Tensor]) -> float:
        looks.append(validation(planted)(score))
        return looks[-1]

    peer = LightGCN(grid=(SMALL, Choice(1, 10.0, 4, 0.001)), changes=({"lr": 0.05},))
    peer.fit(planted.matrix("train"), validate)
    assert validation(planted)(peer.score) == max(looks)
    assert peer.settings["dim"] == 16


def test_table_compares_each_with_the_first(planted: Split) -> None:
    entries = [fit_and_measure(name, planted, seed=0) for name in ("itemknn", "popularity")]
    data = as_data(entries)
    assert "difference" not in data[0]
    difference = data[1]["difference"]
    means = [row["metrics"]["ndcg@10"]["mean"] for row in data]
    assert difference["mean"] == pytest.approx(means[0] - means[1])
    assert 0 < difference["low"] < difference["mean"] < difference["high"]
    lines = markdown(as_rows(data)).splitlines()
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1
    assert f"{means[1]:.4f} [" in lines[3]
    assert "k=" in lines[2]


def test_peers_by_name() -> None:
    assert peer_names("popularity, itemknn,") == ["popularity", "itemknn"]
    assert set(peer_names(",".join(PEERS))) == {"popularity", "itemknn", "lightgcn"}
    with pytest.raises(ConfigError, match="no peer 'itemnn'") as error:
        peer_names("itemnn")
    assert "did you mean 'itemknn'?" in str(error.value)
