"""What every user did, as rows of items with a weight for each type of behaviour.

A profile, and friends where there are any, is all that the model knows of a user: one who was not in training is served
by the same weights.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import torch
from torch import Tensor
from torch_geometric.data import HeteroData


@dataclass(frozen=True)
class Rows:
    """Lists of nodes, one a user, in CSR form.

    Attributes
    ----------
    indptr
        int64 ``[n_users + 1]``.
    items
        int64 ``[n_pairs]``, ascending within a user.
    """

    indptr: Tensor
    items: Tensor

    @classmethod
    def of_pairs(cls, users: Tensor, items: Tensor, n_users: int, n_items: int) -> Rows:
        """Collect the distinct pairs, in any order."""
        keys = torch.unique(users * n_items + items)
        return Rows(_starts(torch.bincount(keys // n_items, minlength=n_users)), keys % n_items)

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
            int64 ``[b]``: where each user's part begins.
        row
            int64 ``[n]``: for each pair, the place of its user in ``users``.
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


@dataclass(frozen=True)
class Profiles(Rows):
    """Distinct user–item pairs in CSR form.

    Attributes
    ----------
    weights
        float32 ``[n_pairs, n_behaviours]``: how much of each behaviour there is, ``log2(1 + Σ strength)``, so that
        the tenth repetition says less than the first.
    behaviours
        The types, in the order of the columns.
    """

    weights: Tensor
    behaviours: tuple[str, ...]

    @classmethod
    def of(cls, data: HeteroData) -> Profiles:
        """Collect the behaviour edges of a graph, in the sorted order of their types."""
        n_users, n_items = int(data["user"].num_nodes), int(data["item"].num_nodes)
        kinds = sorted(k for k in data.edge_types if k[0] == "user" and k[2] == "item")
        keys = [data[k].edge_index[0] * n_items + data[k].edge_index[1] for k in kinds]
        pairs, place = torch.unique(torch.cat(keys), return_inverse=True)
        column = torch.cat([torch.full((len(k),), c) for c, k in enumerate(keys)])
        strength = torch.cat([data[k].edge_weight.double() for k in kinds])
        totals = torch.zeros(len(pairs) * len(kinds), dtype=torch.double)
        totals.index_add_(0, place * len(kinds) + column, strength)
        return cls(
            indptr=_starts(torch.bincount(pairs // n_items, minlength=n_users)),
            items=pairs % n_items,
            weights=totals.view(len(pairs), len(kinds)).log1p().div(torch.log(torch.tensor(2.0))).float(),
            behaviours=tuple(k[1] for k in kinds),
        )

    def to(self, device: torch.device) -> Profiles:
        """Return a copy on another device."""
        return Profiles(self.indptr.to(device), self.items.to(device), self.weights.to(device), self.behaviours)

    def cpu(self) -> Profiles:
        """Return a copy on the CPU."""
        return self.to(torch.device("cpu"))

    def only(self, behaviours: Collection[str]) -> Rows:
        """Return the pairs that hold any of some types of behaviour, on the CPU."""
        columns = [c for c, name in enumerate(self.behaviours) if name in behaviours]
        kept = (self.weights[:, columns] > 0).any(1).cpu()
        return Rows(_starts(kept.long())[self.indptr.cpu()], self.items.cpu()[kept])


def _starts(lengths: Tensor) -> Tensor:
    """Return where each part begins, and where the last one ends: int64 ``[n + 1]`` of ``[n]`` lengths."""
    return torch.cat([torch.zeros(1, dtype=torch.int64), lengths.cumsum(0)])
