r"""``SIMILAR`` edges of a private training: least squares on noisy co-occurrences, with public knowledge and content.

As in :mod:`graphrec.model.item_item`, with :math:`R^\top R` replaced by its noisy, shrunk estimate
(:mod:`graphrec.privacy.statistics`) and users' rows of length 1. The regularisation grows with the noise; how much, and
the weights of knowledge and content, were chosen once, on MovieLens-100K: choosing them on the data at hand would have
to be paid for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from graphrec.model.item_item import DenseItemItem, GramMatrices, ItemItemConfig
from graphrec.privacy.statistics import ItemStatistics

#: Regularisation without noise, and what is added per unit of noise.
RIDGE, RIDGE_OF_NOISE = 2.5, 2.5
#: Weights of shared knowledge and of each modality's likeness.
KNOWLEDGE, CONTENT = 0.003, 0.1


@dataclass(frozen=True)
class PrivateEdges:
    """The edges, with the deviation of their scores as the statistics tell it.

    Attributes
    ----------
    edges
        The edges; their scores have the scale of the least squares.
    config
        Their settings, on the scale of rows of length 1.
    deviation
        Of the scores of all users and items, estimated from the co-occurrences.
    """

    edges: DenseItemItem
    config: ItemItemConfig
    deviation: float


def private_edges(
    matrices: GramMatrices, statistics: ItemStatistics, names: Sequence[str], n_users: int
) -> PrivateEdges:
    """Return the edges.

    Parameters
    ----------
    matrices
        The Gram matrices of knowledge and content; that of behaviour is not asked for.
    statistics
        The noisy statistics.
    names
        The modalities to use.
    n_users
        Number of users.
    """
    config = ItemItemConfig(
        ridge=RIDGE + RIDGE_OF_NOISE * statistics.noise,
        knowledge=KNOWLEDGE if matrices.knowledge is not None else 0.0,
        content=dict.fromkeys(names, CONTENT),
    )
    behaviour = torch.from_numpy(statistics.gram)
    gram = behaviour.clone()
    if matrices.knowledge is not None:
        gram += config.knowledge * matrices.knowledge
    for name, scale in config.content.items():
        gram += scale * matrices.content(name)
    popularity = behaviour.diagonal().clamp(min=0)
    gram.diagonal().add_(config.ridge + config.dropout / (1 - config.dropout) * popularity)
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(gram)).float()
    edges = DenseItemItem(inverse, config.alpha, matrices.pairs)
    edges.mean = 1.0  # not the users' mean degree, which nothing has noised
    return PrivateEdges(edges, config, deviation_of(edges.edges(), behaviour.float(), n_users))


def deviation_of(edges: Tensor, behaviour: Tensor, n_users: int) -> float:
    """Return the root mean square of users' scores along edges, from the co-occurrences of their items."""
    squares = ((behaviour @ edges) * edges).sum() / (max(n_users, 1) * len(edges))
    return max(float(squares.clamp(min=0).sqrt()), 1e-9)
