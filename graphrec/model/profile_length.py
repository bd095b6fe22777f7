r"""Component weights for users with few interactions, and popularity scores for them.

With :math:`w` the weights chosen on validation for profiles of about that length, and :math:`p_i` the standardised
logarithm of an item's number of users:

.. math:: s_{ui} = w_1 (z_u · h_i + b_i) + w_2 F_{ui} + w_3 p_i + S_{ui}

One interaction says little about a user, so popularity counts for more. The scores :math:`S` along ``SIMILAR`` edges
keep their scale and lose influence as the others grow: multiplying all scores of a user changes no order.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from graphrec.model.profiles import Interactions

#: The shortest profiles, as spans that begin at 1; longer ones have the overall weights.
SPANS = (1, 3, 7)


class ProfileLengthWeights(nn.Module):
    """Weights by the number of interactions.

    Parameters
    ----------
    counts
        ``[n_items]``: number of users per item.
    chosen
        Span → weights of the network, ALS and popularity.
    factors
        Weight of ALS for long profiles.
    """

    def __init__(self, counts: Tensor, chosen: Mapping[int, tuple[float, float, float]], factors: float) -> None:
        super().__init__()
        usual = (1.0, factors, 0.0)
        self.register_buffer("weights", torch.tensor([*(chosen.get(span, usual) for span in SPANS), usual]))
        self.register_buffer("popularity", popularity(counts))

    def of(self, size: Tensor) -> Tensor:
        """Return the weights, float32 ``[b, 3]``, of profiles of these lengths, int64 ``[b]``."""
        return by_length(self.get_buffer("weights"), size)

    def forward(self, network: Tensor, factors: Tensor | None, done: Interactions) -> Tensor:
        """Return the scores ``[b, n_items]`` of users with the interactions ``done``, without ``SIMILAR`` edges."""
        weights = self.of(done.row.bincount(minlength=len(done.offsets)))
        scores = weights[:, :1] * network + weights[:, 2:] * self.get_buffer("popularity")
        return scores if factors is None else scores + weights[:, 1:2] * factors


def by_length(table: Tensor, size: Tensor) -> Tensor:
    """Return the row of a table for each length, int64 ``[b]``: one per span of :data:`SPANS`, one for longer ones."""
    return table[torch.bucketize(size, torch.tensor(SPANS, device=size.device))]


def popularity(counts: Tensor) -> Tensor:
    """Return the logarithms of 1 + counts, centred, of unit deviation, float32 ``[n_items]``."""
    logarithm = counts.float().log1p()
    standard: Tensor = (logarithm - logarithm.mean()) / logarithm.std().clamp(min=1e-6)
    return standard
