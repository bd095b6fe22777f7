"""Content, neighbours, hops and SIMILAR edges on graphs small enough to work out by hand, or to refit."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from graphrec.common.pyg import HeteroData
from graphrec.config.settings import ContentSettings, ModelSettings
from graphrec.model import HeteroRecommender, Profiles, UserItemCSR
from graphrec.model.content import Content, Neighbours
from graphrec.model.hop import Hop
from graphrec.model.item_item import DenseItemItem, GramMatrices, ItemItemConfig
from graphrec.training.item_item_search import choose_item_item

FUSIONS = ("mean", "weighted", "concat", "gate", "attention")


def items() -> HeteroData:
    """Item 0 has text and image, 1 text alone, 2 image alone, 3 neither."""
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes = 3, 4
    rated = data["user", "RATED", "item"]
    rated.edge_index = torch.tensor([[0, 0, 1, 1, 2], [0, 1, 1, 2, 0]])
    rated.edge_weight = torch.ones(5)
    data["item"].text = torch.tensor([[3.0, 1.0], [1.0, 4.0], [0.0, 0.0], [0.0, 0.0]])
    data["item"].text_mask = torch.tensor([True, True, False, False])
    data["item"].image = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]])
    data["item"].image_mask = torch.tensor([True, False, True, False])
    return data


def content(fusion: str, **weights: float) -> Content:
    torch.manual_seed(0)
    return Content(items(), 4, ContentSettings(fusion=fusion, weights=weights), 0.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("fusion", FUSIONS)
def test_what_an_item_lacks_is_masked_and_the_rest_renormalised(fusion):
    fused = content(fusion)
    if fusion == "gate":
        torch.nn.init.normal_(fused.gates["text"].weight)
    elif fusion == "attention":
        torch.nn.init.normal_(fused.pool)
    weights = fused.weights()
    assert weights["text"][[1, 2, 3]].tolist() == [1, 0, 0]
    assert weights["image"][[1, 2, 3]].tolist() == [0, 1, 0]
    assert torch.isclose(weights["text"][0] + weights["image"][0], torch.tensor(1.0))
    message = fused()
    assert message[3].abs().sum() == 0
    assert message[:3].abs().sum(1).min() > 0


def test_an_absent_vector_never_speaks():
    """Whatever stands in the row of a modality that an item lacks, no message changes."""
    for fusion in FUSIONS:
        one = content(fusion)
        data = items()
        data["item"].text[2] = torch.tensor([9.0, -9.0])
        torch.manual_seed(0)
        other = Content(data, 4, ContentSettings(fusion=fusion), 0.5)  # type: ignore[arg-type]
        assert torch.equal(one(), other())


def test_mean_weighted_and_concat_by_hand():
    fused = content("mean")
    tokens = {n: fused.projections[n](fused.get_buffer(f"{n}_vectors")) for n in ("text", "image")}
    text, image = tokens["text"][0], tokens["image"][0]
    assert torch.allclose(fused()[0], (text + image) / 2)
    assert torch.allclose(content("weighted", text=3.0, image=1.0)()[0], 0.75 * text + 0.25 * image)
    assert torch.allclose(content("weighted", text=3.0, image=1.0)()[1], tokens["text"][1])
    assert torch.allclose(content("concat")()[0], text + image)
    assert torch.allclose(content("concat")()[1], tokens["text"][1] * 2**0.5)


def test_a_modality_of_no_weight_is_left_out():
    assert content("weighted", text=1.0, image=0.0).names == ["text"]


def test_a_gate_opens_to_what_it_has_learned():
    fused = content("gate")
    assert torch.allclose(fused.weights()["text"][0], torch.tensor(0.5))
    with torch.no_grad():
        fused.gates["text"].bias.fill_(2.0)
    assert torch.allclose(fused.weights()["text"][0], torch.sigmoid(torch.tensor(2.0)))


@pytest.mark.parametrize("fusion", ["gate", "attention"])
def test_learned_fusions_get_gradients(fusion):
    fused = content(fusion)
    fused()[0].sum().backward()
    parts = [fused.gates["text"].weight] if fusion == "gate" else [fused.pool, fused.query.weight, fused.value.weight]
    if fusion == "attention":  # the pool must move before what it pools by can
        parts = parts[::2]
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in parts)


def test_the_reading_of_a_language_model_stands_alone():
    data = items()
    data["item"].reading = torch.randn(4, 5)
    data["item"].reading_mask = torch.ones(4, dtype=torch.bool)
    assert Content(data, 4, ContentSettings(fusion="llm"), 0.5).names == ["reading"]
    assert Content(data, 4, ContentSettings(), 0.5).names == ["text", "image"]


def test_neighbours_send_by_likeness():
    data = HeteroData()
    data["item"].num_nodes = 4
    data["item"].text = torch.tensor([[1.0, 0.0], [1.0, 0.2], [-1.0, 0.0], [0.0, 0.0]])
    data["item"].text_mask = torch.tensor([True, True, True, False])
    part = Neighbours(data, ContentSettings(), 1)
    received = part(torch.eye(4)) / F.softplus(part.scale)
    assert received[0].tolist() == [0, 1, 0, 0]
    assert received[1].tolist() == [1, 0, 0, 0]
    assert received[2].sum() == 0  # nothing is like it: a negative cosine does not speak
    assert received[3].sum() == 0


def test_a_hop_is_there_and_back_over_the_edges_that_are_kept():
    profiles = Profiles.of(items())
    hop = Hop(profiles, 4)
    keep = torch.tensor([1.0, 1.0, 1.0, 0.0, 1.0])  # user 1 and item 2 are cut
    dense = torch.zeros(3, 4)
    dense[[0, 0, 1, 2], [0, 1, 1, 0]] = 1
    norm = dense / (dense.sum(1, keepdim=True).clamp(min=1e-6) * dense.sum(0).clamp(min=1e-6)).sqrt()
    table = torch.randn(4, 3, requires_grad=True)
    out = hop(table, hop.edges(keep))
    assert torch.allclose(out, norm.T @ norm @ table, atol=1e-5)
    direction = torch.randn(4, 3)
    found = torch.autograd.grad((out * direction).sum(), table)[0]
    assert torch.allclose(found, norm.T @ norm @ direction, atol=1e-5)


def behaviour(seed: int = 0) -> tuple[HeteroData, UserItemCSR, torch.Tensor]:
    torch.manual_seed(seed)
    dense = torch.rand(40, 12) < 0.3
    users, places = dense.nonzero(as_tuple=True)
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes, data["entity"].num_nodes = 40, 12, 3
    data["item", "HAS_GENRE", "entity"].edge_index = torch.tensor([[0, 1, 2, 3, 3], [0, 0, 1, 1, 2]])
    data["item"].text, data["item"].text_mask = torch.randn(12, 5), torch.ones(12, dtype=torch.bool)
    return data, UserItemCSR.of_pairs(users, places, 40, 12), dense.float()


MIX = ItemItemConfig(ridge=5.0, knowledge=0.5, content={"text": 2.0}, alpha=0.5, dropout=0.0)


def dense_fit(data: HeteroData, x: torch.Tensor, mean: float) -> torch.Tensor:
    """EASE with side information, by its formula."""
    rows = x * (mean / x.sum(1, keepdim=True).clamp(min=1)) ** 0.5
    shared = torch.zeros(12, 3)
    shared[tuple(data["item", "HAS_GENRE", "entity"].edge_index)] = 1
    idf = torch.log(1 + 12 / shared.sum(0))
    text = F.normalize(data["item"].text - data["item"].text.mean(0), dim=1)
    gram = rows.T @ rows + 0.5 * (shared * idf) @ shared.T + 2.0 * (text @ text.T) ** 3
    inverse = torch.linalg.inv((gram + 5.0 * torch.eye(12)).double()).float()
    weights = -inverse / inverse.diagonal()
    return weights.fill_diagonal_(0)


def test_the_edges_are_those_of_the_formula():
    data, pairs, x = behaviour()
    similar = DenseItemItem(GramMatrices(data, pairs).invert(MIX), MIX.alpha, pairs).standardise(pairs)
    mean = float(x.sum(1)[x.sum(1) > 0].mean())
    rows = x * (mean / x.sum(1, keepdim=True).clamp(min=1)) ** 0.5
    scores = similar(pairs.interactions(torch.arange(40)))
    assert torch.allclose(scores * similar.deviation, rows @ dense_fit(data, x, mean), atol=1e-4)
    assert abs(scores.std() - 1) < 0.1
    normal = x * x.sum(1, keepdim=True).clamp(min=1) ** -0.5
    assert torch.allclose(normal @ similar.edges(), scores, atol=1e-4)


def test_the_mix_is_the_one_that_validates_best():
    data, pairs, _ = behaviour()
    grams = GramMatrices(data, pairs)
    tried: list[float] = []

    def judge(similar: DenseItemItem) -> float:
        tried.append(float(similar.get_buffer("diagonal").sum()))
        return -tried[-1]

    mix = choose_item_item(grams, ["text"], judge)
    best = DenseItemItem(grams.invert(mix), mix.alpha, pairs)
    assert float(best.get_buffer("diagonal").sum()) == min(tried)
    assert choose_item_item(GramMatrices(data, pairs, knowledge=False), [], judge).knowledge == 0


def model(data: HeteroData, **settings: object) -> tuple[HeteroRecommender, Profiles]:
    torch.manual_seed(0)
    profiles = Profiles.of(data)
    shape = ModelSettings(dim=4, init=0.5, **settings).decided("softmax")  # type: ignore[arg-type]
    return HeteroRecommender(data, profiles, shape), profiles


def test_dropped_edges_are_what_is_predicted_and_kept_ones_are_hidden():
    net, profiles = model(items(), dropout=0.5)
    net.train()
    torch.manual_seed(0)
    everything = torch.ones(5, dtype=torch.bool)
    lesson = net.training_batch(profiles, torch.arange(3), everything)
    asked = set(zip(lesson.row.tolist(), lesson.item.tolist(), strict=True))
    told = set(map(tuple, lesson.hidden[:, :3].nonzero().tolist()))
    assert asked
    assert told
    assert asked | told == {(0, 0), (0, 1), (1, 1), (1, 2), (2, 0)}
    assert not asked & told
    assert lesson.hidden[:, 3].all()  # nobody has tried it: neither an answer nor a wrong one


def test_nothing_of_a_dropped_edge_is_in_the_score():
    """With all edges dropped, what is left of a user is nothing but the biases."""
    net, profiles = model(items(), dropout=0.999999)
    net.train()
    lesson = net.training_batch(profiles, torch.arange(3), torch.ones(5, dtype=torch.bool))
    assert torch.allclose(lesson.scores, lesson.scores[:1].expand_as(lesson.scores), atol=1e-6)


def test_an_item_that_nobody_tried_is_what_it_is_made_of():
    data = items()
    data["item"].text[3], data["item"].text_mask[3] = torch.tensor([2.0, 2.0]), True
    net, _ = model(data, hops=0, neighbours=0)
    with torch.no_grad():
        net.bias.fill_(5.0)
        net.appeal.fill_(1.0)
    source, _, bias = net.items()
    made = net.content()[3]
    assert torch.allclose(source[3], made)
    assert torch.isclose(bias[3], made.sum())
    assert torch.isclose(bias[0], 5.0 + net.content()[0].sum())


def test_dropped_identities_leave_the_content():
    net, _ = model(items(), hops=0, neighbours=0)
    source, _, _ = net.items(known=torch.zeros(4, dtype=torch.bool))
    assert torch.equal(source, net.content())
