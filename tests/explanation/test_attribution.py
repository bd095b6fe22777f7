"""The shares of a score sum to it, whatever the model has."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import torch

from graphrec.api.model import Model
from graphrec.explanation.attribution import CONSTANTS, SUMMANDS, Attribution
from graphrec.explanation.shares import shares
from graphrec.explanation.sub_profiles import SubProfiles
from graphrec.runs.run import Run

#: What the model has, and the components that a score then has.
MODELS: dict[str, dict[str, Any]] = {
    "plain": {"model": {"content": False, "knowledge": False, "similar": False, "als": False}},
    "neighbours": {"model": {"neighbours": 3, "fusion": None}},
    "hops and a shared table": {"model": {"hops": 2, "tied": True, "neighbours": 2}},
    "friends and short profiles": {"friends": True, "model": {"short_profiles": 0.5}},
    "cold items in their place": {"cold": True, "model": {"cold_item_rank": 5}},
}


@pytest.fixture(scope="module", params=MODELS)
def trained(request: pytest.FixtureRequest, train_run: Any) -> Run:
    given = MODELS[request.param]
    model = {name: value for name, value in given.get("model", {}).items() if value is not None}
    return train_run(**{**given, "model": model})


def test_shares_of_every_user_and_item_sum_to_the_score(trained: Run) -> None:
    everything = torch.arange(len(trained.items))
    of = Attribution(trained)
    scores = trained.scores(torch.arange(len(trained.users)), "all")
    allowed = 1e-4 * float(scores.std())
    for row in range(len(trained.users)):
        user = of.user(row)
        assert (user.scores(everything) - scores[row]).abs().max() < allowed
        for item in range(row % 5, len(trained.items), 5):
            assert abs(shares(user, item).share.sum() - float(scores[row, item])) < allowed


def test_parts_of_the_vectors_are_those_of_the_model(trained: Run) -> None:
    """The own part is stored nowhere else than in the weights, from which the remainder must be found again."""
    of = Attribution(trained)
    weights, parts = trained.weights, of.parts
    assert parts is not None
    warm = trained.rows("heldout").items.bincount(minlength=len(trained.items)) > 0
    source, target = of.own
    assert torch.allclose(source[warm], weights["source"][warm], atol=1e-5)
    assert torch.allclose(
        target[warm], weights.get("target", weights["source"])[warm] * of.factor[warm, None], atol=1e-5
    )
    assert source[~warm].abs().max() < 1e-5 if (~warm).any() else True


def test_a_whole_profile_scores_as_the_run_does(trained: Run) -> None:
    of = Attribution(trained)
    scores = trained.scores(torch.arange(len(trained.users)), "all")
    for row in range(0, len(trained.users), 7):
        part = SubProfiles(of, row)
        found = part.scores(torch.ones(1, len(part), dtype=torch.bool))
        assert torch.allclose(found[0], scores[row], atol=1e-4 * float(scores.std()))


def test_components_are_those_of_the_model(run: Run, train_run: Any) -> None:
    of = Attribution(train_run(friends=True, model={"short_profiles": 0.5}))
    user, here = of.user(0), torch.tensor([3])
    assert set(user.summands(here)) <= set(SUMMANDS)
    assert {"bias", "friends"} <= set(user.constants(here)) <= set(CONSTANTS)
    assert user.constants(here)["friends"].abs() > 0  # u0 knows u1
    assert of.user(20).constants(here)["friends"].abs() < 1e-6  # nobody knows u20


def test_a_frame_names_behaviours_relations_entities_and_modalities(run: Run) -> None:
    model = Model(run)
    frame = model.explain("u3", "i5")
    score = float(run.scores(torch.tensor([3]), "all")[0, 5])
    assert frame["share"].sum() == pytest.approx(score, abs=1e-4)
    assert frame["share"].abs().is_monotonic_decreasing
    assert set(frame["behaviour"].dropna()) <= {"BOUGHT", "VIEWED", "HATED"}
    done = frame.dropna(subset=["item_id"])
    profile = {run.items[place] for place in SubProfiles(Attribution(run), 3).items.tolist()}
    assert set(done["item_id"]) <= profile
    known = frame[frame["part"] == "knowledge"]
    assert set(known["relation"]) == {"HAS_GENRE", "MADE_BY", "SEQUEL_OF"}
    assert set(known["entity"]) & set(run.entities)
    # i5 is the sequel of i4, which is no entity.
    assert "i4" in set(known.loc[known["relation"] == "SEQUEL_OF", "entity"])
    assert set(frame.loc[frame["part"] == "content", "modality"]) <= {"text", "image"}
    assert pd.isna(frame.loc[frame["component"] == "similar", "entity"]).all()
    bias = frame[frame["component"] == "bias"]
    assert bias["item_id"].isna().all()


def test_dislikes_count_against_what_is_like_them(run: Run) -> None:
    of = Attribution(run)
    column = run.behaviours.index("HATED")
    for row in range(len(run.users)):
        user = of.user(row)
        hated = user.held[:, column] & (user.held.sum(1) == 1)
        assert (user.message[hated] <= 0).all()
        assert (user.message[user.held[:, run.behaviours.index("BOUGHT")] & ~user.held[:, column]] > 0).all()
