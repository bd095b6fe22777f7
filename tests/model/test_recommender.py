"""The model on graphs small enough to work out by hand."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from graphrec.common.pyg import HeteroData
from graphrec.config.settings import ModelSettings
from graphrec.model import HeteroRecommender, Profiles, softmax
from graphrec.model.batch import TrainingBatch
from graphrec.model.loss import batch_loss
from graphrec.model.sparse_conv import Adjacency, TypedConv


def graph() -> HeteroData:
    """Two users, three items, two entities; user 0 did items 0 (twice) and 1, user 1 did item 2; they are friends."""
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes, data["entity"].num_nodes = 2, 3, 2
    bought = data["user", "BOUGHT", "item"]
    bought.edge_index, bought.edge_weight = torch.tensor([[0, 0, 1], [0, 1, 2]]), torch.tensor([1.0, 1.0, 3.0])
    saw = data["user", "SAW", "item"]
    saw.edge_index, saw.edge_weight = torch.tensor([[0], [0]]), torch.tensor([1.0])
    data["item", "HAS_GENRE", "entity"].edge_index = torch.tensor([[0, 1, 2], [0, 0, 1]])
    data["entity", "rev_HAS_GENRE", "item"].edge_index = torch.tensor([[0, 0, 1], [0, 1, 2]])
    data["item", "HAS_SEQUEL", "item"].edge_index = torch.tensor([[0], [2]])
    data["user", "FRIEND_OF", "user"].edge_index = torch.tensor([[0], [1]])
    data["item"].text = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    data["item"].text_mask = torch.tensor([True, True, False])
    return data


def build(data: HeteroData, **settings: object) -> tuple[HeteroRecommender, Profiles]:
    torch.manual_seed(0)
    profiles = Profiles.of(data)
    shape = ModelSettings(dim=4, init=0.5, **settings).decided("mse")  # type: ignore[arg-type]
    return HeteroRecommender(data, profiles, shape), profiles


def lesson(model: HeteroRecommender, profiles: Profiles, users: list[int]) -> TrainingBatch:
    """What training sees of some users, every pair being one to learn."""
    return model.training_batch(profiles, torch.tensor(users), torch.ones(len(profiles.items), dtype=torch.bool))


def without_friends() -> HeteroData:
    data = graph()
    del data["user", "FRIEND_OF", "user"]
    return data


def test_profiles_hold_each_pair_once_with_a_weight_a_behaviour():
    profiles = Profiles.of(graph())
    assert profiles.behaviours == ("BOUGHT", "SAW")
    assert profiles.indptr.tolist() == [0, 2, 3]
    assert profiles.items.tolist() == [0, 1, 2]
    assert profiles.weights.tolist() == [[1, 1], [1, 0], [2, 0]]  # log2(1 + strength)


def test_rows_of_users_in_any_order():
    offsets, row, pair = Profiles.of(graph()).rows(torch.tensor([1, 0]))
    assert (offsets.tolist(), row.tolist(), pair.tolist()) == ([0, 1], [0, 1, 1], [2, 0, 1])


def test_a_user_is_the_mean_of_what_they_did():
    model, profiles = build(without_friends())
    source, _, _ = model.items()
    z = model.users(profiles, torch.tensor([0, 1]), source)
    assert torch.allclose(z[0], (2 * source[0] + source[1]) / 3)
    assert torch.allclose(z[1], source[2])


def test_alpha_one_half_is_the_symmetric_norm():
    model, profiles = build(without_friends(), alpha=0.5)
    source, _, _ = model.items()
    z = model.users(profiles, torch.tensor([0]), source)
    assert torch.allclose(z[0], (2 * source[0] + source[1]) / math.sqrt(3))


def test_the_target_edge_is_excluded_exactly():
    model, profiles = build(without_friends(), dropout=0.0)
    model.train()
    source, target, bias = model.items()
    scores = lesson(model, profiles, [0, 1]).scores
    # For item 0, user 0 is what is left of them without it; for item 2, which they never touched, all of them.
    assert torch.isclose(scores[0, 0], source[1] @ target[0] + bias[0])
    assert torch.isclose(scores[0, 2], (2 * source[0] + source[1]) / 3 @ target[2] + bias[2])
    assert torch.isclose(scores[1, 2], bias[2], atol=1e-5)


def test_dropped_messages_are_neither_sent_nor_excluded():
    model, profiles = build(without_friends(), dropout=0.9)
    model.train()
    source, target, _ = model.items()
    torch.manual_seed(1)
    scores = lesson(model, profiles, [1] * 200).scores[:, 0]
    # One message, scaled by 1 / (1 - p) when it is sent at all.
    sent = source[2] @ target[0] * 10
    assert {round(v, 3) for v in scores.tolist()} == {0.0, round(sent.item(), 3)}


def test_friends_send_the_mean_of_their_own():
    model, profiles = build(graph())
    source, _, _ = model.items()
    z = model.users(profiles, torch.tensor([0, 1]), source)
    own = [(2 * source[0] + source[1]) / 3, source[2]]
    scale = math.log(2)  # softplus(0)
    assert torch.allclose(z[0], own[0] + scale * own[1])
    assert torch.allclose(z[1], own[1] + scale * own[0])


def test_knowledge_messages_by_hand():
    model, _ = build(graph(), content=False)
    source, target, bias = model.items()
    entity, q = model.knowledge.entity, model.source
    assert len(entity) == 1  # what only item 2 knows has nothing to tell
    messages = [entity[0] + (q[0] + q[1]) / 2]
    scale = math.log(2) / math.sqrt(2)  # two relations
    # Item 0: its genre, and its sequel (rows of one sender have unit length); item 1: its genre alone.
    assert torch.allclose(source[0] - q[0], scale * (messages[0] + q[2]), atol=1e-6)
    assert torch.allclose(source[1] - q[1], scale * messages[0], atol=1e-6)
    assert torch.allclose(source[2] - q[2], scale * q[0], atol=1e-6)
    assert torch.allclose(target - model.target, source - model.source, atol=1e-6)
    with torch.no_grad():
        model.appeal.fill_(1.0)
    assert torch.allclose(model.items()[2], bias + (source - q).sum(1), atol=1e-6)


def test_entities_of_one_item_alone_say_nothing():
    data = graph()
    data["item", "HAS_GENRE", "entity"].edge_index = torch.tensor([[0, 1], [0, 1]])
    del data["item", "HAS_SEQUEL", "item"], data["entity", "rev_HAS_GENRE", "item"]
    model, _ = build(data, content=False)
    assert len(model.knowledge.entity) == 0
    assert torch.equal(model.items()[0], model.source)
    data["entity", "PART_OF", "entity"].edge_index = torch.tensor([[0], [1]])  # now both have a second neighbour
    model, _ = build(data, content=False)
    assert len(model.knowledge.entity) == 2


def test_items_without_content_get_no_content_message():
    model, _ = build(graph(), knowledge=False)
    source, _, _ = model.items()
    assert torch.equal(source[2], model.source[2])
    assert not torch.allclose(source[0], model.source[0])


def test_users_and_friends_without_behaviour_get_zero():
    data = graph()
    data["user"].num_nodes = 4
    data["user", "FRIEND_OF", "user"].edge_index = torch.tensor([[2], [3]])
    model, profiles = build(data)
    source, _, _ = model.items()
    assert model.users(profiles, torch.tensor([2, 3]), source).abs().sum() == 0
    assert model.users(profiles, torch.tensor([0, 2]), source)[0].abs().sum() > 0
    assert torch.equal(lesson(model, profiles, [2]).scores[0], model.items()[2])


def test_switches_leave_parts_out():
    model, _ = build(graph(), content=False, knowledge=False)
    assert model.knowledge is None
    assert model.content is None
    assert model.neighbours is None
    assert model.appeal is None
    source, _, _ = model.items()
    assert torch.equal(source, model.source)


def test_nobody_is_their_own_friend():
    data = graph()
    data["user", "FRIEND_OF", "user"].edge_index = torch.tensor([[0], [0]])
    model, profiles = build(data)
    source, _, _ = model.items()
    assert torch.allclose(model.users(profiles, torch.tensor([0]), source)[0], (2 * source[0] + source[1]) / 3)


def test_knowledge_among_entities_alone_reaches_nobody():
    data = graph()
    for kind in [k for k in data.edge_types if "item" in (k[0], k[2]) and "user" not in (k[0], k[2])]:
        del data[kind]
    data["entity", "SUBCLASS_OF", "entity"].edge_index = torch.tensor([[0], [1]])
    model, _ = build(data)
    assert model.knowledge is None


def test_pairs_of_some_behaviours():
    rows = Profiles.of(graph()).only({"SAW"})
    assert (rows.indptr.tolist(), rows.items.tolist()) == ([0, 1, 1], [0])


def test_messages_travel_along_edges_and_back():
    """The fused product equals PyG's own gather and scatter, forward and backward."""
    torch.manual_seed(0)
    source, target = torch.randint(50, (300,)), torch.randint(20, (300,))
    keys = torch.unique(source * 20 + target)
    source, target = keys // 20, keys % 20
    weight = torch.rand(len(source))
    x = torch.randn(50, 8, requires_grad=True)
    fused = TypedConv(Adjacency(source, target, weight, (20, 50)))(x)
    naive = torch.zeros(20, 8).index_add(0, target, x[source] * weight[:, None])
    assert torch.allclose(fused, naive, atol=1e-5)
    direction = torch.randn(20, 8)
    one = torch.autograd.grad((fused * direction).sum(), x)[0]
    other = torch.autograd.grad((naive * direction).sum(), x)[0]
    assert torch.allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("hops", [0, 1])
def test_a_lesson_under_autocast_is_close(hops: int):
    """What a GPU runs in bfloat16, on the CPU."""
    model, profiles = build(graph(), hops=hops, dropout=0.0, neighbours=1)
    model.train(False)
    exact = lesson(model, profiles, [0, 1]).scores
    with torch.autocast("cpu", torch.bfloat16):
        coarse = lesson(model, profiles, [0, 1]).scores
    assert coarse.dtype == torch.float32
    assert torch.allclose(exact, coarse, atol=0.1)


def test_pairs_that_are_not_to_be_learned_are_no_answers():
    model, profiles = build(without_friends(), dropout=0.0)
    found = model.training_batch(profiles, torch.tensor([1, 0]), torch.tensor([True, False, True]))
    assert (found.row.tolist(), found.item.tolist()) == ([0, 1], [2, 0])
    assert not found.hidden.any()


@pytest.mark.parametrize("friends", [False, True])
def test_a_dropped_pair_might_as_well_not_be(friends: bool):
    """With hops: the scores of a graph in which a pair is dropped are those of the graph that lacks it."""
    whole = graph() if friends else without_friends()
    fewer = graph() if friends else without_friends()
    fewer["user", "BOUGHT", "item"].edge_index = torch.tensor([[0, 1], [0, 2]])
    fewer["user", "BOUGHT", "item"].edge_weight = torch.tensor([1.0, 3.0])
    model, profiles = build(whole, hops=2, dropout=0.5)
    bare, fewer_profiles = build(fewer, hops=2, dropout=0.0)
    model.train(True)
    bare.train(True)
    # Item 1 has been tried in one of the graphs alone, which is not what is asked here.
    bare.warm_items.fill_(True)
    wanted = torch.tensor([True, False, True])
    seed = next(s for s in range(100) if torch.equal(torch.manual_seed(s) and torch.rand(3) >= 0.5, wanted))
    torch.manual_seed(seed)
    found, left = lesson(model, profiles, [0, 1]), lesson(bare, fewer_profiles, [0, 1])
    assert (found.row.tolist(), found.item.tolist()) == ([0], [1])
    assert torch.allclose(found.scores, left.scores, atol=1e-6)
    assert found.hidden.tolist() == [[True, False, False], [False, False, True]]


def random_lesson(*, own: bool = False) -> TrainingBatch:
    """Three users, the last without targets and with everything hidden; four items, the last one untried."""
    torch.manual_seed(0)
    users, items, bias = torch.randn(3, 2), torch.randn(4, 2), torch.randn(4)
    tables = [table.requires_grad_() for table in (users, items, bias)]
    told = torch.tensor([[1, 2, 2, 2], [2, 0, 1, 2]])
    value = (torch.tensor([[0, 1], [1, 0]]), torch.randn(2).requires_grad_()) if own else None
    tried = torch.tensor([True, True, True, False])
    return TrainingBatch(*tables, torch.tensor([1, 0, 0]), torch.tensor([0, 1, 2]), tried, told, value)


@pytest.mark.parametrize("block", [4, 1000])
@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("loss", ["mse", "softmax"])
def test_objectives_and_their_gradients_equal_their_dense_forms(loss, own, block, monkeypatch):
    monkeypatch.setattr(softmax, "BLOCK_ELEMENTS", block)
    found, dense = random_lesson(own=own), random_lesson(own=own)
    y = torch.zeros(3, 4)
    y[dense.row, dense.item] = 1
    if loss == "mse":
        expected = (dense.scores - y).square()[~dense.hidden].sum() / 3
    else:
        likelihood = F.log_softmax(dense.scores.masked_fill(dense.hidden, -1e9), 1)[y == 1]
        expected = -(likelihood * torch.tensor([2**-0.5, 2**-0.5, 1])).sum() / 3
    value = batch_loss(loss, found)
    assert torch.isclose(value, expected)
    for one in (value, expected):
        (2 * one).backward()
    pairs = [(found.users, dense.users), (found.items, dense.items), (found.bias, dense.bias)]
    if found.self_terms and dense.self_terms:
        pairs.append((found.self_terms[1], dense.self_terms[1]))
    for mine, theirs in pairs:
        assert theirs.grad.abs().max() > 0
        assert torch.allclose(mine.grad, theirs.grad, atol=1e-6)
