"""Items that nobody has tried are placed below the first of the others, by the scorer and by a run alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.model import UserItemCSR
from graphrec.model.cold_placement import SPREAD, placed, shifts, with_offset
from graphrec.runs.run import Run
from graphrec.training.train import train

#: Items 0–3 have been tried, 4 and 5 have not.
TRIED = torch.tensor([True, True, True, True, False, False])
SCORES = torch.tensor([[9.0, 5.0, 3.0, 1.0, -4.0, -3.0], [0.0, 2.0, 4.0, 6.0, 8.0, 7.0]])
#: The first user did item 0, the other nothing.
DONE = UserItemCSR(torch.tensor([0, 1, 1]), torch.tensor([0]))
BOTH = torch.arange(2)


def test_the_best_untried_item_stands_below_so_many_tried_ones() -> None:
    found = placed(lambda users: SCORES[users], DONE, TRIED, 1)(BOTH)
    assert torch.equal(found[:, TRIED], SCORES[:, TRIED])
    # Of what the first has not done, 5 is the best and 3 the next; of the other's, 6 and 4.
    assert torch.allclose(found[:, 4:], torch.tensor([[4 - SPREAD, 4.0], [5.0, 5 - SPREAD]]))


@pytest.mark.parametrize("rank", [3, 4, 9])
def test_who_has_no_more_tried_items_left_sees_the_untried_ones_last(rank: int) -> None:
    found = placed(lambda users: SCORES[users], DONE, TRIED, rank)(BOTH)
    assert float(found[0, 4:].max()) == pytest.approx(1.0)


def test_who_has_done_everything_is_given_numbers() -> None:
    everything = UserItemCSR(torch.tensor([0, 4]), torch.arange(4))
    assert placed(lambda users: SCORES[users], everything, TRIED, 2)(BOTH[:1]).isfinite().all()


def test_marked_vectors_place_as_the_scorer_does() -> None:
    user, item = torch.randn(2, 3), torch.randn(6, 3)
    scores = user @ item.T
    vectors = with_offset(user, item, shifts(scores, DONE.interactions(BOTH), TRIED, 2), TRIED)
    assert torch.allclose(vectors[0] @ vectors[1].T, placed(lambda u: scores[u], DONE, TRIED, 2)(BOTH), atol=1e-4)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory, sample_project: Any) -> Iterator[tuple[Settings, Database]]:
    with sample_project(tmp_path_factory.mktemp("cold"), "", users=80, items=50) as (found, db):
        settings = found.override("model", dim=8).override("train", epochs=4, batch=32)
        yield settings.override("split", method="cold-item", valid=0.2, test=0.2), db


def first(run: Run, tried: torch.Tensor, k: int) -> torch.Tensor:
    """Return which of each user's first ``k`` are tried, bool ``[n_users, k]``; what they did left out."""
    scores = run.scores(torch.arange(len(run.users)), "heldout")
    scores[torch.from_numpy(run.seen("heldout").toarray() > 0)] = -torch.inf
    return tried[scores.topk(k, dim=1).indices]


@pytest.mark.parametrize("refit", [False, True])
def test_a_run_places_them_in_everybodys_list(catalogue: tuple[Settings, Database], refit: bool) -> None:
    settings, db = catalogue
    settings = settings.override("train", refit=refit)
    plain, placing = train(db, settings).run, train(db, settings.override("model", cold_item_rank=3)).run
    tried = placing.embeddings("heldout")[1][:, -1] == 0
    cold = placing.split.cold
    assert not tried[cold["test"]].any()
    assert bool(tried[cold["valid"]].any()) == refit
    shown = first(placing, tried, 4)
    assert shown[:, :3].all()
    assert not shown[:, 3].any()
    users = torch.arange(len(placing.users))
    before, after = plain.scores(users, "heldout"), placing.scores(users, "heldout")
    assert torch.allclose(before[:, tried], after[:, tried], atol=1e-4)
    spread = before[:, ~tried] - before[:, ~tried].amax(1, keepdim=True)
    assert torch.allclose(after[:, ~tried] - after[:, ~tried].amax(1, keepdim=True), SPREAD * spread, atol=1e-3)
