r"""Contrast: two noised views of the same vector are to find one another among all others of a step.

.. math::

   \hat u_a = \frac{u + η\, \mathrm{sign}(u) ⊙ ε_a}{‖·‖}, \quad u = \frac{v}{‖v‖}, \quad
   ε_a = \frac{r}{‖r‖},\; r ∼ U(0, 1)^d, \qquad
   L = -\frac{1}{n} \sum_i \log \frac{e^{\hat u_{ia} · \hat u_{ib} / τ}}{\sum_j e^{\hat u_{ia} · \hat u_{jb} / τ}}

The loss is InfoNCE (van den Oord et al. 2018), the noise that of SimGCL and XSimGCL (Yu et al. 2022, 2023): it turns a
vector a little and never moves it out of its orthant. Vectors are pushed apart, so that fewer of them crowd around what
everybody likes.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from torch import Tensor

from graphrec.model.batch import TrainingBatch

#: What the cosines are divided by (τ).
TEMPERATURE = 0.2
#: Length of the noise on a vector of length one (η).
NOISE = 0.1
#: Users, and items, of a step that are contrasted, at most.
MOST = 1024


def contrast(batch: TrainingBatch) -> Tensor:
    """Return InfoNCE among the users of a step plus InfoNCE among the items that are to be predicted, a scalar."""
    asked = batch.item.bincount(minlength=len(batch.items)) > 0
    return _among(batch.users) + _among(batch.items[asked])


def info_nce(one: Tensor, other: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """Return how badly each row of ``one`` finds its own among the rows of ``other``; 0 where there are none.

    Parameters
    ----------
    one, other
        float32 ``[n, d]``, of unit length.
    temperature
        What the cosines are divided by.
    """
    cosines = one @ other.T / temperature
    own = torch.arange(len(one), device=one.device)
    return F.cross_entropy(cosines, own, reduction="sum") / max(1, len(one))


def noised(vectors: Tensor, noise: float = NOISE) -> Tensor:
    """Return vectors of unit length ``[n, d]``, each turned at random by about ``noise`` radians at most."""
    direction = F.normalize(torch.rand_like(vectors), dim=1)
    return F.normalize(vectors + noise * vectors.sign() * direction, dim=1)


def _among(vectors: Tensor) -> Tensor:
    # A user of whom the step shows nothing has no direction.
    vectors = vectors[(vectors != 0).any(1)]
    if len(vectors) > MOST:
        vectors = vectors[torch.randperm(len(vectors), device=vectors.device)[:MOST]]
    units = F.normalize(vectors.float(), dim=1)
    return info_nce(noised(units), noised(units))
