r"""The profile encoder: a user's interactions as one vector.

.. math::

   z_u = d_u^{-α} \sum_j a_{uj} q_j, \quad d_u = \sum_j |a_{uj}|, \quad a_{uj} = \sum_t β_t 2^{-t_{ujt}/h_t} n_{ujt}

over the user's items :math:`j`, with :math:`n_{ujt}` the amount of behaviour :math:`t`, :math:`t_{ujt}` the number of
days before the user's newest (:class:`graphrec.model.profiles.Profiles`), and :math:`β_t` the learned weight of the
type, negative for dislikes. If users are connected to each other, the mean of the friends' sums is added, times a
learned scale. No parameter belongs to one user: any profile can be encoded.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from torch import Tensor, nn

from graphrec.model.profiles import Profiles, UserItemCSR, faded, fresh
from graphrec.model.stored_names import store_as

#: Initial weight of a negative behaviour.
UNWANTED = -0.1


class ProfileMessages(NamedTuple):
    """The messages that reach some users.

    Attributes
    ----------
    z
        float32 ``[b, d]``: the sums, including messages from friends.
    own
        The same without messages from friends.
    row, item, weight, pair, share
        ``[n]``, for each message: index of its user, item that sent it, its weight, index of its pair in the profiles,
        and its share of the user's degree.
    """

    z: Tensor
    own: Tensor
    row: Tensor
    item: Tensor
    weight: Tensor
    pair: Tensor
    share: Tensor


class ProfileEncoder(nn.Module):
    """Encodes profiles using the vectors of their items.

    Parameters
    ----------
    behaviours
        The types, in the order of the profiles' columns.
    alpha
        Exponent of the degree.
    shrinkage
        Whether every user's degree is increased by a constant without content, so that users with few interactions are
        closer to the average user. The constant is learned.
    social
        Whether to use messages from friends.
    negative
        The negative behaviours (dislikes).
    weighted
        Whether behaviours are weighted: if not, every positive pair weighs 1 and the others 0, for comparison.

    Attributes
    ----------
    recency
        See :func:`graphrec.model.profiles.fresh`; chosen on validation, so training does not use it.
    half_life
        float32 ``[n_behaviours]``, days: see :func:`graphrec.model.profiles.faded`. Given or chosen on validation; not
        used in training either.
    """

    recency: Tensor
    half_life: Tensor
    signs: Tensor

    def __init__(
        self,
        behaviours: tuple[str, ...],
        alpha: float,
        shrinkage: bool = False,
        social: bool = False,
        negative: Collection[str] = (),
        weighted: bool = True,
    ) -> None:
        super().__init__()
        self.behaviours, self.alpha, self.negative = behaviours, alpha, frozenset(negative) & set(behaviours)
        self.behaviour_logits = nn.Parameter(torch.zeros(len(behaviours))) if weighted else None
        # Before softplus.
        self.shrinkage = nn.Parameter(torch.ones(())) if shrinkage else None
        self.social = nn.Parameter(torch.zeros(())) if social else None
        self.register_buffer("recency", torch.zeros(()))
        self.register_buffer("half_life", torch.zeros(len(behaviours)))
        signs = torch.tensor([UNWANTED if name in self.negative else 1.0 for name in behaviours])
        self.register_buffer("signs", signs, persistent=False)
        store_as(self, {"behaviour_logits": "behaviour", "shrinkage": "doubt"})

    def scales(self) -> Tensor:
        """Return the weight of each behaviour type, float32 ``[n_behaviours]``.

        Initially 1, or :data:`UNWANTED` for negative types; the sign never changes.
        """
        if self.behaviour_logits is None:
            return (self.signs > 0).float()
        return F.softplus(self.behaviour_logits) / math.log(2) * self.signs

    def weights(self) -> dict[str, float]:
        """Return the weights by name."""
        return dict(zip(self.behaviours, self.scales().tolist(), strict=True))

    def half_lives(self) -> dict[str, float | None]:
        """Return the half-life of each type in days; None if it does not fade."""
        return {name: days or None for name, days in zip(self.behaviours, self.half_life.tolist(), strict=True)}

    def forward(
        self,
        profiles: Profiles,
        users: Tensor,
        source: Tensor,
        friends: UserItemCSR | None = None,
        keep: Tensor | None = None,
        drop: float = 0.0,
    ) -> ProfileMessages:
        """Return the messages that reach some users.

        Parameters
        ----------
        profiles
            Everyone's interactions.
        users
            int64 ``[b]``: rows of the profiles.
        source
            ``[n_items, d]``: the items' source vectors.
        friends
            Friendships between rows of the profiles; no messages from friends if absent.
        keep
            float32 or bool ``[n_pairs]``: share of each pair to keep; all if absent.
        drop
            Probability of dropping a message; messages from friends are never dropped.
        """
        read = self._own(profiles, users, source, keep, drop)
        if self.social is None or friends is None:
            return read
        heard = self._heard(profiles, users, source, friends, keep)
        return read._replace(z=read.z + F.softplus(self.social) * heard)

    def _own(
        self, profiles: Profiles, users: Tensor, source: Tensor, keep: Tensor | None, drop: float = 0.0
    ) -> ProfileMessages:
        """Return the messages from the users' own items."""
        offsets, row, pair = profiles.rows(users)
        item = profiles.items[pair]
        weight = self._weights(profiles, pair)
        if keep is not None:
            weight = weight * keep[pair]
        degree = torch.zeros(len(users), device=weight.device).index_add(0, row, weight.abs())
        degree = degree.clamp(min=1e-6) if self.shrinkage is None else degree + F.softplus(self.shrinkage)
        message = weight * degree.pow(-self.alpha)[row]
        if drop:
            message = F.dropout(message, drop)
        with torch.autocast(source.device.type, enabled=False):
            z = F.embedding_bag(item, source.float(), offsets, mode="sum", per_sample_weights=message)
        return ProfileMessages(z, z, row, item, message, pair, weight.abs() / degree[row])

    def _weights(self, profiles: Profiles, pair: Tensor) -> Tensor:
        """Return the weights of some pairs, float32 ``[n]``."""
        if self.behaviour_logits is None:
            return (profiles.weights[pair] * self.scales() > 0).any(1).float()
        # Not a matrix product: autocast would round it to bfloat16.
        weight = self._typed(profiles, pair).sum(1)
        if not self.training and profiles.age is not None:
            weight = weight * fresh(profiles.age[pair], float(self.recency))
        return weight

    def _typed(self, profiles: Profiles, pair: Tensor) -> Tensor:
        """Return the weights of some pairs by behaviour type before recency, float32 ``[n, n_behaviours]``."""
        told = profiles.weights[pair]
        # In training no pair is the last; checking that first keeps a GPU from waiting for the buffers every step.
        if not self.training and profiles.days is not None and self.half_life.any():
            told = told * faded(profiles.days[pair], self.half_life)
        return told * self.scales()

    def by_type(self, profiles: Profiles, read: ProfileMessages) -> Tensor:
        """Return the weights of messages by behaviour type, float32 ``[n, n_behaviours]``.

        They sum to ``read.weight``. A message to which no type is more than another is shared alike.
        """
        if self.behaviour_logits is None:
            typed = (profiles.weights[read.pair] * self.scales() > 0).float()
        else:
            typed = self._typed(profiles, read.pair)
        total = typed.sum(1, keepdim=True)
        # Behaviours that cancel each other out leave no message to share.
        return torch.where(total != 0, typed / total, 0.0) * read.weight[:, None]

    def _heard(
        self, profiles: Profiles, users: Tensor, source: Tensor, friends: UserItemCSR, keep: Tensor | None
    ) -> Tensor:
        """Return the mean of the friends' own vectors, ``[len(users), d]``; zero without friends."""
        _, row, place = friends.rows(users)
        known, where = torch.unique(friends.items[place], return_inverse=True)
        z = self._own(profiles, known, source, keep).z
        count = torch.bincount(row, minlength=len(users)).clamp(min=1)[:, None]
        return torch.zeros(len(users), z.shape[1], device=z.device).index_add(0, row, z[where]) / count


def mutual(edges: Tensor, n_users: int) -> UserItemCSR:
    """Return the neighbours of each user in both directions, from edges int64 ``[2, E]``.

    Self-loops are removed: they would leak the targets.
    """
    both = torch.cat([edges, edges.flip(0)], dim=1)
    one, other = both[:, both[0] != both[1]]
    return UserItemCSR.of_pairs(one, other, n_users, n_users)
