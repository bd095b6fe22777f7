"""Users of a run in the order of a graph: kept rows moved, changed ones encoded anew."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from graphrec.growing.delta import Delta
from graphrec.growing.items import Tables
from graphrec.model import Profiles, Rows
from graphrec.model.encoder import UserEncoder
from graphrec.model.factors import Factors
from graphrec.model.reader import mutual
from graphrec.parts import NEVER
from graphrec.run import Run
from graphrec.split import Split


def encoder_of(run: Run, tables: Tables) -> UserEncoder:
    """Return the run's encoder of users over other tables of items."""
    old = run.encoder
    factors = None
    if old.factors is not None and tables.factors is not None:
        factors = Factors(tables.factors, old.factors.alpha, old.factors.ridge, old.factors.sweeps)
        factors.deviation = old.factors.deviation
    return UserEncoder(old.reader, tables.source, old.get_buffer("weights"), factors, tables.further)


@torch.inference_mode()
def vectors(run: Run, delta: Delta, encoder: UserEncoder, done: Rows, friends: Rows | None) -> Tensor:
    """Return the vectors of all users of the graph, float32 ``[n_users, D]``: of the touched ones made anew.

    Whoever has a touched friend is touched too.
    """
    touched = delta.touched
    if friends is not None:
        touched = touched.clone()
        touched[friends.users[delta.touched[friends.items]]] = True
    found = run.embeddings("all")[0][delta.users.clamp(min=0)].clone()
    places = touched.nonzero()[:, 0]
    if friends is not None:  # who is heard must be there too
        found[places] = encoder(delta.profiles, done, friends)[places].float()
    elif len(places):
        found[places] = encoder(chosen(delta.profiles, places), some(done, places)).float()
    return found


def chosen(profiles: Profiles, users: Tensor) -> Profiles:
    """Return the profiles of some users, int64 ``[b]``, as if there were no others."""
    rows = some(profiles, users)
    _, _, pair = profiles.rows(users)
    days = None if profiles.days is None else profiles.days[pair]
    weights = profiles.weights[pair]
    return replace(profiles, indptr=rows.indptr, items=rows.items, age=rows.age, weights=weights, days=days)


def some(rows: Rows, users: Tensor) -> Rows:
    """Return the rows of some users, int64 ``[b]``."""
    offsets, _, pair = rows.rows(users)
    indptr = torch.cat([offsets, torch.tensor([len(pair)])])
    return Rows(indptr, rows.items[pair], age=None if rows.age is None else rows.age[pair])


def friends_of(edges: list[Tensor], n_users: int) -> Rows | None:
    """Return who knows whom; None where there are no such edges."""
    return mutual(torch.cat(edges, 1), n_users) if edges else None


def moved(rows: Rows, delta: Delta) -> Rows:
    """Return what users did, in the order of the graph; new users did nothing, and what is gone is left out."""
    here = _back(delta.items, int(rows.items.max()) + 1 if len(rows.items) else 0)
    kept, known = some(rows, delta.users.clamp(min=0)), delta.users >= 0
    item = here[kept.items] if len(kept.items) else kept.items
    keep = (item >= 0) & known[kept.users]
    user, item = kept.users[keep], item[keep]
    order = (user * len(delta.items) + item).argsort()
    lengths = torch.bincount(user, minlength=len(known))
    indptr = torch.cat([torch.zeros(1, dtype=torch.int64), lengths.cumsum(0)])
    return Rows(indptr, item[order], age=None if kept.age is None else kept.age[keep][order])


def moved_split(split: Split, delta: Delta) -> Split:
    """Return the split in the order of the graph, without what is gone; new nodes are in no part."""
    user, item = (_back(place, size) for place, size in zip((delta.users, delta.items), split.shape, strict=True))

    def pairs(part: Tensor) -> Tensor:
        ends = torch.stack([user[part[0]], item[part[1]]])
        ends = ends[:, (ends >= 0).all(0)]
        return ends[:, (ends[0] * len(item) + ends[1]).argsort()] if ends.shape[1] else ends

    cutoff = dict(split.cutoff)
    if "user" in cutoff:
        cutoff["user"] = torch.where(delta.users >= 0, cutoff["user"][delta.users.clamp(min=0)], NEVER)
    cold = {name: (found := item[items])[found >= 0].sort().values for name, items in split.cold.items()}
    train, valid, test = (pairs(part) for part in (split.train, split.valid, split.test))
    shape = len(delta.users), len(delta.items)
    return replace(split, train=train, valid=valid, test=test, cutoff=cutoff, cold=cold, shape=shape)


def _back(place: Tensor, size: int) -> Tensor:
    """Return where each node of the run stands in the graph, -1 where it is gone, int64 ``[size or more]``."""
    back = torch.full((max(size, int(place.max()) + 1 if len(place) else 0),), -1)
    known = (place >= 0).nonzero()[:, 0]
    back[place[known]] = known
    return back
