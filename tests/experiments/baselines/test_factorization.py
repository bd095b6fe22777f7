"""Peers that factorise: losses and solutions checked by a second way, the same numbers from the same seed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from graphrec.evaluation.split import Split
from graphrec.experiments.baselines.base import BaselineInputs, CannotError, DivergedError, Score, Validate
from graphrec.experiments.baselines.early_stopping import inner, stopped, warm_up
from graphrec.experiments.baselines.ials import IALS
from graphrec.experiments.baselines.popularity import Popularity
from graphrec.experiments.baselines.random_search import OneOf
from graphrec.experiments.baselines.registry import BASELINES
from graphrec.experiments.baselines.vbpr import _Factors
from graphrec.experiments.benchmark.table import fit_and_measure
from graphrec.model.als import solve

#: The first user.
FIRST = torch.tensor([0])
SETTINGS: dict[str, dict[str, Any]] = {
    "ials": {"factors": 16, "alpha": 0.5, "regularisation": 0.02, "nu": 1.0},
    "bpr": {"factors": 16, "lr": 0.05, "regularisation": 0.01},
    "vbpr": {"factors": 16, "lr": 0.02, "regularisation": 0.01},
}


@pytest.mark.parametrize("nu", [0.0, 0.5, 1.0])
def test_ials_solves_each_row_of_its_loss(nu: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphrec.model.als.BLOCK_ELEMENTS", 4 * 4 * 5)  # several blocks
    rng = np.random.default_rng(0)
    x = (rng.random((20, 9)) < 0.3).astype(np.float32)
    x[3] = 0
    x[4] = 1
    items = torch.from_numpy(rng.normal(size=(9, 4)))
    rows = csr_array(x)
    indptr, columns = (torch.from_numpy(part.astype(np.int64)) for part in (rows.indptr, rows.indices))
    found = solve(indptr, columns, items.float(), 0.3, 0.7, nu)
    for user in range(20):
        counts = x[user].sum()
        row = torch.zeros(4, dtype=torch.float64, requires_grad=True)

        def loss(row: torch.Tensor = row, user: int = user, counts: float = counts) -> torch.Tensor:
            done = torch.from_numpy(x[user]).bool()
            scores = items @ row
            ridge = 0.7 * (counts + 0.3 * 9) ** nu
            return (1 - scores[done]).square().sum() + 0.3 * scores.square().sum() + ridge * row.square().sum()

        with torch.no_grad():
            row += found[user].double()
        (gradient,) = torch.autograd.grad(loss(), row)
        assert gradient.abs().max() < 1e-4, f"user {user} stands at no minimum"
    assert found[3].tolist() == [0] * 4


def test_ials_regularisation_means_the_same_where_all_rows_are_alike() -> None:
    """Where all users and items have the mean count, the exponent has nothing to tell apart."""
    x = np.tile(np.array([[1, 0], [0, 1]], np.float32), (5, 5))
    given = BaselineInputs(csr_array(x))
    found = []
    for nu in (0.0, 1.0):
        settings = SETTINGS["ials"] | {"nu": nu}
        found.append(IALS(given).fit(settings, 0, lambda score: float(score(torch.arange(10)).sum())))
    one, other = (fitted.score(torch.arange(10)) for fitted in found)
    torch.testing.assert_close(one, other)


def test_vbpr_loss_and_scores_by_hand() -> None:
    draw = torch.Generator().manual_seed(0)
    features = torch.tensor([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    model = _Factors((2, 3), features, 4, draw)
    with torch.no_grad():
        for value in model.parameters():
            value.normal_(generator=draw)
    gamma, theta = model.user.detach()[:, :4], model.user.detach()[:, 4:]
    own, embed = model.item.detach(), model.embed.detach()
    bias, tilt = model.bias.detach()[:, 0], model.tilt.detach()[:, 0]
    expected = torch.zeros(2, 3)
    for u in range(2):
        for i in range(3):
            visual = theta[u] @ (embed.T @ features[i])
            expected[u, i] = bias[i] + gamma[u] @ own[i] + visual + tilt @ features[i]
    scores = inner(*model.vectors())(torch.arange(2))
    torch.testing.assert_close(scores, expected)
    users, done, other = torch.tensor([0, 1]), torch.tensor([2, 0]), torch.tensor([1, 1])
    margins = expected[users, done] - expected[users, other]
    torch.testing.assert_close(model.loss(users, done, other, 0.0), -torch.log(torch.sigmoid(margins)).mean())
    assert model.loss(users, done, other, 0.5) > model.loss(users, done, other, 0.0)


@pytest.mark.parametrize("name", list(SETTINGS))
def test_planted_tastes_are_found_reproducibly(
    name: str, given: BaselineInputs, validation: Validate, own_taste_first: Callable[[Score], bool]
) -> None:
    if name == "bpr":
        pytest.importorskip("implicit")
    peer = BASELINES[name](given)
    state = torch.random.get_rng_state()
    fitted, again, other = (peer.fit(SETTINGS[name], seed, validation) for seed in (0, 0, 1))
    assert torch.equal(state, torch.random.get_rng_state())
    users = torch.arange(given.train.shape[0])
    assert torch.equal(fitted.score(users), again.score(users))
    assert not torch.equal(fitted.score(users), other.score(users))
    assert own_taste_first(fitted.score)
    assert peer.seeded
    popularity = Popularity(given).fit({}, 0, validation)
    assert validation(fitted.score) > validation(popularity.score) + 0.1


def test_vbpr_scores_by_content_what_nobody_did(given: BaselineInputs, validation: Validate) -> None:
    train = given.train.toarray()
    train[:, :6] = 0  # two items of each taste
    peer = BASELINES["vbpr"](BaselineInputs(csr_array(train), content=given.content))
    scores = peer.fit(SETTINGS["vbpr"], 0, validation).score(torch.arange(90))[:, :6]
    own = torch.arange(90)[:, None] % 3 == torch.arange(6) % 3
    assert scores[own].mean() > scores[~own].mean() + 0.5


def test_stopping_keeps_the_best_look_and_ends_in_time() -> None:
    values = [0.1, 0.3, 0.2, 0.25, 0.29, 0.9]
    looked: list[int] = []

    def looks() -> Any:
        for number in range(len(values)):
            looked.append(number)
            yield torch.ones(1, 1), torch.full((1, 1), float(number))

    fitted = stopped(looks(), lambda score: values[int(score(FIRST).item())], 3, "epochs", 10)
    assert fitted.score(FIRST).item() == 1
    assert fitted.chosen == {"epochs": 20}
    assert looked == [0, 1, 2, 3, 4], "the sixth is never trained"
    looked.clear()
    fitted = stopped(looks(), lambda score: values[int(score(FIRST).item())], 3, "epochs", 10, least=6)
    assert fitted.chosen == {"epochs": 60}, "the warm-up reaches the sixth"


def test_few_pairs_are_given_the_steps_of_many() -> None:
    # 300 pairs are one step an epoch: 50 looks of 4 epochs are 200 steps. 90,000 are 11.
    assert warm_up(300, batch=8192, every=4) == 50
    assert warm_up(90_000, batch=8192, every=4) == 5


@pytest.mark.parametrize("end", [float("nan"), float("inf"), 1e30])
def test_a_training_that_diverges_keeps_its_best_look_or_says_so(end: float) -> None:
    # The last is finite, but its inner product would not be.
    looks = [torch.full((1, 1), value) for value in (1.0, 3.0, end, 9.0)]
    fitted = stopped(((x, x) for x in looks), lambda score: score(FIRST).item(), 3, "epochs", 10)
    assert (fitted.score(FIRST).item(), fitted.chosen) == (9.0, {"epochs": 20})
    with pytest.raises(DivergedError):
        stopped(((x, x) for x in looks[2:]), lambda score: 1.0, 3, "epochs")


def test_bpr_that_diverges_is_a_try_that_failed(
    planted: Split, given: BaselineInputs, validation: Validate, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("implicit")
    wild = SETTINGS["bpr"] | {"regularisation": 1e6}
    with pytest.raises(DivergedError):
        BASELINES["bpr"](given).fit(wild, 0, validation)
    space = {name: OneOf((value,)) for name, value in SETTINGS["bpr"].items()}
    monkeypatch.setattr(BASELINES["bpr"], "space", space | {"regularisation": OneOf((0.01, 1e6))})
    monkeypatch.setattr(BASELINES["bpr"], "defaults", SETTINGS["bpr"] | {"regularisation": 1e6})
    found = fit_and_measure("bpr", planted, 0, tries=4)
    assert found.setting["regularisation"] == 0.01
    assert found.report is not None
    monkeypatch.setattr(BASELINES["bpr"], "space", space | {"regularisation": OneOf((1e6,))})
    none = fit_and_measure("bpr", planted, 0, tries=4)
    assert (none.report, none.skipped) == (None, "every trial diverged")


def test_without_the_library_bpr_says_what_to_install(given: BaselineInputs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "implicit", None)
    monkeypatch.setitem(sys.modules, "implicit.cpu.bpr", None)
    with pytest.raises(CannotError, match=r"graphrec\[benchmark\]"):
        BASELINES["bpr"](given)
