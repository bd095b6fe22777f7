"""What has changed between a run and the current graph."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from graphrec.common.errors import TrainingError
from graphrec.evaluation.split import Split
from graphrec.graph.fingerprints import item_digests, social_digest
from graphrec.graph.hetero import Graph
from graphrec.graph.read import GraphArrays
from graphrec.model import Profiles, UserItemCSR
from graphrec.runs.align import inverse, positions
from graphrec.runs.run import Run
from graphrec.updating.realign import realigned_split


@dataclass(frozen=True)
class Delta:
    """The nodes of a graph that are new, or differ from what a run stores.

    Attributes
    ----------
    users, items
        int64 ``[n]``: index in the run of each node of the graph, -1 for new ones.
    users_to_recompute
        bool ``[n_users]``: users who are new or have other interactions.
    items_to_recompute
        bool ``[n_items]``: items that are new or have other content or knowledge.
    digests
        int64 ``[n_items]``: see :func:`graphrec.graph.fingerprints.item_digests`.
    social
        See :func:`graphrec.graph.fingerprints.social_digest`.
    items_with_new_users
        bool ``[n_items]``: items to recompute that were not in training and have gained users since.
    profiles
        Everyone's current interactions.
    known
        The same without held-out ones. Item vectors must not learn from those: they serve the evaluation too.
    done
        The target pairs of ``known``.
    split
        Held-out pairs, in the order of the graph.
    pairs
        Number of user–item pairs that were added, changed or removed.
    gone_users, gone_items
        Numbers of the run's nodes that no longer exist.
    """

    users: Tensor
    items: Tensor
    users_to_recompute: Tensor
    items_to_recompute: Tensor
    items_with_new_users: Tensor
    digests: Tensor
    social: int
    profiles: Profiles
    known: Profiles
    done: UserItemCSR
    split: Split
    pairs: int
    gone_users: int
    gone_items: int

    @property
    def new_users(self) -> int:
        """Number of users who are not in the run."""
        return int((self.users < 0).sum())

    @property
    def new_items(self) -> int:
        """Number of items that are not in the run."""
        return int((self.items < 0).sum())

    def __bool__(self) -> bool:
        changed = bool(self.users_to_recompute.any()) or bool(self.items_to_recompute.any())
        return changed or bool(self.gone_users) or bool(self.gone_items)


def compare(run: Run, graph: Graph | GraphArrays) -> Delta:
    """Return the differences between a graph and what a run stores.

    Raises
    ------
    TrainingError
        The graph has a type of behaviour that the run was not trained on.
    """
    profiles = _as_learned(Profiles.of(graph.data), run)
    users, items = positions(run.users, graph.users), positions(run.items, graph.items)
    old = run.profiles
    places_of = inverse(users, len(run.users)), inverse(items, len(run.items))
    gone = tuple(int((place < 0).sum()) for place in places_of)
    # A forgotten user has left an empty place, which does not count as gone.
    gone_users = gone[0] - sum(user is None for user in run.users)
    user, item = places_of[0][old.users], places_of[1][old.items]
    there = (user >= 0) & (item >= 0)
    n_items = len(graph.items)
    # With recency, a pair also changes when newer ones follow it.
    told, tells = _told(old, run), _told(profiles, run)
    before, told, weights = (user * n_items + item)[there], told[there], old.weights[there]
    now = profiles.users * n_items + profiles.items
    order = before.argsort()
    before, told, weights = before[order], told[order], weights[order]
    at = torch.searchsorted(before, now).clamp(max=max(len(before) - 1, 0))
    same = kept = torch.zeros(len(now), dtype=torch.bool)
    if len(before):
        same = (before[at] == now) & (told[at] == tells).all(1)
        kept = (before[at] == now) & (weights[at] == profiles.weights).all(1)
    missed = ~torch.isin(before, now)
    touched = users < 0
    touched[profiles.users[~same]] = True
    touched[before[missed] // n_items] = True
    touched[user[(user >= 0) & (item < 0)]] = True
    social = social_digest(graph.data, graph.users)
    if social != run.social:
        touched[:] = True
    digests = item_digests(graph.data, graph.items, graph.entities)
    remade = items < 0
    remade |= digests != run.digests[items.clamp(min=0)]
    split = realigned_split(run.split, users, items)
    held = torch.cat([split.valid, split.test], 1)
    known = profiles.among(~torch.isin(now, held[0] * n_items + held[1]))
    heard = torch.where(items >= 0, run.n_users_at_update[items.clamp(min=0)], -1)
    done = known.only(run.schema.targets)
    grown = ~remade & (heard >= 0) & (done.items.bincount(minlength=n_items) != heard)
    touched[profiles.users[(remade | grown)[profiles.items]]] = True  # their vectors are made of these items
    return Delta(
        users,
        items,
        touched,
        remade | grown,
        grown,
        digests,
        social,
        profiles,
        known,
        done,
        split,
        pairs=int((~kept).sum()) + int(missed.sum()) + int((~there).sum()),
        gone_users=gone_users,
        gone_items=gone[1],
    )


def _as_learned(profiles: Profiles, run: Run) -> Profiles:
    """Return profiles with a column for each behaviour type of the run, zero for types without data now."""
    new = [name for name in profiles.behaviours if name not in run.behaviours]
    if new:
        raise TrainingError(
            f"the graph has behaviours that run {run.run_id} has not learned from: {', '.join(new)}",
            hint="graphrec train",
        )
    if profiles.behaviours == run.behaviours:
        return profiles
    columns = [run.behaviours.index(name) for name in profiles.behaviours]
    weights = torch.zeros(len(profiles.items), len(run.behaviours))
    weights[:, columns] = profiles.weights
    days = None
    if profiles.days is not None:
        days = torch.zeros_like(weights)
        days[:, columns] = profiles.days
    return replace(profiles, weights=weights, days=days, behaviours=run.behaviours)


def _told(profiles: Profiles, run: Run) -> Tensor:
    """Return all inputs of each pair, float32 ``[n_pairs, c]``."""
    reader, parts = run.encoder.profile_encoder, [profiles.weights]
    if float(reader.recency) and profiles.age is not None:
        parts.append(profiles.age[:, None].float())
    if profiles.days is not None and bool((reader.half_life > 0).any()):
        parts.append(profiles.days)
    return torch.cat(parts, 1)
