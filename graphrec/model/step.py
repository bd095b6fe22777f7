"""One step's gradient: the objective, and what the settings add to it."""

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

    What is off costs nothing and draws no random number.

    Parameters
    ----------
    model
        The model.
    batch
        What computes what the step sees.
    loss
        The objective.
    train
        ``contrast`` and ``adversary`` count; without content there is nothing to attack.

    Returns
    -------
    Tensor
        The objective with the contrast, a scalar.
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
