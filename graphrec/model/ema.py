r"""The moving average of a model's weights over its steps: validates better, and moves less, than any one step does.

:math:`\bar w_t = β_t \bar w_{t-1} + (1 - β_t) w_t` with :math:`β_t = \min(β, (1 + t) / (10 + t))`, so that the first
steps do not linger (Polyak and Juditsky 1992, with exponential weights).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn


class EMA:
    """Follows the parameters of a model.

    Parameters
    ----------
    model
        The model, as it is at first.
    decay
        :math:`β`; 0 follows at once.
    state
        What :meth:`state` returned, to go on from there.
    """

    def __init__(self, model: nn.Module, decay: float, state: dict[str, Any] | None = None) -> None:
        self.decay = decay
        # By the names that files know them by.
        state_dict = model.state_dict(keep_vars=True)
        self._parameters = {name: value for name, value in state_dict.items() if isinstance(value, nn.Parameter)}
        self.steps = int(state["steps"]) if state else 0
        weights = state["weights"] if state else {}
        self.weights = {
            name: weights[name].to(value.device) if weights else value.detach().clone()
            for name, value in self._parameters.items()
        }

    @torch.no_grad()
    def update(self) -> None:
        """Take in the parameters as they are now."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for name, value in self._parameters.items():
            self.weights[name].lerp_(value, 1 - decay)

    def state(self) -> dict[str, Any]:
        """Return all that is needed to go on; the tensors are shared."""
        return {"steps": self.steps, "weights": self.weights}

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Let the model have the average as its parameters for a while."""
        own = {name: value.data for name, value in self._parameters.items()}
        try:
            for name, value in self._parameters.items():
                value.data = self.weights[name]
            yield
        finally:
            for name, value in self._parameters.items():
                value.data = own[name]
