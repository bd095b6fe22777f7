"""Folding users in: the same as training gave them, and what a stranger gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.graph.history import Interaction, read_history
from graphrec.runs.run import Run
from graphrec.serving.fold_in import Folder
from graphrec.training.train import train

TOML = """
[graph.behaviours.SEARCHED]
target = false
[graph.behaviours.BROWSED]
[graph.behaviours.PURCHASED]
[train]
epochs = 6
lr = 0.02
"""
Sampled = tuple[Settings, Database]


@pytest.fixture(scope="module")
def sample(sample_project: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sampled]:
    """A small made catalogue in Neo4j."""
    with sample_project(tmp_path_factory.mktemp("fold"), TOML, users=60, items=40) as found:
        yield found


@pytest.fixture(scope="module")
def trained(sample: Sampled) -> Run:
    settings, db = sample
    return train(db, settings).run


def _folded(db: Database, run: Run) -> tuple[Folder, torch.Tensor, torch.Tensor]:
    """Return the folder with vectors and scores of all users of a run, from what Neo4j has of them."""
    folder = Folder(run)
    histories = read_history(db, run.schema, run.users)
    profiles, done = folder.profiles([histories[user] for user in run.users])
    return folder, folder.vectors(profiles, done), folder.scores(profiles, done)


def test_users_of_the_run_get_the_very_vectors_and_scores_that_they_have(sample: Sampled, trained: Run) -> None:
    _, vectors, scores = _folded(sample[1], trained)
    everybody = torch.arange(len(trained.users))
    assert torch.allclose(vectors, trained.embeddings("all")[0], atol=1e-5)
    assert torch.allclose(scores, trained.scores(everybody, "all"), atol=1e-4)
    assert scores.std() > 0.1


@pytest.mark.parametrize(
    "model",
    [{"hops": 0, "als": False}, {"similar": False}, {"short_profiles": 0.5}, {"hops": 2, "tied": False}],
    ids=",".join,
)
def test_so_they_do_whatever_the_model_is(sample: Sampled, model: dict[str, object]) -> None:
    settings, db = sample
    run = train(db, settings.override("model", **model).override("train", epochs=2)).run
    _, vectors, scores = _folded(db, run)
    assert torch.allclose(vectors, run.embeddings("all")[0], atol=1e-5)
    assert torch.allclose(scores, run.scores(torch.arange(len(run.users)), "all"), atol=1e-4)


def test_untried_items_stand_where_they_stand_for_users_of_the_run(sample: Sampled) -> None:
    settings, db = sample
    asked = settings.override("split", method="cold-item").override("model", cold_item_rank=3, id_dropout=0.3)
    run = train(db, asked.override("train", epochs=3)).run
    folder = Folder(run)
    histories = read_history(db, run.schema, run.users)
    profiles, done = folder.profiles([histories[user] for user in run.users])
    assert run.cold_item_rank == 3
    assert torch.allclose(folder.scores(profiles, done), run.scores(torch.arange(len(run.users)), "all"), atol=1e-3)


def test_a_stranger_gets_what_a_user_with_that_history_has(trained: Run) -> None:
    folder = Folder(trained)
    target = next(kind for kind, mapped in trained.schema.behaviours.items() if mapped.target)
    history = [Interaction(item, target) for item in trained.items[:3]]
    rows = folder.profiles(
        [history, [], [*history, Interaction("nobody's", target), Interaction(trained.items[9], "DREAMED")]]
    )
    scores = folder.scores(*rows)
    assert rows[0].indptr.tolist() == [0, 3, 3, 6]
    # A product of matrices may round its rows differently.
    torch.testing.assert_close(scores[0], scores[2], rtol=1e-5, atol=1e-6)
    assert not torch.allclose(scores[0], scores[1])
    assert scores.isfinite().all()


def test_behaviours_that_are_no_targets_are_read_and_stay_recommendable(trained: Run) -> None:
    folder = Folder(trained)
    profiles, done = folder.profiles([[Interaction(trained.items[0], "SEARCHED")]])
    assert (len(profiles.items), len(done.items)) == (1, 0)
    nobody = folder.vectors(*folder.profiles([[]]))
    assert not torch.allclose(folder.vectors(profiles, done), nobody)
