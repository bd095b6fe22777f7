r"""The score of a user and an item, in the two forms that it has.

While a model is trained and chosen, the score is a sum of components (:func:`combined`): of the network, of the
``SIMILAR`` edges, of least squares, and of popularity for users who did little. A run keeps the same score folded into
vectors and edges (:class:`ItemTables`): :math:`s_{ui} = x_u · y_i + n_u^{-α} \sum_j B_{ji}`. Evaluation, publishing,
fold-in and updates all ask these; :mod:`graphrec.runs.user_scores` computes the same of one user without PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from graphrec.model.item_edges import along

if TYPE_CHECKING:
    from graphrec.model.profile_length import ProfileLengthWeights
    from graphrec.model.profiles import Interactions, UserItemCSR
    from graphrec.model.recommender import Component


@dataclass(frozen=True)
class ItemTables:
    """The items' side of the score.

    Attributes
    ----------
    item
        float32 ``[n_items, D]``: their vectors; those of users are as long.
    similar
        float32 ``[n_items, n_items]``, dense or CSR: the weighted ``SIMILAR`` edges; None where there are none.
    alpha
        Exponent of the users' degrees along the edges.
    spread
        float32 ``[n_items]``: what the scores along the edges are multiplied by; 1 each where None
        (:mod:`graphrec.model.cold_placement`).
    recency
        How many newer behaviours let one fade; 0: none does.
    """

    item: Tensor
    similar: Tensor | None = None
    alpha: float = 0.0
    spread: Tensor | None = None
    recency: float = 0.0

    def scores(self, vectors: Tensor, rows: UserItemCSR | None, users: Tensor) -> Tensor:
        """Return the scores of users, known to training or not, float32 ``[b, n_items]``.

        Parameters
        ----------
        vectors
            float32 ``[b, D]``: theirs.
        rows, users
            What users did, and which of its rows, int64 ``[b]``, are theirs; of use where there are edges alone.
        """
        scores: Tensor = vectors @ self.item.T
        if self.similar is None or rows is None:
            return scores
        sent = along(self.similar, rows.interactions(users, self.recency), self.alpha)
        return scores + (sent if self.spread is None else sent * self.spread)


def combined(
    network: Tensor,
    components: Mapping[Component, Callable[[Interactions], Tensor]],
    scales: Mapping[Component, float],
    done: Interactions,
    lengths: ProfileLengthWeights | None = None,
) -> Tensor:
    """Return the scores of users as the sum of their components, float32 ``[b, n_items]``.

    Parameters
    ----------
    network
        float32 ``[b, n_items]``: the network's scores, or zeros.
    components
        ``similar`` and ``als``, as far as there are any: what users did → scores, float32 ``[b, n_items]``.
    scales
        Component → what its scores count.
    done
        What the users did.
    lengths
        What network, least squares and popularity count by how much a user did; then ``als`` counts as these say.
    """
    scores = network
    if lengths is not None:
        factors = components.get("als")
        scores = lengths(scores, None if factors is None else factors(done), done)
    for name, scale in scales.items():
        if scale and not (lengths is not None and name == "als"):
            scores = scores + scale * components[name](done)
    return scores
