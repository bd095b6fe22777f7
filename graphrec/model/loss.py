"""Training objectives: every item is ranked for every user of the batch, without negative sampling."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from graphrec.model.batch import TrainingBatch
from graphrec.model.softmax import cross_entropy

Loss = Literal["mse", "softmax"]
LOSSES: tuple[Loss, ...] = ("mse", "softmax")


def losses(asked: Loss | Literal["auto"]) -> tuple[Loss, ...]:
    """Return the objectives of a setting; ``auto`` means all."""
    return LOSSES if asked == "auto" else (asked,)


def batch_loss(loss: Loss, batch: TrainingBatch) -> Tensor:
    r"""Return the loss of a batch.

    Parameters
    ----------
    loss
        ``mse``: squared error against 1 for a target and 0 for anything else, summed over the items, averaged over the
        users. ``softmax``: cross-entropy over all items. A user with ``n`` targets weighs :math:`n^{1/2}` (each target
        :math:`n^{-1/2}`), between one vote per user and one vote per behaviour.
    batch
        Scores and targets; hidden scores enter neither loss.
    """
    row, item = batch.row, batch.item
    n_users = len(batch.users)
    if loss == "mse":
        scores = batch.scores.masked_fill(batch.hidden, 0.0)
        # |s - y|² = |s|² - 2 s·y + |y|², without a dense y.
        return (scores.square().sum() - 2 * scores[row, item].sum() + len(row)) / n_users
    counts = row.bincount(minlength=n_users).clamp(min=1)
    return cross_entropy(batch, counts[row].float().pow(-0.5) / n_users)
