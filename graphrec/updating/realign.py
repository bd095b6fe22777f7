"""Reorder what a run stores of users and items to match the order of a graph."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from graphrec.evaluation.split import Split
from graphrec.evaluation.split_methods import NEVER
from graphrec.model import UserItemCSR
from graphrec.runs.align import inverse


def some(rows: UserItemCSR, users: Tensor) -> UserItemCSR:
    """Return the rows of some users, int64 ``[b]``."""
    offsets, _, pair = rows.rows(users)
    indptr = torch.cat([offsets, torch.tensor([len(pair)])])
    return UserItemCSR(indptr, rows.items[pair], age=None if rows.age is None else rows.age[pair])


def realigned(rows: UserItemCSR, users: Tensor, items: Tensor) -> UserItemCSR:
    """Return interactions in the order of the graph; new users have none, and removed nodes are left out.

    ``users``, ``items``: int64 ``[n]``, index in the run of each node of the graph, -1 for new ones.
    """
    here = inverse(items, int(rows.items.max()) + 1 if len(rows.items) else 0)
    kept, known = some(rows, users.clamp(min=0)), users >= 0
    item = here[kept.items] if len(kept.items) else kept.items
    keep = (item >= 0) & known[kept.users]
    user, item = kept.users[keep], item[keep]
    order = (user * len(items) + item).argsort()
    lengths = torch.bincount(user, minlength=len(known))
    indptr = torch.cat([torch.zeros(1, dtype=torch.int64), lengths.cumsum(0)])
    return UserItemCSR(indptr, item[order], age=None if kept.age is None else kept.age[keep][order])


def realigned_split(split: Split, users: Tensor, items: Tensor) -> Split:
    """Return the split in the order of the graph, without removed nodes; new nodes are in no split.

    ``users``, ``items``: as in :func:`realigned`.
    """
    user, item = (inverse(place, size) for place, size in zip((users, items), split.shape, strict=True))

    def pairs(part: Tensor) -> Tensor:
        ends = torch.stack([user[part[0]], item[part[1]]])
        ends = ends[:, (ends >= 0).all(0)]
        return ends[:, (ends[0] * len(item) + ends[1]).argsort()] if ends.shape[1] else ends

    cutoff = dict(split.cutoff)
    if "user" in cutoff:
        cutoff["user"] = torch.where(users >= 0, cutoff["user"][users.clamp(min=0)], NEVER)
    cold = {name: (found := item[part])[found >= 0].sort().values for name, part in split.cold.items()}
    train, valid, test = (pairs(part) for part in (split.train, split.valid, split.test))
    shape = len(users), len(items)
    themselves = split.themselves
    if themselves is not None:
        there = (themselves >= 0) & (themselves < split.shape[1])  # others are items no more, or forgotten
        themselves = torch.where(there, item[themselves.where(there, 0)], -1)
        themselves = torch.where(users >= 0, themselves[users.clamp(min=0)], -1)
    kept = replace(split, train=train, valid=valid, test=test, cutoff=cutoff, cold=cold, shape=shape)
    return replace(kept, themselves=themselves)
