"""Peers for untried items: what they count by hand, and what validation chooses."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from graphrec.common.pyg import HeteroData
from graphrec.config.settings import SplitSettings
from graphrec.evaluation.split import Split
from graphrec.experiments.content_report import cold_baselines as peers
from graphrec.experiments.content_report.cold_baselines import (
    ColdKNNParams,
    ColdNeighbours,
    KNNFamily,
    Likeness,
    choose,
    knowledge_degree,
)
from graphrec.model.entity_rows import item_rows

#: Unit vectors whose cosines can be told by heart: items 0 and 1 are tried, 2 is not.
TEXT = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8], [-0.8, -0.6]])
KNN = KNNFamily("content kNN", ("text",))
PAIRS = torch.tensor([[0, 0, 1], [0, 1, 1]])


class Plain(Likeness):
    """A likeness of given unit vectors, neither centred nor scaled."""

    def __init__(self, **features: torch.Tensor) -> None:
        self.features = {name: rows.numpy() for name, rows in features.items()}
        self.n_items = len(next(iter(self.features.values())))


def split(pairs: torch.Tensor = PAIRS, shape: tuple[int, int] = (2, 4)) -> Split:
    nothing = torch.zeros((2, 0), dtype=torch.int64)
    return Split(pairs, nothing, nothing, SplitSettings(), {}, shape)


def scores(setting: ColdKNNParams, family: KNNFamily = KNN) -> np.ndarray:
    untried = ColdNeighbours(Plain(text=TEXT, audio=TEXT.flip(1)), split(), np.array([2, 3]))
    return untried.score(family, setting)(torch.arange(2)).numpy()[:, 2:]


def test_the_plain_sum_keeps_the_sign():
    np.testing.assert_allclose(scores(ColdKNNParams()), [[0.6 + 0.8, -0.8 - 0.6], [0.8, -0.6]], atol=1e-6)


def test_powers_clip_at_zero():
    np.testing.assert_allclose(scores(ColdKNNParams(power=2)), [[0.36 + 0.64, 0], [0.64, 0]], atol=1e-6)


def test_only_the_top_of_the_profile_counts():
    np.testing.assert_allclose(scores(ColdKNNParams(top=1)), [[0.8, -0.6], [0.8, -0.6]], atol=1e-6)
    np.testing.assert_allclose(scores(ColdKNNParams(top=5)), scores(ColdKNNParams()), atol=1e-6)


def test_rare_items_of_the_profile_say_more():
    # Item 0 has one user, item 1 two.
    np.testing.assert_allclose(scores(ColdKNNParams(rare=0.5))[0, 0], 0.6 + 0.8 / np.sqrt(2), atol=1e-6)


def test_the_promised_popularity():
    # Candidate 2: (0.6 · 1 user + 0.8 · 2 users) / 1.4; candidate 3 is like nothing.
    found = scores(ColdKNNParams(prior=1))
    np.testing.assert_allclose(found[:, 0], np.array([1.4, 0.8]) * (0.6 + 1.6) / 1.4, rtol=1e-5)
    np.testing.assert_allclose(found[:, 1], 0, atol=1e-6)


def test_parts_are_weighed():
    both = KNNFamily("content kNN", ("text", "audio"))
    found = scores(ColdKNNParams(weights=(1.0, 0.5)), both)
    np.testing.assert_allclose(found[1, 0], 0.8 + 0.5 * 0.8, atol=1e-6)  # audio of 1 is (1, 0), of 2 (0.8, 0.6)


def test_the_ridge_is_that_of_the_formula():
    kernel = TEXT @ TEXT.T
    profiles, inverse = torch.tensor([[1.0, 1.0], [0.0, 1.0]]), torch.linalg.inv(kernel[:2, :2] + 3 * torch.eye(2))
    naive = profiles @ inverse @ kernel[:2, 2:]
    np.testing.assert_allclose(scores(ColdKNNParams(ridge=3)), naive, atol=1e-6)
    rare = profiles @ torch.diag(torch.tensor([1.0, 2.0]) ** -0.5) @ inverse @ kernel[:2, 2:]
    np.testing.assert_allclose(scores(ColdKNNParams(ridge=3, rare=0.5)), rare, atol=1e-6)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch):
    settings = (ColdKNNParams(top=1, power=2, prior=1), ColdKNNParams(ridge=3))
    whole = [scores(setting) for setting in settings]
    monkeypatch.setattr(peers, "BLOCK_ELEMENTS", 4)  # one candidate at a time
    monkeypatch.setattr(peers, "KEPT_ELEMENTS", 0)  # and none is kept
    for one, setting in zip(whole, settings, strict=True):
        np.testing.assert_allclose(one, scores(setting), atol=1e-6)


@pytest.mark.parametrize(
    "setting", [ColdKNNParams(top=1, power=2, prior=1), ColdKNNParams(ridge=3, rare=0.5), ColdKNNParams()]
)
def test_users_come_in_blocks(setting: ColdKNNParams):
    score = ColdNeighbours(Plain(text=TEXT), split(), np.array([2, 3])).score(KNN, setting)
    whole = score(torch.arange(2))
    np.testing.assert_array_equal(torch.cat([score(torch.tensor([0])), score(torch.tensor([1]))]), whole)
    np.testing.assert_array_equal(score(torch.arange(2)), whole)


def test_knowledge_is_weighed_by_idf_in_rows_of_unit_length():
    data = HeteroData()
    data["item"].num_nodes, data["entity"].num_nodes = 3, 5
    data["item", "HAS_GENRE", "entity"].edge_index = torch.tensor([[0, 0, 1, 0], [1, 4, 1, 1]])  # one edge twice
    found = item_rows(data)
    assert found is not None
    dense = found.toarray()
    common, rare = np.log(1 + 3 / 2), np.log(1 + 3 / 1)
    np.testing.assert_allclose(dense[0, [1, 4]], np.array([common, rare]) / np.hypot(common, rare), rtol=1e-6)
    np.testing.assert_allclose(dense[1], [0, 1, 0, 0, 0], atol=1e-7)
    assert not dense[2].any()
    assert knowledge_degree(data).tolist() == [2, 1, 0]
    data["item", "HAS_GENRE", "entity"].edge_index = torch.zeros((2, 0), dtype=torch.int64)
    assert item_rows(data) is None
    assert knowledge_degree(data) is None


def test_validation_chooses_one_setting_after_another():
    family = KNNFamily("content kNN", ("text", "audio"))
    goal = ColdKNNParams(weights=(3.0, 0.0), top=20, rare=0.25)

    def judge(setting: ColdKNNParams) -> float:
        wrong = sum(a != b for a, b in zip(setting.weights, goal.weights, strict=True))
        return -wrong - (setting.top != 20) - (setting.rare != 0.25) - (setting.prior != 0) - (setting.power != 1)

    found, value = choose(family, judge)
    assert (found, value) == (goal, 0)
    assert found.describe(family.parts) == "text 3, audio 0, top 20, rare 0.25"
    assert ColdKNNParams().describe(("text",)) == "plain sum"
    flat, _ = choose(family, lambda setting: 0.0)
    assert flat == ColdKNNParams(weights=(1.0, 1.0))


def test_families_follow_what_the_graph_has():
    data = HeteroData()
    data["item"].num_nodes = 4
    data["item"].text, data["item"].text_mask = TEXT, torch.ones(4, dtype=torch.bool)
    assert [f.name for f in Likeness(data).families()] == ["content kNN", "content ridge"]
    data["item"].audio, data["item"].audio_mask = TEXT, torch.ones(4, dtype=torch.bool)
    data["item", "HAS_GENRE", "entity"].edge_index = torch.tensor([[0, 1], [0, 0]])
    data["entity"].num_nodes = 1
    likeness = Likeness(data)
    assert isinstance(likeness.features["knowledge"], csr_array)
    assert [f.name for f in likeness.families()] == [
        "content kNN text", "content kNN audio", "content kNN", "knowledge kNN", "knowledge + content kNN",
        "content ridge", "knowledge ridge", "knowledge + content ridge",
    ]  # fmt: skip
