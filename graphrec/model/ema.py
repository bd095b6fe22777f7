r"""Exponential moving average of a model's weights: validates better, and varies less, than the weights of one step.

:math:`\bar w_t = β_t \bar w_{t-1} + (1 - β_t) w_t` with :math:`β_t = \min(β, (1 + t) / (10 + t))`, so that the first
steps are soon forgotten (Polyak and Juditsky 1992, with exponential weights).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn


class EMA:
    """Tracks the average of a model's parameters.

    Parameters
    ----------
    model
        The model, in its initial state.
    decay
        :math:`β`; 0 copies the current weights.
    state
        Result of :meth:`state`, to continue from.
    """

    def __init__(self, model: nn.Module, decay: float, state: dict[str, Any] | None = None) -> None:
        self.decay = decay
        # Under the names used in files.
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
        """Update the average with the current parameters."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for name, value in self._parameters.items():
            self.weights[name].lerp_(value, 1 - decay)

    def state(self) -> dict[str, Any]:
        """Return everything needed to continue; the tensors are shared."""
        return {"steps": self.steps, "weights": self.weights}

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Use the average as the model's parameters temporarily."""
        own = {name: value.data for name, value in self._parameters.items()}
        try:
            for name, value in self._parameters.items():
                value.data = self.weights[name]
            yield
        finally:
            for name, value in self._parameters.items():
                value.data = own[name]
