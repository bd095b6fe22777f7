"""Several interests of a user: clusters that are there are found, and each gets its places."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by

from graphrec.datasets.sample import Sample, write_sample
from graphrec.graph.history import Interaction
from graphrec.model import UserItemCSR
from graphrec.runs.run import Run
from graphrec.serving.fold_in import Folder
from graphrec.serving.multi_interest import EACH, clustered, grouped, merged, multi_interest_lists, silhouette
from graphrec.training.train import train

TOML = """
[graph.behaviours.SEARCHED]
target = false
[graph.behaviours.BROWSED]
[graph.behaviours.PURCHASED]
"""
SIZE = {"users": 150, "items": 90}
Found = tuple[Sample, Run, Folder]


@pytest.fixture(scope="module")
def sample(sample_project: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    """The made catalogue, what is planted in it, and a run that has learned it."""
    folder = tmp_path_factory.mktemp("interests")
    with sample_project(folder, TOML, **SIZE) as (settings, db):
        run = train(db, settings.override("train", epochs=30)).run
        yield write_sample(folder, **SIZE), run, Folder(run)


def _around(seed: int, *sizes: int) -> torch.Tensor:
    """Return unit vectors around as many axes as there are sizes."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.eye(8)[: len(sizes)].repeat_interleave(torch.tensor(sizes), 0)
    return F.normalize(centres + 0.15 * torch.randn(centres.shape, generator=generator), dim=1)


def _history(found: Found, *tastes: str) -> list[Interaction]:
    """Return a history of eight items of each taste, as they come in the catalogue."""
    planted, run, _ = found
    chosen: list[Interaction] = []
    for taste in tastes:
        items = [key for key in run.items if planted.item_taste[key] == taste and key not in planted.cold]
        chosen += [Interaction(key, "PURCHASED") for key in items[:8]]
    return chosen


@pytest.mark.parametrize("sizes", [(8, 12), (9, 7, 5), (20,)])
def test_as_many_clusters_are_found_as_there_are(sizes: tuple[int, ...]):
    label = clustered(_around(0, *sizes), 4)
    assert label.bincount().tolist() == sorted(sizes, reverse=True)
    truth = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    assert all(len(label[truth == one].unique()) == 1 for one in range(len(sizes)))


def test_no_more_clusters_than_are_allowed_and_none_of_one_item():
    assert clustered(_around(0, 6, 6, 6), 2).max() <= 1
    assert clustered(_around(0, 10, 1), 2).tolist() == [0] * 11
    assert clustered(_around(0, 1).repeat(12, 1), 3).tolist() == [0] * 12


def test_the_silhouette_is_that_of_a_known_case():
    vectors = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    assert silhouette(vectors, torch.tensor([0, 0, 1, 1])) == 1.0
    assert silhouette(vectors, torch.tensor([0, 1, 0, 1])) == pytest.approx(-0.5)
    # One item alone counts nothing; the others are half as far from each other as from it.
    assert silhouette(vectors[:3], torch.tensor([0, 0, 1])) == pytest.approx(2 / 3)


def test_places_go_by_share_and_no_item_comes_twice():
    scores = torch.tensor([[9.0, 8, 7, 6, 0, 0], [9.5, 0, 0, 0, 3, 2]])
    one = merged(scores, torch.tensor([6, 3]), 5)
    assert one.items.tolist() == [0, 4, 1, 2, 5]
    assert one.interest.tolist() == [0, 1, 0, 0, 1]
    assert one.scores.tolist() == [9, 3, 8, 7, 2]
    scores[1] = -torch.inf
    scores[0, 3:] = -torch.inf
    left = merged(scores, torch.tensor([1, 1]), 5)
    assert (left.items.tolist(), left.interest.tolist()) == ([0, 1, 2], [0, 0, 0])


def test_with_one_interest_lists_are_those_of_the_scores(sample: Found):
    _, run, folder = sample
    profiles, done = folder.profiles([_history(sample, "space", "noir"), [], _history(sample, "noir")])
    lists = multi_interest_lists(folder, profiles, done, 10, 1)
    scores = folder.scores(profiles, done)
    for user, one in enumerate(lists):
        mine = scores[user].clone()
        mine[done.items[done.indptr[user] : done.indptr[user + 1]]] = -torch.inf
        assert one.items.tolist() == mine.topk(10).indices.tolist()
        assert torch.equal(one.scores, mine.topk(10).values)
        assert one.interest.tolist() == [0] * 10
    assert run.behaviours == profiles.behaviours


def test_two_tastes_are_told_apart_and_both_get_places(sample: Found):
    planted, run, folder = sample
    tastes = ("space", "noir")
    history = _history(sample, *tastes)
    profiles, done = folder.profiles([history])
    group, counts = grouped(folder, profiles, 3)
    assert counts.tolist() == [2]
    of = [planted.item_taste[run.items[item]] for item in profiles.items.tolist()]
    assert len(set(zip(of, group.tolist(), strict=True))) == 2
    (one,) = multi_interest_lists(folder, profiles, done, 10, 3)
    shown = [planted.item_taste[run.items[item]] for item in one.items.tolist()]
    assert min(shown.count(taste) for taste in tastes) >= 3
    assert not set(one.items.tolist()) & set(done.items.tolist())
    assert one.interest.bincount().tolist() == [5, 5]


def test_what_is_not_wanted_is_no_interest(sample: Found):
    planted, run, folder = sample
    profiles, _ = folder.profiles([_history(sample, "space", "noir", "romance")])
    tastes = [planted.item_taste[run.items[item]] for item in profiles.items.tolist()]
    disliked = torch.tensor([taste == "romance" for taste in tastes])
    wanted = grouped(folder, profiles.among(~disliked), 3)[0]
    group, counts = grouped(
        folder, replace(profiles, weights=profiles.weights * (1 - 2 * disliked[:, None].float())), 3
    )
    assert counts.tolist() == [2]
    assert torch.equal(group[~disliked], wanted)


def test_short_profiles_have_one_interest_and_what_is_left_out_can_be_said(sample: Found):
    _, run, folder = sample
    profiles, done = folder.profiles([_history(sample, "space", "noir")[4:][: 2 * EACH - 1]])
    assert grouped(folder, profiles, 3)[1].tolist() == [1]
    everything = torch.arange(len(run.items) - 2)
    without = UserItemCSR(torch.tensor([0, len(everything)]), everything)
    (one,) = multi_interest_lists(folder, profiles, done, 10, 3, without=without)
    assert sorted(one.items.tolist()) == [len(run.items) - 2, len(run.items) - 1]
