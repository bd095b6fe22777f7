r"""Knowledge as message passing: an entity's message combines its own vector and the items around it.

.. math::

   m_e = E_e + \mathrm{mean}_{j ∈ N(e)} Q_j, \qquad
   c_i = R^{-1/2} \sum_r \mathrm{softplus}(s_r) \sum_e Â^r_{ie} m_e

with :math:`Â^r` weighted by the entity's idf (larger for rarer ones), rows of unit length, and one learned scale per
relation.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from torch import Tensor, nn

from graphrec.common.pyg import HeteroData
from graphrec.model.entity_rows import distinct_edges, weighted_edges
from graphrec.model.sparse_conv import Adjacency, TypedConv

#: Sources, targets and weights of the edges of one relation.
Edges = tuple[Tensor, Tensor, Tensor]


class Knowledge(nn.Module):
    """Messages from entities, and from related items, to items.

    Parameters
    ----------
    data
        The graph; its knowledge edges connect ``item`` and ``entity`` in any combination.
    dim
        Dimension of the vectors.
    init
        Standard deviation of the entities' initial vectors.
    """

    def __init__(self, data: HeteroData, dim: int, init: float) -> None:
        super().__init__()
        n_items = int(data["item"].num_nodes)
        place = _shared(data)
        n_entities = int(place.max()) + 1 if len(place) else 0
        n_senders = n_entities + n_items
        #: The entities with a row, int64 ``[n_rows]``.
        self.entities = (place >= 0).nonzero()[:, 0]
        self.entity = nn.Parameter(torch.randn(n_entities, dim) * init)
        relations: dict[str, Edges] = {}
        around: list[Tensor] = []
        between: list[Tensor] = []
        for kind in _kinds(data):
            edges = _renumbered(data, kind, place)
            if not edges.shape[1]:
                continue  # an empty relation must not weaken the others
            name = kind[1]
            if kind[0] == kind[2] == "entity":
                between.append(edges)
            elif kind[0] == kind[2] == "item":
                both = torch.cat([edges, edges.flip(0)], 1)
                # Related items follow the entities in the table of senders.
                relations[f"{name}:related"] = weighted_edges(both + _first_row(n_entities), n_items, n_senders)
            else:
                pair = edges.flip(0) if kind[0] == "item" else edges
                relations[f"{name}:{kind[0]}"] = weighted_edges(pair, n_items, n_senders)
                around.append(pair.flip(0))
        self.relations = tuple(relations)
        self.scale = nn.Parameter(torch.zeros(len(relations)))
        if relations:
            self._collect(list(relations.values()), n_items)
        self.gather = TypedConv(_mean(torch.cat(around, 1), (n_entities, n_items))) if around else None
        self.between_scale = nn.Parameter(torch.zeros(()))
        self.between = None
        if between:
            mutual = torch.cat([*between, *(edges.flip(0) for edges in between)], 1)
            self.between = TypedConv(_mean(mutual, (n_entities, n_entities)))

    def _collect(self, relations: list[Edges], n_items: int) -> None:
        """Combine the edges of all relations into one product whose columns are (relation, sender) pairs.

        One wide sparse product per step replaces one per relation, each of which would touch every entity: ten times
        less memory traffic on a graph with twenty relations.
        """
        width = 1 + max(int(source.max()) for source, _, _ in relations)
        keys = torch.cat([source + r * width for r, (source, _, _) in enumerate(relations)])
        columns, place = torch.unique(keys, return_inverse=True)
        target = torch.cat([target for _, target, _ in relations])
        weight = torch.cat([weight for _, _, weight in relations])
        self.register_buffer("sender", columns % width, persistent=False)
        self.register_buffer("relation", columns // width, persistent=False)
        self.to_items = TypedConv(Adjacency(place, target, weight, (n_items, len(columns))))

    def forward(self, source: Tensor) -> Tensor:
        """Return the messages to the items, ``[n_items, d]``, given their source table."""
        if not self.relations:
            return torch.zeros_like(source)
        received: Tensor = self.to_items(self.messages(source)[0])
        return received

    def messages(self, source: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return what is sent along each relation by each of its senders.

        Returns
        -------
        messages
            ``[n_messages, d]``.
        sender, relation
            int64 ``[n_messages]``: entities, then items behind them; indices of :attr:`relations`.
        """
        entity = self.entity
        if self.gather is not None:
            entity = entity + self.gather(source)
        if self.between is not None:
            entity = entity + F.softplus(self.between_scale) * self.between(entity)
        scales = F.softplus(self.scale) / math.sqrt(len(self.relations))
        sender, relation = self.get_buffer("sender"), self.get_buffer("relation")
        return torch.cat([entity, source])[sender] * scales[relation, None], sender, relation


def _shared(data: HeteroData) -> Tensor:
    """Return a new index for each entity with two or more neighbours, int64 ``[n_entities]``, and -1 for the others.

    An entity with a single item adds no information beyond that item. On MovieLens-100K two in three entities are such,
    and only cost time.
    """
    n_entities = int(data["entity"].num_nodes) if "entity" in data.node_types else 0
    ends = []
    for kind in _kinds(data):
        one, other = data[kind].edge_index
        if kind[0] == "entity":
            ends.append(torch.stack([one, other + n_entities * (kind[2] == "item")]))
        if kind[2] == "entity":
            ends.append(torch.stack([other, one + n_entities * (kind[0] == "item")]))
    distinct = torch.unique(torch.cat(ends, 1), dim=1)[0] if ends else torch.zeros(0, dtype=torch.int64)
    kept = torch.bincount(distinct, minlength=n_entities) > 1
    return torch.where(kept, kept.cumsum(0) - 1, -1)


def _renumbered(data: HeteroData, kind: tuple[str, str, str], place: Tensor) -> Tensor:
    """Return the edges of one type between the kept nodes."""
    one, other = data[kind].edge_index
    one = place[one] if kind[0] == "entity" else one
    other = place[other] if kind[2] == "entity" else other
    kept = (one >= 0) & (other >= 0)
    return torch.stack([one[kept], other[kept]])


def _kinds(data: HeteroData) -> list[tuple[str, str, str]]:
    """Return the types of the knowledge edges, each once."""
    return sorted(k for k in data.edge_types if "user" not in (k[0], k[2]) and not k[1].startswith("rev_"))


def has_knowledge(data: HeteroData) -> bool:
    """Whether any knowledge edge reaches an item; edges among entities alone have no effect."""
    return any("user" not in (k[0], k[2]) and "item" in (k[0], k[2]) for k in data.edge_types)


def _first_row(offset: int) -> Tensor:
    """Return the offset that shifts the sources of an edge list and keeps its targets."""
    return torch.tensor([[offset], [0]])


def _mean(edges: Tensor, shape: tuple[int, int]) -> Adjacency:
    """Average the sources at each target; ``edges`` holds (source, target), ``shape`` counts targets and sources."""
    source, target = distinct_edges(edges, shape[0])
    counts = torch.bincount(target, minlength=shape[0])
    return Adjacency(source, target, 1.0 / counts[target], shape)
