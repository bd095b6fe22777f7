r"""The heterogeneous graph neural network.

Messages travel entity → item → user, and user–item links are scored by inner product::

    entity ──knowledge──▶ item ──behaviour──▶ user ──score──▶ item
       ▲───────────────────┘                   ▲─social─┘

An item has two tables: what it says about the users who touched it (``source``), and what it looks for in a user
(``target``); one table for both is a worse recommender. A user has no parameters: a user is what they did. The edge
that is to be predicted is taken out of the sum exactly:

.. math::

   q_i = Q_i + c_i, \quad h_i = H_i + c_i, \quad
   z_u = d_u^{-α} \sum_j a_{uj} q_j, \quad d_u = \sum_j a_{uj}, \quad
   s_{ui} = z_u · h_i + b_i - d_u^{-α} a_{ui}\, q_i · h_i
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from graphrec.config import ModelSettings
from graphrec.model.knowledge import Knowledge
from graphrec.model.profiles import Profiles, Rows

MODALITIES = ("text", "image", "audio")


class HeteroRecommender(nn.Module):
    """Scores user–item links by message passing over behaviour, knowledge and social edges.

    Parameters
    ----------
    data
        A graph as :func:`graphrec.graph.export` makes it. Behaviour edges are not read here: they come as
        :class:`Profiles`, so that the same weights serve other users.
    behaviours
        The types of behaviour, in the order of the profiles' columns.
    settings
        The model's shape.
    """

    def __init__(self, data: HeteroData, behaviours: tuple[str, ...], settings: ModelSettings) -> None:
        super().__init__()
        self.settings, self.behaviours = settings, behaviours
        n_items, dim = int(data["item"].num_nodes), settings.dim
        self.source = nn.Parameter(torch.randn(n_items, dim) * settings.init)
        self.target = nn.Parameter(torch.randn(n_items, dim) * settings.init)
        self.bias = nn.Parameter(torch.zeros(n_items))
        self.behaviour = nn.Parameter(torch.zeros(len(behaviours)))
        self.projections = nn.ModuleDict()
        if settings.content:
            for name in MODALITIES:
                if name in data["item"]:
                    self._add_modality(name, data["item"][name], data["item"][f"{name}_mask"])
        self.knowledge = Knowledge(data, dim, settings.init) if settings.knowledge and _has_knowledge(data) else None
        friends = [data[k].edge_index for k in data.edge_types if k[0] == k[2] == "user"]
        self.social = bool(friends)
        if friends:
            self.social_scale = nn.Parameter(torch.zeros(()))
            known = _mutual(torch.cat(friends, 1), int(data["user"].num_nodes))
            self.register_buffer("friends_indptr", known.indptr, persistent=False)
            self.register_buffer("friends", known.items, persistent=False)

    def _add_modality(self, name: str, vectors: Tensor, mask: Tensor) -> None:
        projection = nn.Linear(vectors.shape[1], self.settings.dim, bias=False)
        nn.init.normal_(projection.weight, std=self.settings.init)
        self.projections[name] = projection
        # What all items share says nothing about any of them, and would only slow the rest.
        centred = (vectors - vectors[mask].mean(0)) * mask[:, None]
        self.register_buffer(f"{name}_vectors", F.normalize(centred, dim=1), persistent=False)
        self.register_buffer(f"{name}_mask", mask.float()[:, None], persistent=False)

    def items(self) -> tuple[Tensor, Tensor]:
        """Return the source and target tables ``q`` and ``h``, each ``[n_items, d]``."""
        shared = torch.zeros((), device=self.bias.device)
        if self.projections:
            masks = [self.get_buffer(f"{name}_mask") for name in self.projections]
            parts = [
                projection(self.get_buffer(f"{name}_vectors")) * mask
                for (name, projection), mask in zip(self.projections.items(), masks, strict=True)
            ]
            # The mean over the modalities that an item has; an item without any gets no content message.
            shared = shared + torch.stack(parts).sum(0) / torch.stack(masks).sum(0).clamp(min=1)
        if self.knowledge is not None:
            shared = shared + self.knowledge(self.source)
        return self.source + shared, self.target + shared

    def users(self, profiles: Profiles, users: Tensor, source: Tensor) -> Tensor:
        """Return ``z``, ``[len(users), d]``, from all that the users did."""
        return self._propagate(profiles, users, source, drop=False)[0]

    def forward(self, profiles: Profiles, users: Tensor) -> Tensor:
        """Return the scores ``[len(users), n_items]`` as training sees them: messages dropped, targets excluded."""
        source, target = self.items()
        z, row, item, message = self._propagate(profiles, users, source, self.training)
        with torch.autocast(z.device.type, enabled=False):  # what is subtracted must be what was summed
            scores = z @ target.float().T + self.bias
            own = message * (source * target).sum(1).float()[item]
        flat = row * scores.shape[1] + item
        return scores.view(-1).scatter_add(0, flat, -own).view_as(scores)

    def behaviour_weights(self) -> dict[str, float]:
        """Return the learned weight of each type of behaviour, 1 being what it began with."""
        return dict(zip(self.behaviours, self._scales().tolist(), strict=True))

    def _scales(self) -> Tensor:
        return F.softplus(self.behaviour) / math.log(2)

    def _propagate(
        self, profiles: Profiles, users: Tensor, source: Tensor, drop: bool
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return ``z`` with, for each pair: its row, its item, and the weight that its message had."""
        z, row, item, message = self._own(profiles, users, source, drop)
        if self.social:
            z = z + F.softplus(self.social_scale) * self._social(profiles, users, source)
        return z, row, item, message

    def _own(
        self, profiles: Profiles, users: Tensor, source: Tensor, drop: bool
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return what reaches the users from the items they touched, and the messages as in :meth:`_propagate`."""
        offsets, row, pair = profiles.rows(users)
        item = profiles.items[pair]
        # Not a matrix product: autocast would round it to bfloat16.
        weight = (profiles.weights[pair] * self._scales()).sum(1)
        degree = torch.zeros(len(users), device=weight.device).index_add(0, row, weight)
        message = weight * degree.clamp(min=1e-6).pow(-self.settings.alpha)[row]
        if drop:
            message = F.dropout(message, self.settings.dropout)
        with torch.autocast(source.device.type, enabled=False):
            z = F.embedding_bag(item, source.float(), offsets, mode="sum", per_sample_weights=message)
        return z, row, item, message

    def _social(self, profiles: Profiles, users: Tensor, source: Tensor) -> Tensor:
        """Return the mean of the friends' own vectors, ``[len(users), d]``; zero for the friendless."""
        friends = Rows(self.get_buffer("friends_indptr"), self.get_buffer("friends"))
        _, row, place = friends.rows(users)
        known, where = torch.unique(friends.items[place], return_inverse=True)
        z = self._own(profiles, known, source, drop=False)[0]
        count = torch.bincount(row, minlength=len(users)).clamp(min=1)[:, None]
        return torch.zeros(len(users), z.shape[1], device=z.device).index_add(0, row, z[where]) / count


def _has_knowledge(data: HeteroData) -> bool:
    """Whether any knowledge edge reaches an item; edges among entities alone would have nobody to tell."""
    return any("user" not in (k[0], k[2]) and "item" in (k[0], k[2]) for k in data.edge_types)


def _mutual(edges: Tensor, n_users: int) -> Rows:
    """Return who is tied to whom, in both directions. Nobody is their own friend: that would show them the answer."""
    both = torch.cat([edges, edges.flip(0)], dim=1)
    one, other = both[:, both[0] != both[1]]
    return Rows.of_pairs(one, other, n_users, n_users)
