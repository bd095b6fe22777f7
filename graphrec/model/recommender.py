r"""The heterogeneous graph neural network.

Messages travel entity → item → user, and between similar items. User–item links are scored by inner product and along
``SIMILAR`` edges::

    entity ──knowledge──▶ item ──behaviour──▶ user ──score──▶ item
       ▲───────────────────┘ ▲─neighbour─┘    ▲─social─┘
                             └──behaviour, back and forth (hops)

An item has two tables: what it tells about its users (``source``), and which users it matches (``target``); on sparse
graphs a single shared table is better (``tied``). A user has no parameters, only interactions. Training must not show a
user the edge to predict. Without hops it is subtracted from the sum exactly:

.. math::

   q_i = Q_i + c_i, \quad h_i = H_i + c_i, \quad
   z_u = d_u^{-α} \sum_j a_{uj} q_j, \quad d_u = \sum_j a_{uj}, \quad
   s_{ui} = z_u · h_i + b_i + v S_{ui} + w F_{ui} - d_u^{-α} a_{ui}\, q_i · h_i

and, with several types of behaviour, out of the degree as well. Otherwise the score of a target would fall with the
weight of its type, and the type would learn a small weight merely because it is the target. With hops a share of all
edges is dropped from the graph each step, and the dropped ones are the targets. The scores :math:`S` along ``SIMILAR``
edges and :math:`F` of the ALS vectors are not used in training; validation chooses :math:`v` and :math:`w` afterwards,
and how fast :math:`a` fades with age.
"""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from torch import Tensor, nn

from graphrec.common.pyg import HeteroData
from graphrec.config.settings import ContentSettings, ModelSettings
from graphrec.model.als import ALSFactors
from graphrec.model.batch import TrainingBatch
from graphrec.model.content import Content, Neighbours
from graphrec.model.content_vectors import modalities
from graphrec.model.hop import Hop
from graphrec.model.item_item import DenseItemItem
from graphrec.model.item_item_sparse import SparseItemItem
from graphrec.model.knowledge import Knowledge, has_knowledge
from graphrec.model.profile_encoder import ProfileEncoder, ProfileMessages, mutual
from graphrec.model.profile_length import ProfileLengthWeights
from graphrec.model.profiles import Profiles, UserItemCSR
from graphrec.model.stored_names import store_as

#: Components of the score: the trained vectors, the edges between items, the ALS vectors.
Component = Literal["network", "similar", "als"]
COMPONENTS: tuple[Component, ...] = ("network", "similar", "als")


class HeteroRecommender(nn.Module):
    """Scores user–item links by message passing over behaviour, knowledge, content and social edges.

    Parameters
    ----------
    data
        A training graph as :func:`graphrec.evaluation.split.training_graph` makes it.
    profiles
        Interactions of the graph's users. Other users can be scored with the same weights.
    settings
        The model's settings; ``hops``, ``tied`` and ``dropout`` must be decided.
    content
        How the modalities are fused.

    Attributes
    ----------
    similar, als
        The ``SIMILAR`` edges and the ALS vectors, if any, once training has ended.
    """

    similar_scale: Tensor
    als_scale: Tensor

    def __init__(
        self,
        data: HeteroData,
        profiles: Profiles,
        settings: ModelSettings,
        content: ContentSettings | None = None,
    ) -> None:
        super().__init__()
        content = content or ContentSettings()
        self.settings = settings
        n_items, dim = int(data["item"].num_nodes), settings.dim
        self.source = nn.Parameter(torch.randn(n_items, dim) * settings.init)
        self.target = None if settings.tied else nn.Parameter(torch.randn(n_items, dim) * settings.init)
        self.bias = nn.Parameter(torch.zeros(n_items))
        friends = [data[k].edge_index for k in data.edge_types if k[0] == k[2] == "user"]
        self.profile_encoder = ProfileEncoder(
            profiles.behaviours,
            settings.alpha,
            shrinkage=bool(settings.short_profiles),
            social=bool(friends),
            negative=profiles.negative,
            weighted=settings.weighted,
        )
        has_content = settings.content and bool(modalities(data, content))
        self.content = Content(data, dim, content, settings.init) if has_content else None
        self.neighbours = (
            Neighbours(data, content, settings.neighbours) if has_content and settings.neighbours else None
        )
        self.knowledge = Knowledge(data, dim, settings.init) if settings.knowledge and has_knowledge(data) else None
        # What an item shares with others through content and knowledge: all that is known of a cold item.
        told = self.content is not None or self.knowledge is not None
        self.appeal = nn.Parameter(torch.zeros(dim)) if told else None
        liked = profiles.items[profiles.wanted]
        self.register_buffer("warm_items", torch.bincount(liked, minlength=n_items) > 0, persistent=False)
        self.hop = Hop(profiles, n_items) if settings.hops else None
        self.hop_scale = nn.Parameter(torch.zeros(settings.hops or 0))
        # Not trained by gradient: fitted to the whole profiles, they contain every target of training.
        self.similar: DenseItemItem | SparseItemItem | None = None
        self.als: ALSFactors | None = None
        self.lengths: ProfileLengthWeights | None = None
        # Number of warm items above cold ones once training has ended; 0: by score.
        self.cold_item_rank = 0
        # Chosen on validation, like these: while every pair is predicted from all others, none is the last.
        for name in ("similar_scale", "als_scale"):
            self.register_buffer(name, torch.zeros(()))
        store_as(self, {"profile_encoder": "reader", "als": "factors", "als_scale": "factors_scale"})
        if friends:
            known = mutual(torch.cat(friends, 1), int(data["user"].num_nodes))
            self.register_buffer("friends_indptr", known.indptr, persistent=False)
            self.register_buffer("friend", known.items, persistent=False)

    def components(self) -> dict[Component, DenseItemItem | SparseItemItem | ALSFactors]:
        """Return the components other than the network."""
        parts: dict[Component, DenseItemItem | SparseItemItem | ALSFactors] = {}
        if self.similar is not None:
            parts["similar"] = self.similar
        if self.als is not None:
            parts["als"] = self.als
        return parts

    def scale(self, part: Component) -> Tensor:
        """Return the buffer with the weight of a component's scores."""
        return self.get_buffer(f"{part}_scale")

    def items(self, weight: Tensor | None = None, known: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Return the source and target tables ``q`` and ``h``, each ``[n_items, d]``, and the biases ``[n_items]``.

        Parameters
        ----------
        weight
            float32 ``[n_pairs]`` of the training profiles for the hops: 0 where an edge is dropped.
        known
            bool ``[n_items]``: the items whose own vectors are used; others are built from content and knowledge alone.
        """
        warm_items = self.get_buffer("warm_items")
        own = (warm_items if known is None else warm_items & known).float()
        table = self.source * own[:, None]
        shared = self.shared_messages(table)
        bias = self.bias * own
        if self.appeal is not None:
            bias = bias + shared @ self.appeal
        edges = None if self.hop is None else self.hop.edges(weight)
        source = self._spread(table + shared, edges)
        target = source if self.target is None else self._spread(self.target * own[:, None] + shared, edges)
        return source, target, bias

    def shared_messages(self, table: Tensor) -> Tensor:
        """Return the messages from content and knowledge."""
        shared = torch.zeros_like(table)
        if self.content is not None:
            shared = shared + self.content()
        if self.knowledge is not None:
            shared = shared + self.knowledge(table)
        return shared

    def _spread(self, table: Tensor, edges: tuple[Tensor, Tensor] | None) -> Tensor:
        """Send the items' vectors to similar items, by content and by their users."""
        if self.neighbours is not None:
            table = table + self.neighbours(table)
        if self.hop is not None and edges is not None:
            message = table
            for scale in F.softplus(self.hop_scale):
                message = self.hop(message, edges)
                table = table + scale * message
        return table

    def users(self, profiles: Profiles, users: Tensor, source: Tensor) -> Tensor:
        """Return ``z``, ``[len(users), d]``, from all interactions of the users."""
        read: ProfileMessages = self.profile_encoder(profiles, users, source, self.friends)
        return read.z

    def training_batch(self, profiles: Profiles, users: Tensor, learnable: Tensor) -> TrainingBatch:
        """Return the training data of some users: messages dropped, targets excluded.

        Parameters
        ----------
        profiles
            The training profiles that the model was built with.
        users
            int64 ``[b]``.
        learnable
            bool ``[n_pairs]``: the target pairs of ``profiles``.
        """
        known = None
        if self.training and self.settings.id_dropout:
            known = torch.rand(len(self.bias), device=self.bias.device) >= self.settings.id_dropout
        dropped = self._dropped if self.hop is not None else self._excluded
        return dropped(profiles, users, learnable, known)

    def _excluded(self, profiles: Profiles, users: Tensor, learnable: Tensor, known: Tensor | None) -> TrainingBatch:
        """Predict every pair from all the others."""
        source, target, bias = self.items(known=known)
        drop = (self.settings.dropout or 0.0) if self.training else 0.0
        z, alone, row, item, message, pair, share = self.profile_encoder(
            profiles, users, source, self.friends, None, drop
        )
        with torch.autocast(z.device.type, enabled=False):  # the subtracted terms must equal the summed ones
            own = message * (source * target).sum(1).float()[item]
            if len(self.profile_encoder.behaviours) > 1 and self.profile_encoder.behaviour_logits is not None:
                score = (alone[row] * target.float()[item]).sum(1)
                own = score - _without(share, self.profile_encoder.alpha) * (score - own)
        chosen, places = learnable[pair], torch.stack([row, item])
        warm_items, masked = self.get_buffer("warm_items"), places[:, :0]
        return TrainingBatch(z, target.float(), bias, row[chosen], item[chosen], warm_items, masked, (places, own))

    def _dropped(self, profiles: Profiles, users: Tensor, learnable: Tensor, known: Tensor | None) -> TrainingBatch:
        """Drop pairs from the whole graph, and predict these users' dropped ones."""
        keep = torch.ones(len(profiles.items), dtype=torch.bool, device=profiles.items.device)
        if self.training:
            keep = torch.rand(len(profiles.items), device=profiles.items.device) >= self._rates(profiles)
        source, target, bias = self.items(keep.float(), known)
        z, _, row, item, _, pair, _ = self.profile_encoder(profiles, users, source, self.friends, keep)
        chosen, kept = learnable[pair], keep[pair]
        masked, asked = torch.stack([row, item])[:, chosen & kept], chosen & ~kept
        return TrainingBatch(z, target.float(), bias, row[asked], item[asked], self.get_buffer("warm_items"), masked)

    def _rates(self, profiles: Profiles) -> Tensor | float:
        r"""Return the probability of dropping edges in a step: one number, or float32 ``[n_pairs]``.

        For some users so many are dropped that :math:`n^t` of :math:`n` edges remain, with :math:`t` uniform.
        """
        rate = self.settings.dropout or 0.0
        if not self.settings.short_profiles:
            return rate
        size = profiles.indptr.diff().clamp(min=1).float()
        few = torch.rand(len(size), device=size.device) < self.settings.short_profiles
        short = 1 - size.pow(torch.rand(len(size), device=size.device) - 1)
        return torch.where(few, short, rate)[profiles.users]

    @property
    def friends(self) -> UserItemCSR | None:
        """Friendships among the users of the graph; None if there are none."""
        if self.profile_encoder.social is None:
            return None
        return UserItemCSR(self.get_buffer("friends_indptr"), self.get_buffer("friend"))


def _without(share: Tensor, alpha: float) -> Tensor:
    """Return the factor by which a sum grows when shares ``[n]`` of its degree are removed; 1 if nothing is left."""
    return torch.where(share < 1 - 1e-6, (1 - share).clamp(min=1e-6).pow(-alpha), 1.0)
