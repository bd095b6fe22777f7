"""What has changed between a run and the graph of today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from graphrec.graph import Graph
from graphrec.growing.digests import item_digests
from graphrec.model import Profiles
from graphrec.run import Run


@dataclass(frozen=True)
class Delta:
    """Which nodes of a graph are new or others than a run knows them.

    Attributes
    ----------
    users, items
        int64 ``[n]``: the place in the run of each node of the graph, -1 for new ones.
    touched
        bool ``[n_users]``: users who are new, or have done other things.
    remade
        bool ``[n_items]``: items that are new, or made of something else.
    digests
        int64 ``[n_items]``: see :func:`graphrec.growing.digests.item_digests`.
    profiles
        What everybody has done by now.
    pairs
        Pairs of users and items that are there now and were not, or are others, or were there and are not.
    gone_users, gone_items
        Nodes of the run that are no more.
    """

    users: Tensor
    items: Tensor
    touched: Tensor
    remade: Tensor
    digests: Tensor
    profiles: Profiles
    pairs: int
    gone_users: int
    gone_items: int

    @property
    def new_users(self) -> int:
        """How many users the run does not know."""
        return int((self.users < 0).sum())

    @property
    def new_items(self) -> int:
        """How many items the run does not know."""
        return int((self.items < 0).sum())

    def __bool__(self) -> bool:
        changed = bool(self.touched.any()) or bool(self.remade.any())
        return changed or bool(self.gone_users) or bool(self.gone_items)


def compare(run: Run, graph: Graph) -> Delta:
    """Return what is other in a graph than what a run keeps of it."""
    profiles = Profiles.of(graph.data)
    users, items = places(run.users, graph.users), places(run.items, graph.items)
    old = run.profiles
    back = _back(users, len(run.users)), _back(items, len(run.items))
    gone = tuple(int((place < 0).sum()) for place in back)
    # Who has been forgotten has left an empty place, which nobody misses.
    gone_users = gone[0] - sum(user is None for user in run.users)
    user, item = back[0][old.users], back[1][old.items]
    there = (user >= 0) & (item >= 0)
    n_items = len(graph.items)
    before, weights = (user * n_items + item)[there], old.weights[there]
    now = profiles.users * n_items + profiles.items
    order = before.argsort()
    before, weights = before[order], weights[order]
    at = torch.searchsorted(before, now).clamp(max=max(len(before) - 1, 0))
    same = torch.zeros(len(now), dtype=torch.bool)
    if len(before):
        same = (before[at] == now) & (weights[at] == profiles.weights).all(1)
    missed = ~torch.isin(before, now)
    touched = users < 0
    touched[profiles.users[~same]] = True
    touched[before[missed] // n_items] = True
    touched[user[(user >= 0) & (item < 0)]] = True
    digests = item_digests(graph.data, graph.items, graph.entities)
    remade = items < 0
    remade |= digests != run.digests[items.clamp(min=0)]
    pairs = int((~same).sum()) + int(missed.sum()) + int((~there).sum())
    return Delta(users, items, touched, remade, digests, profiles, pairs, gone_users, gone[1])


def places(known: Sequence[Any], keys: Sequence[Any]) -> Tensor:
    """Return where each key stands among the known ones, -1 where it does not, int64 ``[len(keys)]``."""
    place = {(type(key), key): at for at, key in enumerate(known) if key is not None}
    return torch.tensor([place.get((type(key), key), -1) for key in keys], dtype=torch.int64)


def _back(there: Tensor, size: int) -> Tensor:
    """Return the inverse of :func:`places`, int64 ``[size]``."""
    back = torch.full((size,), -1)
    known = (there >= 0).nonzero()[:, 0]
    back[there[known]] = known
    return back
