"""Two noised views of one vector find one another."""

from __future__ import annotations

from functools import partial

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from graphrec.common.pyg import HeteroData
from graphrec.config.settings import ModelSettings, TrainSettings
from graphrec.model import HeteroRecommender, Profiles
from graphrec.model.batch import TrainingBatch
from graphrec.model.contrastive import MOST, NOISE, contrast, info_nce, noised
from graphrec.model.loss import LOSSES, Loss, batch_loss
from graphrec.model.step import training_step


def units(n: int, dim: int = 4) -> torch.Tensor:
    torch.manual_seed(0)
    return F.normalize(torch.randn(n, dim), dim=1)


def lesson(users: torch.Tensor, items: torch.Tensor, asked: list[int]) -> TrainingBatch:
    row, item = torch.zeros(len(asked), dtype=torch.int64), torch.tensor(asked, dtype=torch.int64)
    told = torch.zeros(2, 0, dtype=torch.int64)
    return TrainingBatch(
        users, items, torch.zeros(len(items)), row, item, torch.ones(len(items), dtype=torch.bool), told
    )


def graph() -> HeteroData:
    torch.manual_seed(1)
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes = 20, 12
    pairs = (torch.rand(20, 12) < 0.4).nonzero().T
    edges = data["user", "LIKED", "item"]
    edges.edge_index, edges.edge_weight = pairs, torch.ones(pairs.shape[1])
    data["item"].text, data["item"].text_mask = torch.randn(12, 3), torch.ones(12, dtype=torch.bool)
    return data


def test_the_gradient_is_that_of_the_dense_form():
    one, other = units(5).double(), units(5).double().roll(1, 1)
    one.requires_grad_()
    other.requires_grad_()
    info_nce(one, other, 0.2).backward()

    share = (one @ other.T / 0.2).softmax(1).detach()
    pull = (share - torch.eye(5)) / 5 / 0.2
    assert torch.allclose(one.grad, pull @ other)
    assert torch.allclose(other.grad, pull.T @ one)


def test_alike_vectors_cost_the_logarithm_of_their_number():
    same = units(1).expand(7, -1)
    assert float(info_nce(same, same)) == pytest.approx(torch.tensor(7.0).log().item(), rel=1e-5)
    apart = torch.eye(7)
    assert info_nce(apart, apart) < info_nce(same, same)


def test_noise_turns_a_vector_a_little_and_keeps_its_signs():
    before = units(50, 64)
    after = noised(before)
    assert torch.allclose(after.norm(dim=1), torch.ones(50))
    assert torch.equal(after.sign(), before.sign())
    angle = torch.arccos((before * after).sum(1).clamp(max=1))
    assert float(angle.min()) > 0
    assert float(angle.max()) <= NOISE
    assert not torch.equal(noised(before), after)


def test_only_items_that_are_asked_about_are_contrasted():
    users, items = units(6).requires_grad_(), units(9).requires_grad_()
    contrast(lesson(users, items, [2, 5, 5, 7])).backward()
    assert users.grad.abs().sum(1).gt(0).all()
    assert items.grad.abs().sum(1).nonzero()[:, 0].tolist() == [2, 5, 7]


def test_a_step_without_answers_or_users_without_edges_are_no_trouble():
    users = torch.cat([units(3), torch.zeros(2, 4)]).requires_grad_()
    value = contrast(lesson(users, units(4), []))
    value.backward()
    assert value.isfinite()
    assert users.grad.isfinite().all()
    assert users.grad[3:].eq(0).all()
    assert contrast(lesson(torch.zeros(2, 4), units(4), [])) == 0


def test_no_more_than_some_are_contrasted():
    users = units(MOST + 100).requires_grad_()
    contrast(lesson(users, units(4), [])).backward()
    assert users.grad.abs().sum(1).gt(0).sum() == MOST


@pytest.mark.parametrize("loss", LOSSES)
def test_what_is_off_changes_no_digit_and_draws_no_number(loss: Loss):
    data = graph()
    profiles = Profiles.of(data)
    every = torch.ones(len(profiles.items), dtype=torch.bool)

    def gradients(train: TrainSettings | None) -> tuple[list[torch.Tensor], torch.Tensor]:
        torch.manual_seed(0)
        model = HeteroRecommender(data, profiles, ModelSettings(dim=4).decided(loss))
        ask = partial(model.training_batch, profiles, torch.arange(20), every)
        if train is None:
            batch_loss(loss, ask()).backward()
        else:
            training_step(model, ask, loss, train)
        return [p.grad for p in model.parameters() if p.grad is not None], torch.get_rng_state()

    bare, drawn = gradients(None)
    off, drawn_off = gradients(TrainSettings())
    assert all(torch.equal(a, b) for a, b in zip(bare, off, strict=True))
    assert torch.equal(drawn, drawn_off)
    on, drawn_on = gradients(TrainSettings(contrastive=0.1))
    assert not all(torch.equal(a, b) for a, b in zip(bare, on, strict=True))
    assert not torch.equal(drawn, drawn_on)
