r"""The score of a user and an item, in its two forms.

While a model is trained and selected, the score is a sum of components (:func:`combined`): the network, the ``SIMILAR``
edges, ALS, and popularity for users with few interactions. A run stores the same score folded into vectors and edges
(:class:`ItemTables`): :math:`s_{ui} = x_u · y_i + n_u^{-α} \sum_j B_{ji}`. Evaluation, publishing, fold-in and updates
all use these; :mod:`graphrec.runs.user_scores` computes the same for one user without PyTorch.
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
    """The item side of the score.

    Attributes
    ----------
    item
        float32 ``[n_items, D]``: item vectors, as long as user vectors.
    similar
        float32 ``[n_items, n_items]``, dense or CSR: the weighted ``SIMILAR`` edges; None if there are none.
    alpha
        Exponent of the user degrees along the edges.
    spread
        float32 ``[n_items]``: factors of the scores along the edges; None: all 1
        (:mod:`graphrec.model.cold_placement`).
    recency
        Number of newer behaviours after which one fades; 0: none fades.
    """

    item: Tensor
    similar: Tensor | None = None
    alpha: float = 0.0
    spread: Tensor | None = None
    recency: float = 0.0

    def scores(self, vectors: Tensor, rows: UserItemCSR | None, users: Tensor) -> Tensor:
        """Return the scores of any users, float32 ``[b, n_items]``.

        Parameters
        ----------
        vectors
            float32 ``[b, D]``: the user vectors.
        rows, users
            Interactions, and the rows, int64 ``[b]``, of these users; used only if there are edges.
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
        ``similar`` and ``als``, if present: interactions → scores, float32 ``[b, n_items]``.
    scales
        Component → weight of its scores.
    done
        The users' interactions.
    lengths
        Weights of network, ALS and popularity by profile length; these then replace the scale of ``als``.
    """
    scores = network
    if lengths is not None:
        factors = components.get("als")
        scores = lengths(scores, None if factors is None else factors(done), done)
    for name, scale in scales.items():
        if scale and not (lengths is not None and name == "als"):
            scores = scores + scale * components[name](done)
    return scores
