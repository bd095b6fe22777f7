"""Names in files stay what they were, whatever the attributes are called."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from graphrec.model.ema import EMA
from graphrec.model.profile_encoder import ProfileEncoder
from graphrec.model.stored_names import store_as


class Holder(nn.Module):
    """A module with a renamed module, whose parameters are renamed too."""

    def __init__(self) -> None:
        super().__init__()
        self.profile_encoder = ProfileEncoder(("SAW", "LIKED"), 1.0, shrinkage=True)
        self.other = nn.Linear(2, 1)
        store_as(self, {"profile_encoder": "reader"})


NAMES = {"reader.behaviour", "reader.doubt", "reader.recency", "reader.half_life", "other.weight", "other.bias"}


def test_states_have_the_old_names_and_are_read_by_them() -> None:
    one, other = Holder(), Holder()
    with torch.no_grad():
        for number, value in enumerate(one.parameters()):
            value.fill_(number)
    state = one.state_dict()
    assert set(state) == NAMES
    other.load_state_dict(state)
    assert set(state) == NAMES
    for before, after in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(before, after)


def test_a_state_that_lacks_something_is_refused_by_name() -> None:
    state = Holder().state_dict()
    del state["reader.doubt"]
    with pytest.raises(RuntimeError, match=r"profile_encoder\.shrinkage"):
        Holder().load_state_dict(state)


def test_the_average_of_the_weights_has_the_names_of_the_state() -> None:
    model = Holder()
    average = EMA(model, 0.5)
    assert set(average.weights) == NAMES - {"reader.recency", "reader.half_life"}
    average.weights["reader.doubt"] = torch.tensor(9.0)
    with average.applied():
        assert model.profile_encoder.shrinkage is not None
        assert float(model.profile_encoder.shrinkage.detach()) == 9
    assert float(model.profile_encoder.shrinkage.detach()) == 1
