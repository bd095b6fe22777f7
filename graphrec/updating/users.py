"""A run's user vectors in the order of a graph: kept rows reordered, changed ones encoded again."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from graphrec.model import Profiles, UserItemCSR
from graphrec.model.als import ALSFactors
from graphrec.model.profile_encoder import mutual
from graphrec.model.user_encoder import UserEncoder
from graphrec.runs.layout import View
from graphrec.runs.run import Run
from graphrec.updating.changes import Delta
from graphrec.updating.items import Tables
from graphrec.updating.realign import some


def encoder_of(run: Run, tables: Tables) -> UserEncoder:
    """Return the run's user encoder with other item tables."""
    old = run.encoder
    factors = None
    if old.als is not None and tables.factors is not None:
        factors = ALSFactors(tables.factors, old.als.alpha, old.als.ridge, old.als.iterations)
        factors.deviation = old.als.deviation
    return UserEncoder(old.profile_encoder, tables.source, old.get_buffer("weights"), factors, tables.side_features)


def plain(run: Run, view: View) -> Tensor:
    """Return a run's user vectors without the offset that places cold items, float32 ``[n_users, D]``."""
    user = run.embeddings(view)[0]
    return user[:, :-1] if run.cold_item_rank else user


@torch.inference_mode()
def vectors(run: Run, delta: Delta, encoder: UserEncoder, done: UserItemCSR, friends: UserItemCSR | None) -> Tensor:
    """Return the vectors of all users of the graph, float32 ``[n_users, D]``; those to recompute are encoded again.

    Friends of a recomputed user are recomputed too.
    """
    touched = delta.users_to_recompute
    if friends is not None:
        touched = touched.clone()
        touched[friends.users[delta.users_to_recompute[friends.items]]] = True
    found = plain(run, "all")[delta.users.clamp(min=0)].clone()
    places = touched.nonzero()[:, 0]
    if friends is not None:  # friends must be in the profiles too
        found[places] = encoder(delta.profiles, done, friends)[places].float()
    elif len(places):
        found[places] = encoder(chosen(delta.profiles, places), some(done, places)).float()
    return found


def chosen(profiles: Profiles, users: Tensor) -> Profiles:
    """Return the profiles of some users, int64 ``[b]``, as if they were the only ones."""
    rows = some(profiles, users)
    _, _, pair = profiles.rows(users)
    days = None if profiles.days is None else profiles.days[pair]
    weights = profiles.weights[pair]
    return replace(profiles, indptr=rows.indptr, items=rows.items, age=rows.age, weights=weights, days=days)


def friends_of(edges: list[Tensor], n_users: int) -> UserItemCSR | None:
    """Return the friendships; None if the graph has none."""
    return mutual(torch.cat(edges, 1), n_users) if edges else None
