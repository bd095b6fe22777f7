"""Every user's interactions, as rows of items with a weight for each type of behaviour.

A profile, and friends if any, is all that the model uses of a user: users who were not in training are served by the
same weights.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import torch
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.config.schema import RECENCY_FLOOR
from graphrec.graph.conflicts import superseded
from graphrec.graph.typed import NO_TIME

if TYPE_CHECKING:
    from graphrec.graph.typed import Typed


@dataclass(frozen=True)
class UserItemCSR:
    """Lists of nodes, one per user, in CSR form.

    Attributes
    ----------
    indptr
        int64 ``[n_users + 1]``.
    items
        int64 ``[n_pairs]``, ascending within a user.
    age
        int64 ``[n_pairs]``: number of newer pairs of the same user; None if no times are known.
    """

    indptr: Tensor
    items: Tensor
    age: Tensor | None = field(default=None, kw_only=True)

    @classmethod
    def of_pairs(cls, users: Tensor, items: Tensor, n_users: int, n_items: int) -> UserItemCSR:
        """Collect the distinct pairs, in any order."""
        keys = torch.unique(users * n_items + items)
        return UserItemCSR(_starts(torch.bincount(keys // n_items, minlength=n_users)), keys % n_items)

    @property
    def users(self) -> Tensor:
        """The user of each pair, int64 ``[n_pairs]``."""
        n_users = len(self.indptr) - 1
        return torch.repeat_interleave(torch.arange(n_users, device=self.indptr.device), self.indptr.diff())

    def rows(self, users: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the pairs of some users.

        Parameters
        ----------
        users
            int64 ``[b]``.

        Returns
        -------
        offsets
            int64 ``[b]``: start of each user's pairs.
        row
            int64 ``[n]``: for each pair, the index of its user in ``users``.
        pair
            int64 ``[n]``: indices into :attr:`items`.
        """
        starts = self.indptr[users]
        lengths = self.indptr[users + 1] - starts
        ends = lengths.cumsum(0)
        offsets = ends - lengths
        row = torch.repeat_interleave(torch.arange(len(users), device=users.device), lengths)
        pair = torch.arange(len(row), device=users.device) - offsets[row] + starts[row]
        return offsets, row, pair

    def to(self, device: torch.device) -> UserItemCSR:
        """Return a copy on another device."""
        age = None if self.age is None else self.age.to(device)
        return UserItemCSR(self.indptr.to(device), self.items.to(device), age=age)

    def matrix(self, n_items: int, weight: Tensor | None = None) -> csr_array:
        """Return the pairs as a csr ``[n_users, n_items]``, float32: ones, or the weight of each pair."""
        weight = torch.ones(len(self.items)) if weight is None else weight
        parts = (weight.numpy(), self.items.numpy(), self.indptr.numpy())
        return csr_array(parts, shape=(len(self.indptr) - 1, n_items))

    def interactions(self, users: Tensor, recency: float = 0.0) -> Interactions:
        """Return the interactions of some users, int64 ``[b]``; see :func:`fresh` for ``recency``."""
        offsets, row, pair = self.rows(users)
        weight = torch.ones(len(pair), device=pair.device) if self.age is None else fresh(self.age[pair], recency)
        return Interactions(offsets, row, self.items[pair], weight)


@dataclass(frozen=True)
class Interactions:
    """Interactions of some users.

    Attributes
    ----------
    offsets
        int64 ``[b]``: start of each user's interactions.
    row, item
        int64 ``[n]``: index of the user, and the item.
    weight
        float32 ``[n]``: weight of the interaction.
    """

    offsets: Tensor
    row: Tensor
    item: Tensor
    weight: Tensor

    def normal(self, alpha: float) -> Tensor:
        r"""Return :math:`w / (\sum w^2)^α` over each user, float32 ``[n]``; equal weights are :math:`d_u^{-α}`."""
        length = torch.zeros(len(self.offsets), device=self.weight.device).index_add(0, self.row, self.weight.square())
        return self.weight * length.clamp(min=1e-12).pow(-alpha)[self.row]


def fresh(age: Tensor, recency: float) -> Tensor:
    """Return the weights of behaviours by age, float32: 1 for the newest, falling to :data:`RECENCY_FLOOR`.

    ``recency`` is the number of newer behaviours after which the rest has fallen to 1/e; 0 weighs all the same.
    """
    if not recency:
        return torch.ones(len(age), device=age.device)
    return RECENCY_FLOOR + (1 - RECENCY_FLOOR) * torch.exp(-age / recency)


@dataclass(frozen=True)
class Profiles(UserItemCSR):
    """Distinct user–item pairs in CSR form.

    Attributes
    ----------
    weights
        float32 ``[n_pairs, n_behaviours]``: amount of each behaviour, ``log2(1 + Σ strength)``, so that the tenth
        repetition adds less than the first.
    behaviours
        The types, in the order of the columns.
    days
        float32 ``[n_pairs, n_behaviours]``: days between the last behaviour of each type and the user's newest, 0 if
        not known; None if no times are known.
    negative
        The negative types among them. The last behaviour decides whether a pair is negative
        (:mod:`graphrec.graph.conflicts`).
    """

    weights: Tensor = field(kw_only=True)
    behaviours: tuple[str, ...] = field(kw_only=True)
    days: Tensor | None = field(default=None, kw_only=True)
    negative: frozenset[str] = field(default=frozenset(), kw_only=True)

    @classmethod
    def of(cls, data: Typed) -> Profiles:
        """Collect the behaviour edges of a graph, with their types sorted."""
        kinds = sorted(k for k in data.edge_types if k[0] == "user" and k[2] == "item")
        times = [data[k].time if "time" in data[k] else torch.full((data[k].num_edges,), NO_TIME) for k in kinds]
        ends = torch.cat([data[k].edge_index for k in kinds], 1)
        column = torch.cat([torch.full((data[k].num_edges,), c) for c, k in enumerate(kinds)])
        strength = torch.cat([data[k].edge_weight for k in kinds])
        shape = int(data["user"].num_nodes), int(data["item"].num_nodes)
        signs = [frozenset(k[1] for k in kinds if name in data[k]) for name in ("negative", "indirect")]
        return cls.of_edges(ends, column, strength, torch.cat(times), tuple(k[1] for k in kinds), shape, *signs)

    @classmethod
    def of_edges(
        cls,
        ends: Tensor,
        column: Tensor,
        strength: Tensor,
        times: Tensor,
        behaviours: tuple[str, ...],
        shape: tuple[int, int],
        negative: Collection[str] = (),
        indirect: Collection[str] = (),
    ) -> Profiles:
        """Collect behaviours one by one, in any order.

        Parameters
        ----------
        ends
            int64 ``[2, E]``: users and items.
        column, strength, times
            ``[E]``: index of the type in ``behaviours``, strength, time.
        behaviours
            The types.
        shape
            Numbers of users and items.
        negative, indirect
            The negative types, and those that never revoke an earlier behaviour.
        """
        (n_users, n_items), kinds = shape, len(behaviours)
        if negative:
            kept = _kept(ends, column, times, behaviours, n_items, (negative, indirect))
            ends, column, strength, times = ends[:, kept], column[kept], strength[kept], times[kept]
        pairs, place = torch.unique(ends[0] * n_items + ends[1], return_inverse=True)
        totals = torch.zeros(len(pairs) * kinds, dtype=torch.double)
        totals.index_add_(0, place * kinds + column, strength.double())
        indptr = _starts(torch.bincount(pairs // n_items, minlength=n_users))
        return cls(
            indptr=indptr,
            items=pairs % n_items,
            age=_ages(indptr, pairs // n_items, place, times),
            weights=totals.view(len(pairs), kinds).log1p().div(torch.log(torch.tensor(2.0))).float(),
            behaviours=behaviours,
            days=_days(pairs // n_items, place * kinds + column, times, (n_users, kinds)),
            negative=frozenset(negative),
        )

    def to(self, device: torch.device) -> Profiles:
        """Return a copy on another device."""
        return Profiles(
            self.indptr.to(device),
            self.items.to(device),
            age=None if self.age is None else self.age.to(device),
            weights=self.weights.to(device),
            behaviours=self.behaviours,
            days=None if self.days is None else self.days.to(device),
            negative=self.negative,
        )

    def cpu(self) -> Profiles:
        """Return a copy on the CPU."""
        return self.to(torch.device("cpu"))

    def tensors(self) -> dict[str, Tensor]:
        """Return the arguments of :class:`Profiles` except the names of the types."""
        found = {"indptr": self.indptr, "items": self.items, "weights": self.weights}
        return found | {name: value for name in ("age", "days") if (value := getattr(self, name)) is not None}

    @property
    def wanted(self) -> Tensor:
        """Which pairs hold a behaviour that is not negative, bool ``[n_pairs]``; all if no type is negative."""
        if not self.negative:
            return torch.ones(len(self.items), dtype=torch.bool, device=self.items.device)
        columns = [c for c, name in enumerate(self.behaviours) if name not in self.negative]
        return (self.weights[:, columns] > 0).any(1)

    def only(self, behaviours: Collection[str]) -> UserItemCSR:
        """Return the pairs that hold any of some types of behaviour, on the CPU."""
        columns = [c for c, name in enumerate(self.behaviours) if name in behaviours]
        return self.cpu().where((self.weights[:, columns] > 0).any(1).cpu())

    def where(self, kept: Tensor) -> UserItemCSR:
        """Return the kept pairs, bool ``[n_pairs]``; their ages still count all pairs of the user."""
        age = None if self.age is None else self.age[kept]
        return UserItemCSR(_starts(kept.long())[self.indptr], self.items[kept], age=age)

    def among(self, kept: Tensor) -> Profiles:
        """Return the profiles as if only the kept pairs, bool ``[n_pairs]``, existed."""
        rows = self.where(kept)
        return replace(
            self,
            indptr=rows.indptr,
            items=rows.items,
            age=rows.age,
            weights=self.weights[kept],
            days=None if self.days is None else self.days[kept],
        )


def faded(days: Tensor, half_life: Tensor) -> Tensor:
    r"""Return the weights of behaviours by time, float32: :math:`2^{-t/h}`, 1 where ``half_life`` is 0.

    Parameters
    ----------
    days, half_life
        ``[n, n_behaviours]`` and ``[n_behaviours]``.
    """
    return torch.exp2(-days * torch.where(half_life > 0, 1 / half_life.clamp(min=1e-6), 0.0))


def _kept(
    ends: Tensor,
    column: Tensor,
    times: Tensor,
    behaviours: tuple[str, ...],
    n_items: int,
    signs: tuple[Collection[str], Collection[str]],
) -> Tensor:
    """Return which behaviours no later one revokes, bool ``[E]``."""
    negative, indirect = (torch.tensor([name in some for name in behaviours])[column] for some in signs)
    direct = ~indirect
    keys, pair = torch.unique(ends[0, direct] * n_items + ends[1, direct], return_inverse=True)
    kept = torch.ones(len(column), dtype=torch.bool)
    kept[direct] = ~superseded(pair, negative[direct], times[direct], len(keys))
    return kept


def _days(user: Tensor, place: Tensor, times: Tensor, shape: tuple[int, int]) -> Tensor | None:
    """Return the days between the last behaviour of each type of a pair and its user's newest behaviour.

    Parameters
    ----------
    user
        int64 ``[n_pairs]``.
    place, times
        int64 ``[E]``: index in ``[n_pairs, n_behaviours]``, and time.
    shape
        Numbers of users and types.
    """
    if not (times != NO_TIME).any():
        return None
    last = torch.full((len(user) * shape[1],), NO_TIME).scatter_reduce(0, place, times, "amax").view(-1, shape[1])
    newest = torch.full((shape[0],), NO_TIME).scatter_reduce(0, user, last.amax(1), "amax")
    return torch.where(last == NO_TIME, 0, newest[user, None] - last).div(86_400).float()


def _ages(indptr: Tensor, user: Tensor, place: Tensor, times: Tensor) -> Tensor | None:
    """Return the number of newer pairs of the same user; the age of a pair is that of its last behaviour."""
    if not (times != NO_TIME).any():
        return None
    last = torch.full((len(user),), NO_TIME).scatter_reduce(0, place, times, "amax")
    order = torch.argsort(last, descending=True, stable=True)
    order = order[torch.argsort(user[order], stable=True)]  # newest first within each user
    user, last, here = user[order], last[order], torch.arange(len(order))
    begins = torch.ones(len(order), dtype=torch.bool)
    begins[1:] = (last[1:] != last[:-1]) | (user[1:] != user[:-1])
    age = torch.empty_like(order)
    # Simultaneous pairs are as old as the first of them.
    age[order] = torch.where(begins, here, 0).cummax(0).values - indptr[user]
    return age


def _starts(lengths: Tensor) -> Tensor:
    """Return the start of each segment and the end of the last: int64 ``[n + 1]`` from ``[n]`` lengths."""
    return torch.cat([torch.zeros(1, dtype=torch.int64, device=lengths.device), lengths.cumsum(0)])
