"""The gradient of one step: the objective, plus the terms that the settings add."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from graphrec.config.settings import TrainSettings
from graphrec.model import HeteroRecommender
from graphrec.model.adversarial import backward
from graphrec.model.batch import TrainingBatch
from graphrec.model.contrastive import contrast
from graphrec.model.loss import Loss, batch_loss


def training_step(
    model: HeteroRecommender, batch: Callable[[], TrainingBatch], loss: Loss, train: TrainSettings
) -> Tensor:
    """Add the gradient of a step to the parameters' gradients.

    A term that is off costs nothing and draws no random number.

    Parameters
    ----------
    model
        The model.
    batch
        Computes the training data of the step.
    loss
        The objective.
    train
        ``contrast`` and ``adversary`` are used; without content there is no adversary.

    Returns
    -------
    Tensor
        The objective plus the contrastive term, a scalar.
    """
    kind = model.bias.device.type

    def ask() -> Tensor:
        with torch.autocast(kind, torch.bfloat16, enabled=kind == "cuda"):
            seen = batch()
        value = batch_loss(loss, seen)
        return value + train.contrastive * contrast(seen) if train.contrastive else value

    if train.adversarial and model.content is not None:
        return backward(ask, model.content, train.adversarial)
    value = ask()
    torch.autograd.backward(value)
    return value
