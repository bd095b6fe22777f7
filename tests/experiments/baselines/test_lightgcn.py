"""LightGCN: PyG's own propagation, planted tastes found again, the same numbers from the same seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch_geometric.nn.models import LightGCN as PyGLightGCN

from graphrec.evaluation.ranking import evaluate_split
from graphrec.evaluation.split import Split
from graphrec.experiments.baselines.base import BaselineInputs, Score, Validate
from graphrec.experiments.baselines.early_stopping import warm_up
from graphrec.experiments.baselines.lightgcn import (
    BATCH,
    EVERY,
    LOOKS,
    PATIENCE,
    LightGCN,
    _Conv,
    normalised_adjacency,
    not_done,
)
from graphrec.experiments.baselines.popularity import Popularity

SMALL = {"layers": 2, "regularisation": 1e-4, "dim": 16, "lr": 0.02}


def test_lightgcn_propagates_as_pyg_does_from_an_edge_index(planted: Split) -> None:
    train = planted.matrix("train")
    users, items = (torch.from_numpy(x.astype(np.int64)) for x in train.nonzero())
    edges = torch.stack([torch.cat([users, items + planted.shape[0]]), torch.cat([items + planted.shape[0], users])])
    torch.manual_seed(0)
    theirs = PyGLightGCN(sum(planted.shape), 8, 3)
    torch.manual_seed(0)
    ours = PyGLightGCN(sum(planted.shape), 8, 3)
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


def test_lightgcn_finds_planted_tastes_reproducibly_and_leaves_the_global_seed_alone(
    planted: Split, given: BaselineInputs, validation: Validate, own_taste_first: Callable[[Score], bool]
) -> None:
    state = torch.random.get_rng_state()
    peer = LightGCN(given)
    fitted, again, other = (peer.fit(SMALL, seed, validation) for seed in (0, 0, 1))
    assert torch.equal(state, torch.random.get_rng_state())
    everybody = torch.arange(planted.shape[0])
    assert torch.equal(fitted.score(everybody), again.score(everybody))
    assert not torch.equal(fitted.score(everybody), other.score(everybody))
    popularity = Popularity(given).fit({}, 0, validation)
    test = evaluate_split(fitted.score, planted, "test").mean("ndcg@10")
    assert test > evaluate_split(popularity.score, planted, "test").mean("ndcg@10") + 0.1
    assert own_taste_first(fitted.score)


def test_lightgcn_keeps_the_look_that_validates_best(given: BaselineInputs, validation: Validate) -> None:
    looks: list[float] = []

    def validate(score: Score) -> float:
        looks.append(validation(score))
        return looks[-1]

    fitted = LightGCN(given).fit(SMALL, 0, validate)
    assert validation(fitted.score) == max(looks)
    assert fitted.chosen == {"epochs": EVERY * (1 + int(np.argmax(looks)))}
    least = warm_up(given.train.nnz, BATCH, EVERY)
    assert len(looks) == min(LOOKS, max(least, int(np.argmax(looks)) + 1 + PATIENCE))
