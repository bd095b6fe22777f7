r"""The heterogeneous graph neural network.

Messages travel entity → item → user, between items that are alike, and user–item links are scored by inner product
and along ``SIMILAR`` edges::

    entity ──knowledge──▶ item ──behaviour──▶ user ──score──▶ item
       ▲───────────────────┘ ▲─neighbour─┘    ▲─social─┘
                             └──behaviour, back and forth (hops)

An item has two tables: what it says about the users who touched it (``source``), and what it looks for in a user
(``target``); on sparse graphs one table for both is better (``tied``). A user has no parameters: a user is what they
did. Training must not show a user the edge that is to be predicted. Without hops it is taken out of the sum exactly:

.. math::

   q_i = Q_i + c_i, \quad h_i = H_i + c_i, \quad
   z_u = d_u^{-α} \sum_j a_{uj} q_j, \quad d_u = \sum_j a_{uj}, \quad
   s_{ui} = z_u · h_i + b_i + v S_{ui} + w F_{ui} - d_u^{-α} a_{ui}\, q_i · h_i

With hops a share of all edges is dropped from the graph each step, and the dropped ones are what is predicted. The
scores :math:`S` along ``SIMILAR`` edges and :math:`F` of least-squares vectors stay out of training; validation chooses
:math:`v` and :math:`w` when it is done, and how much faster :math:`a` forgets what is long ago.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from graphrec.config import ContentSettings, ModelSettings
from graphrec.model.content import Content, Neighbours, modalities
from graphrec.model.factors import Factors
from graphrec.model.hop import Hop
from graphrec.model.knowledge import Knowledge, has_knowledge
from graphrec.model.lengths import Lengths
from graphrec.model.lesson import Lesson
from graphrec.model.profiles import Profiles, Rows, fresh
from graphrec.model.similar import Similar
from graphrec.model.support import Sparse

#: What scores: the trained vectors, the edges between items, the least-squares vectors.
Part = Literal["network", "similar", "factors"]
PARTS: tuple[Part, ...] = ("network", "similar", "factors")


class HeteroRecommender(nn.Module):
    """Scores user–item links by message passing over behaviour, knowledge, content and social edges.

    Parameters
    ----------
    data
        A training graph as :func:`graphrec.split.training_graph` makes it.
    profiles
        What the users of the graph did. Others may be scored by the same weights.
    settings
        The model's shape; ``hops``, ``tied`` and ``dropout`` must be decided.
    content
        How the modalities are fused.

    Attributes
    ----------
    similar, factors
        The ``SIMILAR`` edges and the least-squares vectors, once training has ended and where there are any.
    """

    similar_scale: Tensor
    factors_scale: Tensor
    recency: Tensor

    def __init__(
        self,
        data: HeteroData,
        profiles: Profiles,
        settings: ModelSettings,
        content: ContentSettings | None = None,
    ) -> None:
        super().__init__()
        content = content or ContentSettings()
        self.settings, self.behaviours = settings, profiles.behaviours
        n_items, dim = int(data["item"].num_nodes), settings.dim
        self.source = nn.Parameter(torch.randn(n_items, dim) * settings.init)
        self.target = None if settings.tied else nn.Parameter(torch.randn(n_items, dim) * settings.init)
        self.bias = nn.Parameter(torch.zeros(n_items))
        self.behaviour = nn.Parameter(torch.zeros(len(profiles.behaviours)))
        # Before softplus: as if a user had done so much more that says nothing. Who did little is nearer to everybody.
        self.doubt = nn.Parameter(torch.ones(())) if settings.short else None
        has_content = settings.content and bool(modalities(data, content))
        self.content = Content(data, dim, content, settings.init) if has_content else None
        self.neighbours = (
            Neighbours(data, content, settings.neighbours) if has_content and settings.neighbours else None
        )
        self.knowledge = Knowledge(data, dim, settings.init) if settings.knowledge and has_knowledge(data) else None
        # What an item is liked for that it shares with others: all that is known of one that nobody has tried.
        told = self.content is not None or self.knowledge is not None
        self.appeal = nn.Parameter(torch.zeros(dim)) if told else None
        self.register_buffer("tried", torch.bincount(profiles.items, minlength=n_items) > 0, persistent=False)
        self.hop = Hop(profiles, n_items) if settings.hops else None
        self.hop_scale = nn.Parameter(torch.zeros(settings.hops or 0))
        # Not learned: fitted to the whole profiles, they know every answer that training asks for.
        self.similar: Similar | Sparse | None = None
        self.factors: Factors | None = None
        self.lengths: Lengths | None = None
        # The tried items that stand above untried ones once training has ended; 0: as their scores say.
        self.untried = 0
        # Chosen by validation, as these: while every pair is predicted from all the others, none is the last.
        for name in ("similar_scale", "factors_scale", "recency"):
            self.register_buffer(name, torch.zeros(()))
        friends = [data[k].edge_index for k in data.edge_types if k[0] == k[2] == "user"]
        self.social = bool(friends)
        if friends:
            self.social_scale = nn.Parameter(torch.zeros(()))
            known = _mutual(torch.cat(friends, 1), int(data["user"].num_nodes))
            self.register_buffer("friends_indptr", known.indptr, persistent=False)
            self.register_buffer("friends", known.items, persistent=False)

    def beside(self) -> dict[Part, Similar | Sparse | Factors]:
        """Return what scores beside the network."""
        parts: dict[Part, Similar | Sparse | Factors] = {}
        if self.similar is not None:
            parts["similar"] = self.similar
        if self.factors is not None:
            parts["factors"] = self.factors
        return parts

    def scale(self, part: Part) -> Tensor:
        """Return the buffer of what a part's scores count."""
        return self.get_buffer(f"{part}_scale")

    def items(self, weight: Tensor | None = None, known: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Return the source and target tables ``q`` and ``h``, each ``[n_items, d]``, and the biases ``[n_items]``.

        Parameters
        ----------
        weight
            float32 ``[n_pairs]`` of the training profiles for the hops: 0 where an edge is dropped.
        known
            bool ``[n_items]``: the items whose own vectors speak; the others are what they are made of.
        """
        tried = self.get_buffer("tried")
        own = (tried if known is None else tried & known).float()
        table = self.source * own[:, None]
        shared = self._shared(table)
        bias = self.bias * own
        if self.appeal is not None:
            bias = bias + shared @ self.appeal
        edges = None if self.hop is None else self.hop.edges(weight)
        source = self._spread(table + shared, edges)
        target = source if self.target is None else self._spread(self.target * own[:, None] + shared, edges)
        return source, target, bias

    def _shared(self, table: Tensor) -> Tensor:
        """Return the messages from content and knowledge."""
        shared = torch.zeros_like(table)
        if self.content is not None:
            shared = shared + self.content()
        if self.knowledge is not None:
            shared = shared + self.knowledge(table)
        return shared

    def _spread(self, table: Tensor, edges: tuple[Tensor, Tensor] | None) -> Tensor:
        """Send the items' vectors to the items like them, by content and by their users."""
        if self.neighbours is not None:
            table = table + self.neighbours(table)
        if self.hop is not None and edges is not None:
            message = table
            for scale in F.softplus(self.hop_scale):
                message = self.hop(message, edges)
                table = table + scale * message
        return table

    def users(self, profiles: Profiles, users: Tensor, source: Tensor) -> Tensor:
        """Return ``z``, ``[len(users), d]``, from all that the users did."""
        return self._propagate(profiles, users, source)[0]

    def lesson(self, profiles: Profiles, users: Tensor, learnable: Tensor) -> Lesson:
        """Return what training sees of some users: messages dropped, targets excluded.

        Parameters
        ----------
        profiles
            The training profiles, those that the model was made with.
        users
            int64 ``[b]``.
        learnable
            bool ``[n_pairs]``: the pairs of ``profiles`` that are to be predicted.
        """
        known = None
        if self.training and self.settings.id_dropout:
            known = torch.rand(len(self.bias), device=self.bias.device) >= self.settings.id_dropout
        dropped = self._dropped if self.hop is not None else self._excluded
        return dropped(profiles, users, learnable, known)

    def _excluded(self, profiles: Profiles, users: Tensor, learnable: Tensor, known: Tensor | None) -> Lesson:
        """Predict every pair, each without itself."""
        source, target, bias = self.items(known=known)
        z, row, item, message, pair = self._propagate(profiles, users, source, drop=self.training)
        with torch.autocast(z.device.type, enabled=False):  # what is subtracted must be what was summed
            own = message * (source * target).sum(1).float()[item]
        chosen, places = learnable[pair], torch.stack([row, item])
        tried, told = self.get_buffer("tried"), places[:, :0]
        return Lesson(z, target.float(), bias, row[chosen], item[chosen], tried, told, (places, own))

    def _dropped(self, profiles: Profiles, users: Tensor, learnable: Tensor, known: Tensor | None) -> Lesson:
        """Drop pairs from the whole graph, and predict the dropped ones of these users."""
        keep = torch.ones(len(profiles.items), dtype=torch.bool, device=profiles.items.device)
        if self.training:
            keep = torch.rand(len(profiles.items), device=profiles.items.device) >= self._rates(profiles)
        source, target, bias = self.items(keep.float(), known)
        z, row, item, _, pair = self._propagate(profiles, users, source, keep=keep)
        chosen, kept = learnable[pair], keep[pair]
        told, asked = torch.stack([row, item])[:, chosen & kept], chosen & ~kept
        return Lesson(z, target.float(), bias, row[asked], item[asked], self.get_buffer("tried"), told)

    def _rates(self, profiles: Profiles) -> Tensor | float:
        r"""Return with what probability edges are dropped in a step, one number, or float32 ``[n_pairs]``.

        Of some users so much is dropped that :math:`n^t` edges are left of :math:`n`, :math:`t` being uniform.
        """
        rate = self.settings.dropout or 0.0
        if not self.settings.short:
            return rate
        size = profiles.indptr.diff().clamp(min=1).float()
        few = torch.rand(len(size), device=size.device) < self.settings.short
        short = 1 - size.pow(torch.rand(len(size), device=size.device) - 1)
        return torch.where(few, short, rate)[profiles.users]

    def behaviour_weights(self) -> dict[str, float]:
        """Return the learned weight of each type of behaviour, 1 being what it began with."""
        return dict(zip(self.behaviours, self._scales().tolist(), strict=True))

    def _scales(self) -> Tensor:
        return F.softplus(self.behaviour) / math.log(2)

    def _propagate(
        self, profiles: Profiles, users: Tensor, source: Tensor, drop: bool = False, keep: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Return ``z`` with, for each pair: its row, its item, the weight that its message had, and its index."""
        z, row, item, message, pair = self._own(profiles, users, source, drop, keep)
        if self.social:
            z = z + F.softplus(self.social_scale) * self._social(profiles, users, source, keep)
        return z, row, item, message, pair

    def _own(
        self, profiles: Profiles, users: Tensor, source: Tensor, drop: bool = False, keep: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Return what reaches the users from the items they touched, and the messages as in :meth:`_propagate`."""
        offsets, row, pair = profiles.rows(users)
        item = profiles.items[pair]
        # Not a matrix product: autocast would round it to bfloat16.
        weight = (profiles.weights[pair] * self._scales()).sum(1)
        # None is the last in training; asking first keeps a GPU from waiting for the buffer every step.
        if not self.training and profiles.age is not None:
            weight = weight * fresh(profiles.age[pair], float(self.recency))
        if keep is not None:
            weight = weight * keep[pair]
        degree = torch.zeros(len(users), device=weight.device).index_add(0, row, weight)
        degree = degree.clamp(min=1e-6) if self.doubt is None else degree + F.softplus(self.doubt)
        message = weight * degree.pow(-self.settings.alpha)[row]
        if drop:
            message = F.dropout(message, self.settings.dropout or 0.0)
        with torch.autocast(source.device.type, enabled=False):
            z = F.embedding_bag(item, source.float(), offsets, mode="sum", per_sample_weights=message)
        return z, row, item, message, pair

    def _social(self, profiles: Profiles, users: Tensor, source: Tensor, keep: Tensor | None) -> Tensor:
        """Return the mean of the friends' own vectors, ``[len(users), d]``; zero for the friendless."""
        friends = Rows(self.get_buffer("friends_indptr"), self.get_buffer("friends"))
        _, row, place = friends.rows(users)
        known, where = torch.unique(friends.items[place], return_inverse=True)
        z = self._own(profiles, known, source, keep=keep)[0]
        count = torch.bincount(row, minlength=len(users)).clamp(min=1)[:, None]
        return torch.zeros(len(users), z.shape[1], device=z.device).index_add(0, row, z[where]) / count


def _mutual(edges: Tensor, n_users: int) -> Rows:
    """Return who is tied to whom, in both directions. Nobody is their own friend: that would show them the answer."""
    both = torch.cat([edges, edges.flip(0)], dim=1)
    one, other = both[:, both[0] != both[1]]
    return Rows.of_pairs(one, other, n_users, n_users)
