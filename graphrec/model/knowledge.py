r"""Knowledge as message passing: what an entity means comes from its own vector and from the items around it.

.. math::

   m_e = E_e + \mathrm{mean}_{j ∈ N(e)} Q_j, \qquad
   c_i = R^{-1/2} \sum_r \mathrm{softplus}(s_r) \sum_e Â^r_{ie} m_e

with :math:`Â^r` weighted by the entity's idf (one that marks every item says nothing) and rows of unit length, and one
learned scale a relation.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from graphrec.model.propagate import Adjacency, TypedConv


class Knowledge(nn.Module):
    """Messages from entities, and from related items, to items.

    Parameters
    ----------
    data
        The graph; its knowledge edges are those between ``item`` and ``entity`` in any combination.
    dim
        Width of the vectors.
    init
        Standard deviation of the entities' first vectors.
    """

    def __init__(self, data: HeteroData, dim: int, init: float) -> None:
        super().__init__()
        n_items = int(data["item"].num_nodes)
        n_entities = int(data["entity"].num_nodes) if "entity" in data.node_types else 0
        self.entity = nn.Parameter(torch.randn(n_entities, dim) * init)
        to_items: dict[str, Adjacency] = {}
        around: list[Tensor] = []
        between: list[Tensor] = []
        for kind in sorted(k for k in data.edge_types if "user" not in (k[0], k[2]) and not k[1].startswith("rev_")):
            edges = data[kind].edge_index
            if kind[0] == kind[2] == "entity":
                between.append(edges)
            elif kind[0] == kind[2] == "item":
                both = torch.cat([edges, edges.flip(0)], 1)
                to_items[f"{kind[1]}:related"] = _normalised(both[0], both[1], (n_items, n_items))
            else:
                item, entity = edges if kind[0] == "item" else edges.flip(0)
                to_items[f"{kind[1]}:{kind[0]}"] = _normalised(entity, item, (n_items, n_entities))
                around.append(torch.stack([item, entity]))
        self.relations = tuple(to_items)
        self.convs = nn.ModuleList([TypedConv(a) for a in to_items.values()])
        self._related = [name.endswith(":related") for name in to_items]
        self.scale = nn.Parameter(torch.zeros(len(to_items)))
        self.gather = TypedConv(_mean(torch.cat(around, 1), (n_entities, n_items))) if around else None
        self.between = None
        self.between_scale = nn.Parameter(torch.zeros(()))
        if between:
            edges = torch.cat(between, 1)
            self.between = TypedConv(_mean(torch.cat([edges, edges.flip(0)], 1), (n_entities, n_entities)))

    def forward(self, source: Tensor) -> Tensor:
        """Return the messages that reach the items, ``[n_items, d]``, given their source table."""
        entity = self.entity
        if self.gather is not None:
            entity = entity + self.gather(source)
        if self.between is not None:
            entity = entity + F.softplus(self.between_scale) * self.between(entity)
        scales = F.softplus(self.scale) / math.sqrt(max(len(self.convs), 1))
        total = torch.zeros_like(source)
        for conv, related, scale in zip(self.convs, self._related, scales, strict=True):
            total = total + scale * conv(source if related else entity)
        return total


def _mean(edges: Tensor, shape: tuple[int, int]) -> Adjacency:
    """Average the sources (second row of the result's shape) at each target; ``edges`` is (source, target)."""
    source, target = torch.unique(edges, dim=1)
    counts = torch.bincount(target, minlength=shape[0])
    return Adjacency(source, target, 1.0 / counts[target], shape)


def _normalised(source: Tensor, target: Tensor, shape: tuple[int, int]) -> Adjacency:
    """Weigh sources by their idf and give each target's row unit length."""
    source, target = torch.unique(torch.stack([source, target]), dim=1)
    frequency = torch.bincount(source, minlength=shape[1]).float()
    idf = torch.log(1 + shape[0] / frequency.clamp(min=1))[source]
    norm = torch.zeros(shape[0]).index_add(0, target, idf.square()).sqrt().clamp(min=1e-12)
    return Adjacency(source, target, idf / norm[target], shape)
