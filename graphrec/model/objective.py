"""What training minimises: every item is ranked for every user of the batch; nothing is sampled."""

from __future__ import annotations

from typing import Literal

import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from torch import Tensor

Loss = Literal["mse", "softmax"]
LOSSES: tuple[Loss, ...] = ("mse", "softmax")


def objective(loss: Loss, scores: Tensor, row: Tensor, item: Tensor) -> Tensor:
    r"""Return the loss of a batch.

    Parameters
    ----------
    loss
        ``mse``: squared error against 1 for a target and 0 for anything else, summed over the items, averaged over the
        users. ``softmax``: cross-entropy over all items, a user with ``n`` targets counting :math:`n^{1/2}`
        (each target :math:`n^{-1/2}`), between one vote a user and one vote a behaviour.
    scores
        float32 ``[b, n_items]``.
    row, item
        int64 ``[n]``: the targets' places in ``scores``.
    """
    if loss == "mse":
        # |s - y|² = |s|² - 2 s·y + |y|², without a dense y.
        return (scores.square().sum() - 2 * scores[row, item].sum() + len(row)) / len(scores)
    counts = row.bincount(minlength=len(scores)).clamp(min=1)
    log_likelihood = F.log_softmax(scores, dim=1)[row, item]
    return -(log_likelihood * counts[row].float().pow(-0.5)).sum() / len(scores)
