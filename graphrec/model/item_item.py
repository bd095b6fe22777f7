r"""``SIMILAR`` edges between items, in closed form.

The weights are those of EASE (Steck 2019) on the users' rows :math:`R = D_u^{-a} X`, with knowledge and content of the
items as additional rows (Jeunen et al. 2020 do so with item metadata):

.. math::

   G = R^\top (1 - ν + ν K) R + κ \sum_r T_r \mathrm{idf}_r T_r^\top + \sum_m μ_m (X_m X_m^\top)^{∘3}, \quad
   P = \left(G + λI + \tfrac{p}{1-p} \mathrm{diag}(R^\top R)\right)^{-1}, \quad
   B_{ij} = -P_{ij} / P_{jj}, \quad B_{jj} = 0

(the diagonal that grows with popularity is the dropout of Steck 2020; the cube of each cosine keeps its sign, shrinks
weak ones towards zero, and keeps the matrix positive). If times are known, :math:`K` is :math:`e^{-t/τ}` for two items
of a user with :math:`t - 1` others in between: interactions of one session are more informative about each other.

A user's own row is part of the data that the weights were fitted to. Training must not see its targets, so it excludes
these scores; their weight is chosen on validation afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from torch import Tensor, nn

from graphrec.graph.typed import Typed
from graphrec.model.content_vectors import standardised
from graphrec.model.entity_rows import entity_rows
from graphrec.model.profiles import Interactions, UserItemCSR

#: Above this number of items the dense item-item matrix would not fit a usual machine (4 bytes per pair, some copies).
MOST_ITEMS = 8_000
#: The τ of nearness: after this many pairs in between, the weight of two items for each other has fallen to 1/e.
NEARNESS = 10.0
#: Users scored at once to measure the scale.
_SAMPLE = 1024


@dataclass(frozen=True)
class ItemItemConfig:
    """Settings of the ``SIMILAR`` edges.

    ``content``: modality → :math:`μ_m`; ``knowledge``: :math:`κ`; ``near``: :math:`ν`. For sparse edges only: ``walk``,
    the weight of the edges of :mod:`graphrec.model.random_walk` relative to the others, and ``held``, the β of these.
    """

    ridge: float = 200.0
    knowledge: float = 0.3
    content: Mapping[str, float] = field(default_factory=dict)
    alpha: float = 0.5
    dropout: float = 0.33
    near: float = 0.0
    walk: float = 0.0
    held: float = 0.2

    def plain(self) -> dict[str, Any]:
        """Return plain data; ``ItemItemConfig(**config.plain())`` restores it."""
        return asdict(self) | {"content": dict(self.content)}


class GramMatrices:
    """The terms of :math:`G`, computed once for any number of settings.

    Parameters
    ----------
    data
        The training graph.
    pairs
        The target pairs of each user.
    knowledge
        Whether to use knowledge edges.
    """

    def __init__(self, data: Typed, pairs: UserItemCSR, knowledge: bool = True) -> None:
        self._knows = knowledge
        self.n_items = int(data["item"].num_nodes)
        self.data, self.pairs = data, pairs
        self._content: dict[str, Tensor] = {}
        self._knowledge: Tensor | None = None
        self._behaviour: dict[tuple[float, bool], Tensor] = {}

    @property
    def knowledge(self) -> Tensor | None:
        """float32 ``[n_items, n_items]``: idf-weighted number of shared entities; None without knowledge."""
        if self._knows and self._knowledge is None:
            for rows in entity_rows(self.data):
                gram = torch.from_numpy((rows.T @ rows).toarray())
                self._knowledge = gram if self._knowledge is None else self._knowledge.add_(gram)
        return self._knowledge

    def content(self, name: str) -> Tensor:
        """Return float32 ``[n_items, n_items]``: cubed cosines of one modality."""
        if name not in self._content:
            vectors = standardised(self.data, name)
            self._content[name] = (vectors @ vectors.T).pow_(3)
        return self._content[name]

    @property
    def timed(self) -> bool:
        """Whether the order of the pairs is known."""
        return self.pairs.age is not None

    def behaviour(self, alpha: float, near: bool = False) -> Tensor:
        r"""Return :math:`R^\top R`, or :math:`R^\top K R` if ``near``, float32 ``[n_items, n_items]``."""
        if (alpha, near) not in self._behaviour:
            self._behaviour[alpha, near] = (_nearness if near else _together)(self.pairs, self.n_items, alpha)
        return self._behaviour[alpha, near]

    def invert(self, config: ItemItemConfig, kind: torch.dtype = torch.float64) -> Tensor:
        """Return :math:`P`, float32 ``[n_items, n_items]``, computed in ``kind``."""
        gram = self.behaviour(config.alpha).clone()
        if config.near and self.timed:
            gram.mul_(1 - config.near).add_(self.behaviour(config.alpha, near=True), alpha=config.near)
        popularity = gram.diagonal().clone()
        if config.knowledge and self.knowledge is not None:
            gram.add_(self.knowledge, alpha=config.knowledge)
        for name, scale in config.content.items():
            if scale:
                gram.add_(self.content(name), alpha=scale)
        gram = gram.to(kind)
        gram.diagonal().add_(config.ridge + config.dropout / (1 - config.dropout) * popularity)
        return torch.cholesky_inverse(torch.linalg.cholesky(gram)).float()


class DenseItemItem(nn.Module):
    """Scores along ``SIMILAR`` edges, of unit deviation once :meth:`standardise` has been called.

    Parameters
    ----------
    inverse
        :math:`P`, float32 ``[n_items, n_items]``.
    alpha
        Exponent of the user's degree.
    pairs
        The target pairs that :math:`P` was fitted to.
    """

    def __init__(self, inverse: Tensor, alpha: float, pairs: UserItemCSR) -> None:
        super().__init__()
        self.alpha = alpha
        self.register_buffer("inverse", inverse, persistent=False)
        self.register_buffer("diagonal", inverse.diagonal().clone(), persistent=False)
        self.mean = float(_mean_degree(pairs.indptr) ** alpha)
        self.deviation = 1.0

    def standardise(self, pairs: UserItemCSR) -> DenseItemItem:
        """Divide all scores by their deviation over the users of ``pairs``; return these edges."""
        users = pairs.indptr.diff().nonzero()[:, 0]
        users = users[:: max(1, len(users) // _SAMPLE)]
        self.deviation = max(float(self(pairs.interactions(users)).std()) * self.deviation, 1e-6)
        return self

    def forward(self, done: Interactions) -> Tensor:
        """Return the scores ``[b, n_items]`` of users from their interactions."""
        weight = self.mean * done.normal(self.alpha)
        inverse = self.get_buffer("inverse")
        with torch.autocast(inverse.device.type, enabled=False):
            sent = F.embedding_bag(done.item, inverse, done.offsets, mode="sum", per_sample_weights=weight)
        scores = -sent / self.get_buffer("diagonal")
        return _add(scores, done.row, done.item, weight) / self.deviation  # the diagonal of B is zero

    def edges(self) -> Tensor:
        """Return the matrix, float32 ``[n_items, n_items]``, that a row of :meth:`rows` is multiplied by."""
        weights: Tensor = -self.get_buffer("inverse") / self.get_buffer("diagonal")
        weights.fill_diagonal_(0)
        return weights * (self.mean / self.deviation)


def _together(pairs: UserItemCSR, n_items: int, alpha: float) -> Tensor:
    rows = pairs.matrix(n_items, row_weights(pairs.indptr, alpha)[pairs.users])
    return torch.from_numpy((rows.T @ rows).toarray())


def _add(scores: Tensor, row: Tensor, item: Tensor, value: Tensor) -> Tensor:
    return scores.view(-1).scatter_add(0, row * scores.shape[1] + item, value).view_as(scores)


def _mean_degree(indptr: Tensor) -> float:
    counts = indptr.diff()
    return float(counts[counts > 0].float().mean())


def row_weights(indptr: Tensor, alpha: float) -> Tensor:
    """Return the weight of each pair of a user: degree to the power of -alpha, scaled to 1 for the average user."""
    return (_mean_degree(indptr) / indptr.diff().clamp(min=1).float()).pow(alpha)


def _nearness(pairs: UserItemCSR, n_items: int, alpha: float) -> Tensor:
    if pairs.age is None:
        raise ValueError("pairs without times have no order")
    drawn = _shuffled(pairs, n_items)
    order = drawn[torch.argsort((pairs.users * len(pairs.items) + pairs.age)[drawn], stable=True)]
    user, item = pairs.users[order], pairs.items[order]
    square = row_weights(pairs.indptr, alpha).square()[user]
    gram = torch.zeros(n_items * n_items)
    for apart in range(1, min(int(5 * NEARNESS), len(order))):  # beyond, less than a hundredth
        here = (user[apart:] == user[:-apart]).nonzero()[:, 0]
        gram.index_add_(0, item[here] * n_items + item[here + apart], square[here] * math.exp(-apart / NEARNESS))
    gram = gram.view(n_items, n_items)
    gram = gram + gram.T
    gram.diagonal().add_(torch.zeros(n_items).index_add(0, item, square))
    return gram


def _shuffled(pairs: UserItemCSR, n_items: int) -> Tensor:
    """Return a random order of the pairs, int64 ``[n]``, for simultaneous ones: theirs must carry no information.

    The order of a user's pairs depends on this user's items alone. Were it drawn for all pairs together, one pair less
    would order everybody's anew, and move all edges.
    """
    drawn = torch.randint(2**62, (n_items,), generator=torch.Generator().manual_seed(0))[pairs.items]
    mark = torch.zeros(len(pairs.indptr) - 1, dtype=torch.int64).index_add(0, pairs.users, drawn)
    return torch.argsort(drawn * (2 * mark[pairs.users] + 1), stable=True)  # modulo 2^64, where odd factors are unique
