"""What a profile holds of dislikes and of time, and how it is read: known answers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from graphrec.common.pyg import HeteroData
from graphrec.config.settings import ModelSettings
from graphrec.graph.conflicts import latest_preference
from graphrec.graph.typed import NO_TIME
from graphrec.model import HeteroRecommender, Profiles
from graphrec.model.hop import Hop
from graphrec.model.profile_encoder import UNWANTED, ProfileEncoder
from graphrec.model.profiles import faded
from graphrec.model.user_encoder import UserEncoder
from graphrec.training.selection import HALF_LIVES, choose_half_lives
from tests.training.test_selection import bench

DAY = 86_400
Given = dict[str, list[tuple[int, int, int]]]
#: User 0 likes 0 and 1 and dislikes 2; user 1 likes 2.
PLAIN: Given = {"LIKED": [(0, 0, 10 * DAY), (0, 1, 4 * DAY), (1, 2, DAY)], "SKIPPED": [(0, 2, 8 * DAY)]}


def graph(given: Given, negative: tuple[str, ...] = ("SKIPPED",), indirect: tuple[str, ...] = ()) -> HeteroData:
    """Two users and three items; type → user, item, time."""
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes = 2, 3
    for kind, rows in given.items():
        store = data["user", kind, "item"]
        users, items, times = torch.tensor(rows, dtype=torch.int64).reshape(-1, 3).T
        store.edge_index, store.time = torch.stack([users, items]), times
        store.edge_weight = torch.ones(len(rows))
        if kind in negative:
            store.negative = True
        if kind in indirect:
            store.indirect = True
    return data


@pytest.mark.parametrize(
    ("liked", "skipped", "wanted"),
    [(1, 2, False), (2, 1, True), (2, 2, True), (NO_TIME, 1, True), (1, NO_TIME, True), (NO_TIME, NO_TIME, True)],
)
def test_a_pair_is_what_its_last_behaviour_says(liked: int, skipped: int, wanted: bool):
    data = graph({"LIKED": [(0, 1, liked), (1, 1, 5)], "SKIPPED": [(0, 1, skipped)]})
    profiles = Profiles.of(data)
    assert profiles.weights.tolist() == [[1, 0] if wanted else [0, 1], [1, 0]]
    assert profiles.wanted.tolist() == [wanted, True]
    assert profiles.only({"LIKED"}).indptr.tolist() == [0, int(wanted), int(wanted) + 1]
    left = latest_preference(data)
    assert left["user", "LIKED", "item"].num_edges == 1 + wanted
    assert left["user", "SKIPPED", "item"].num_edges == 1 - wanted


def test_to_search_for_what_is_like_an_item_takes_back_no_dislike():
    given: Given = {"SEARCHED": [(0, 1, 9)], "SKIPPED": [(0, 1, 2)], "LIKED": [(0, 0, 1)]}
    both = Profiles.of(graph(given, indirect=("SEARCHED",)))
    assert (both.behaviours, both.weights[1].tolist()) == (("LIKED", "SEARCHED", "SKIPPED"), [0, 1, 1])
    assert Profiles.of(graph(given)).weights[1].tolist() == [0, 1, 0]


def test_a_graph_without_dislikes_is_left_alone():
    data = graph(PLAIN, negative=())
    assert latest_preference(data) is data
    assert Profiles.of(data).wanted.all()


def test_a_dislike_is_subtracted_and_the_degree_stays_positive():
    profiles, source = Profiles.of(graph(PLAIN)), torch.eye(3)
    reader = ProfileEncoder(profiles.behaviours, 1.0, negative=profiles.negative)
    z = reader(profiles, torch.tensor([0, 1]), source).z
    degree = 2 - UNWANTED
    assert torch.allclose(z[0], torch.tensor([1.0, 1.0, UNWANTED]) / degree)
    assert torch.allclose(z[1], torch.tensor([0.0, 0.0, 1.0]))
    with torch.no_grad():
        reader.behaviour_logits.copy_(torch.tensor([-9.0, 9.0]))  # type: ignore[union-attr]
    assert reader.scales()[0] > 0 > reader.scales()[1]
    alone = Profiles.of(graph({"LIKED": [], "SKIPPED": [(0, 2, 1)]}))
    assert torch.allclose(reader(alone, torch.tensor([0]), source).z, torch.tensor([[0.0, 0.0, -1.0]]))


def test_dislikes_travel_along_no_hop_and_try_no_item():
    profiles = Profiles.of(graph({"LIKED": [(0, 0, 1), (0, 1, 1), (1, 1, 1)], "SKIPPED": [(1, 2, 1)]}))
    hop, table = Hop(profiles, 3), torch.eye(3)
    found = hop(table, hop.edges())
    assert found[2].tolist() == [0, 0, 0]
    assert found[0, 1] > 0
    assert torch.equal(hop(table, hop.edges(torch.ones(4))), found)
    data = graph({"LIKED": [(0, 0, 1), (0, 1, 1), (1, 1, 1)], "SKIPPED": [(1, 2, 1)]})
    model = HeteroRecommender(data, profiles, ModelSettings(dim=4).decided("softmax"))
    assert model.get_buffer("warm_items").tolist() == [True, True, False]


def test_days_are_counted_from_the_users_own_newest_behaviour():
    given = PLAIN | {"OPENED": [(0, 0, 2 * DAY), (0, 0, 3 * DAY), (1, 0, NO_TIME)]}
    profiles = Profiles.of(graph(given))
    assert profiles.behaviours == ("LIKED", "OPENED", "SKIPPED")
    assert profiles.days is not None
    assert profiles.days.tolist() == [[0, 7, 0], [6, 0, 0], [0, 0, 2], [0, 0, 0], [0, 0, 0]]
    shown = profiles.among(torch.tensor([False, True, True, True, True]))
    assert shown.days is not None
    assert shown.days.tolist() == profiles.days[1:].tolist()
    assert Profiles.of(graph({"LIKED": [(0, 0, NO_TIME)]})).days is None


def test_half_a_life_halves_what_a_type_counts_but_not_in_training():
    profiles, source = Profiles.of(graph({"LIKED": PLAIN["LIKED"], "OPENED": [(0, 1, 7 * DAY)]}, ())), torch.eye(3)
    reader = ProfileEncoder(profiles.behaviours, 0.0)
    plain = reader(profiles, torch.tensor([0]), source).z
    reader.half_life.copy_(torch.tensor([3.0, 0.0]))
    assert torch.equal(reader(profiles, torch.tensor([0]), source).z, plain)  # a fresh module trains
    reader.train(False)
    assert torch.allclose(reader(profiles, torch.tensor([0]), source).z, torch.tensor([[1.0, 0.25 + 1, 0.0]]))
    assert reader.half_lives() == {"LIKED": 3.0, "OPENED": None}
    assert faded(torch.tensor([[3.0, 9.0]]), torch.tensor([3.0, 0.0])).tolist() == [[0.5, 1.0]]


def test_without_weights_every_wanted_pair_counts_one():
    given = PLAIN | {"OPENED": [(0, 0, 1), (0, 0, 2), (0, 0, 3)]}
    profiles, source = Profiles.of(graph(given)), torch.eye(3)
    reader = ProfileEncoder(profiles.behaviours, 1.0, negative=profiles.negative, weighted=False)
    assert torch.allclose(reader(profiles, torch.tensor([0]), source).z, torch.tensor([[0.5, 0.5, 0.0]]))
    assert reader.weights() == {"LIKED": 1.0, "OPENED": 1.0, "SKIPPED": 0.0}
    assert not list(reader.parameters())


@pytest.mark.parametrize("weighted", [True, False])
def test_an_encoder_that_is_kept_reads_as_before(weighted: bool):
    profiles, source = Profiles.of(graph(PLAIN)), torch.randn(3, 4)
    reader = ProfileEncoder(profiles.behaviours, 0.5, negative=profiles.negative, weighted=weighted)
    reader.half_life.copy_(torch.tensor([5.0, 2.0]))
    made = UserEncoder(reader, source, torch.tensor([[1.0, 0.0, 0.0]]), None)
    again = UserEncoder.from_tensors(made.tensors(), profiles.behaviours)
    done = profiles.only({"LIKED"})
    assert torch.equal(again(profiles, done), made(profiles, done))
    assert again.profile_encoder.negative == {"SKIPPED"}
    old = {name: value for name, value in made.tensors().items() if name != "reader.half_life"}
    assert UserEncoder.from_tensors(old, profiles.behaviours).profile_encoder.half_lives() == {
        "LIKED": None,
        "SKIPPED": None,
    }


def test_with_one_type_only_the_sum_is_without_what_is_predicted():
    profiles = Profiles.of(graph({"LIKED": PLAIN["LIKED"]}, ()))
    model = HeteroRecommender(graph({"LIKED": PLAIN["LIKED"]}, ()), profiles, ModelSettings(dim=4).decided("mse"))
    model.settings = ModelSettings(dim=4, dropout=0.0).decided("mse")
    source, target, bias = model.items()
    scores = model.training_batch(profiles, torch.tensor([0]), torch.ones(3, dtype=torch.bool)).scores
    assert torch.allclose(scores[0, 0], source[1] @ target[0] / 2 + bias[0], atol=1e-6)


def test_a_half_life_is_chosen_where_it_is_surely_better():
    judge, truth = bench()
    noise = {days: torch.randn(40, 30) for days in (0.0, *HALF_LIVES)}

    def score(tried: Sequence[float]) -> torch.Tensor:
        return truth * float(tried[1] == 30) + noise[tried[1]] * 0.1

    assert choose_half_lives(judge, [0.0, 0.0], [0, 1], score) == [0.0, 30.0]
    assert choose_half_lives(judge, [7.0, 0.0], [], score) == [7.0, 0.0]
    assert choose_half_lives(judge, [0.0], [0], lambda tried: truth + noise[tried[0]] * 0.01) == [0.0]
