"""What training minimises: every item is ranked for every user of the batch; nothing is sampled."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from graphrec.model.batch import Lesson
from graphrec.model.softmax import cross_entropy

Loss = Literal["mse", "softmax"]
LOSSES: tuple[Loss, ...] = ("mse", "softmax")


def losses(asked: Loss | Literal["auto"]) -> tuple[Loss, ...]:
    """Return the objectives that a setting stands for; ``auto`` for all."""
    return LOSSES if asked == "auto" else (asked,)


def objective(loss: Loss, lesson: Lesson) -> Tensor:
    r"""Return the loss of a batch.

    Parameters
    ----------
    loss
        ``mse``: squared error against 1 for a target and 0 for anything else, summed over the items, averaged over the
        users. ``softmax``: cross-entropy over all items, a user with ``n`` targets counting :math:`n^{1/2}`
        (each target :math:`n^{-1/2}`), between one vote a user and one vote a behaviour.
    lesson
        Scores and targets; hidden scores count for neither.
    """
    row, item = lesson.row, lesson.item
    n_users = len(lesson.users)
    if loss == "mse":
        scores = lesson.scores.masked_fill(lesson.hidden, 0.0)
        # |s - y|² = |s|² - 2 s·y + |y|², without a dense y.
        return (scores.square().sum() - 2 * scores[row, item].sum() + len(row)) / n_users
    counts = row.bincount(minlength=n_users).clamp(min=1)
    return cross_entropy(lesson, counts[row].float().pow(-0.5) / n_users)
