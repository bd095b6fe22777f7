r"""Contrastive loss: two noised views of a vector must identify each other among all others of a step.

.. math::

   \hat u_a = \frac{u + η\, \mathrm{sign}(u) ⊙ ε_a}{‖·‖}, \quad u = \frac{v}{‖v‖}, \quad
   ε_a = \frac{r}{‖r‖},\; r ∼ U(0, 1)^d, \qquad
   L = -\frac{1}{n} \sum_i \log \frac{e^{\hat u_{ia} · \hat u_{ib} / τ}}{\sum_j e^{\hat u_{ia} · \hat u_{jb} / τ}}

The loss is InfoNCE (van den Oord et al. 2018), the noise that of SimGCL and XSimGCL (Yu et al. 2022, 2023): it turns a
vector a little and never moves it out of its orthant. Vectors are pushed apart, so fewer of them crowd around popular
items.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from torch import Tensor

from graphrec.model.batch import TrainingBatch

#: Temperature: the cosines are divided by it (τ).
TEMPERATURE = 0.2
#: Length of the noise on a unit vector (η).
NOISE = 0.1
#: Most users, and most items, contrasted per step.
MOST = 1024


def contrast(batch: TrainingBatch) -> Tensor:
    """Return InfoNCE among the users of a step plus InfoNCE among its target items, a scalar."""
    asked = batch.item.bincount(minlength=len(batch.items)) > 0
    return _among(batch.users) + _among(batch.items[asked])


def info_nce(one: Tensor, other: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """Return the InfoNCE loss of each row of ``one`` finding its partner in ``other``; 0 for no rows.

    Parameters
    ----------
    one, other
        float32 ``[n, d]``, of unit length.
    temperature
        Divisor of the cosines.
    """
    cosines = one @ other.T / temperature
    own = torch.arange(len(one), device=one.device)
    return F.cross_entropy(cosines, own, reduction="sum") / max(1, len(one))


def noised(vectors: Tensor, noise: float = NOISE) -> Tensor:
    """Return unit vectors ``[n, d]``, each turned at random by at most about ``noise`` radians."""
    direction = F.normalize(torch.rand_like(vectors), dim=1)
    return F.normalize(vectors + noise * vectors.sign() * direction, dim=1)


def _among(vectors: Tensor) -> Tensor:
    # A user without visible interactions in the step has no direction.
    vectors = vectors[(vectors != 0).any(1)]
    if len(vectors) > MOST:
        vectors = vectors[torch.randperm(len(vectors), device=vectors.device)[:MOST]]
    units = F.normalize(vectors.float(), dim=1)
    return info_nce(noised(units), noised(units))
