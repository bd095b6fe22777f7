"""The adversary shifts content where that hurts most."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from graphrec.common.pyg import HeteroData
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import ContentSettings, ModelSettings, TrainSettings
from graphrec.evaluation.split import SplitSettings, make_split, training_graph
from graphrec.model import HeteroRecommender, Profiles
from graphrec.model.adversarial import REACH, backward, worst
from graphrec.model.loss import batch_loss
from graphrec.model.step import training_step
from graphrec.training.checkpoint import TrainingState
from graphrec.training.trainer import Trainer

N_USERS, N_ITEMS = 30, 12


def graph() -> HeteroData:
    """Thirty users, twelve items; texts of all but the last one, images of the first six."""
    torch.manual_seed(1)
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes = N_USERS, N_ITEMS
    pairs = (torch.rand(N_USERS, N_ITEMS) < 0.5).nonzero().T
    edges = data["user", "LIKED", "item"]
    edges.edge_index, edges.edge_weight = pairs, torch.ones(pairs.shape[1])
    data["item"].text, data["item"].text_mask = torch.randn(N_ITEMS, 3), torch.arange(N_ITEMS) < N_ITEMS - 1
    data["item"].image, data["item"].image_mask = torch.randn(N_ITEMS, 5), torch.arange(N_ITEMS) < 6
    return data


def build(fusion: str = "mean") -> tuple[HeteroRecommender, partial]:
    torch.manual_seed(0)
    data = graph()
    profiles = Profiles.of(data)
    content = ContentSettings(fusion=fusion)
    model = HeteroRecommender(data, profiles, ModelSettings(dim=4, init=0.5).decided("softmax"), content)
    every = torch.ones(len(profiles.items), dtype=torch.bool)
    return model, partial(model.training_batch, profiles, torch.arange(N_USERS), every)


def gradients(model: HeteroRecommender) -> dict[str, torch.Tensor]:
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def test_the_shift_is_the_gradients_direction_however_small_that_is():
    vectors = torch.zeros(3, 2, requires_grad=True)
    vectors.grad = torch.tensor([[3.0, 4.0], [0.0, 0.0], [-1e-12, 0.0]])
    assert torch.allclose(worst({"text": vectors}, 0.5)["text"], torch.tensor([[0.3, 0.4], [0.0, 0.0], [-0.5, 0.0]]))


@pytest.mark.parametrize("fusion", ["mean", "concat", "gate", "attention"])
def test_the_shift_has_its_length_and_raises_the_loss(fusion: str):
    model, lesson = build(fusion)
    model.train()
    seen: list[dict[str, torch.Tensor]] = []
    values: list[float] = []

    def loss() -> torch.Tensor:
        seen.append({name: model.content.get_buffer(f"{name}_vectors").detach().clone() for name in ("text", "image")})
        value = batch_loss("softmax", lesson())
        values.append(float(value.detach()))
        return value

    before = dict(model.content.named_buffers())
    backward(loss, model.content, 1.0)
    assert values[1] > values[0]
    for name, buffer in model.content.named_buffers():
        assert buffer is before[name]
    for name in ("text", "image"):
        shift = (seen[1][name] - seen[0][name]).norm(dim=1)
        mask = model.content.get_buffer("mask")[:, model.content.names.index(name)]
        assert torch.allclose(shift[mask], torch.full_like(shift[mask], REACH), rtol=1e-4)
        assert shift[~mask].eq(0).all()


def test_both_losses_see_the_same_dropped_edges():
    """Without reach the adversary is the loss once more."""
    plain, lesson = build()
    torch.manual_seed(5)
    batch_loss("softmax", lesson()).backward()
    drawn = torch.get_rng_state()
    attacked, lesson = build()
    torch.manual_seed(5)
    backward(lambda: batch_loss("softmax", lesson()), attacked.content, 1.0, reach=0.0)
    assert torch.equal(torch.get_rng_state(), drawn)
    once, twice = gradients(plain), gradients(attacked)
    assert once.keys() == twice.keys()
    assert all(torch.allclose(2 * once[name], twice[name], rtol=1e-4, atol=1e-7) for name in once)


def test_without_content_there_is_nothing_to_attack():
    data = graph()
    del data["item"].text, data["item"].image
    profiles = Profiles.of(data)
    every = torch.ones(len(profiles.items), dtype=torch.bool)

    def found(train: TrainSettings) -> dict[str, torch.Tensor]:
        torch.manual_seed(0)
        model = HeteroRecommender(data, profiles, ModelSettings(dim=4).decided("softmax"))
        training_step(model, partial(model.training_batch, profiles, torch.arange(N_USERS), every), "softmax", train)
        return gradients(model)

    off, on = found(TrainSettings()), found(TrainSettings(adversarial=1.0))
    assert all(torch.equal(off[name], on[name]) for name in off)


@pytest.mark.parametrize(
    "extra", [{"contrastive": 0.1}, {"adversarial": 1.0}, {"contrastive": 0.1, "adversarial": 1.0}]
)
def test_a_resumed_training_is_as_never_interrupted(extra: dict[str, float]):
    data = graph()
    split = make_split(data, SplitSettings(), GraphSchema(behaviours={"LIKED": Behaviour()}))
    train = TrainSettings(epochs=4, batch=8, **extra)
    learnt = training_graph(data, split)

    def fit() -> Trainer:
        return Trainer(learnt, split, ModelSettings(dim=4), train, torch.device("cpu"))

    def figures(lines: list[dict]) -> list[dict]:
        return [{name: value for name, value in line.items() if name != "seconds"} for line in lines]

    whole = TrainingState("softmax")
    uninterrupted = list(fit().run(whole))
    begun = TrainingState("softmax")
    run = fit().run(begun)
    first = [next(run), next(run)]
    torch.rand(3)
    rest = list(fit().run(begun))
    assert figures(first + rest) == figures(uninterrupted)
    assert all(torch.equal(whole.weights[name], begun.weights[name]) for name in whole.weights)
    bare = TrainingState("softmax")
    train = TrainSettings(epochs=4, batch=8)
    list(fit().run(bare))
    assert not all(torch.equal(whole.weights[name], bare.weights[name]) for name in whole.weights)
