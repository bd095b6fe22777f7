"""Find what a run shares with the active one: it is shared or copied inside the database, not sent again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from graphrec.common.errors import NotFoundError
from graphrec.db import queries
from graphrec.publishing.registry import PublishedRun, Sizes, active_run
from graphrec.publishing.top_k import top_k
from graphrec.runs.align import positions
from graphrec.runs.run import Run
from graphrec.runs.store import read_run

if TYPE_CHECKING:
    from scipy.sparse import csr_array
    from torch import Tensor

    from graphrec.db.database import Database


@dataclass(frozen=True)
class Reusable:
    """Nodes of a run for which an earlier, completely published run has identical data.

    Attributes
    ----------
    before
        The earlier run, as published.
    users, items
        bool ``[n_users]`` and ``[n_items]``: identical vectors.
    links
        bool ``[n_users]``: identical links.
    unchanged
        Whether the items, their vectors and their edges are all identical, so that they can be shared.
    """

    before: PublishedRun
    users: Tensor
    items: Tensor
    links: Tensor
    unchanged: bool

    def vectors(self, kind: str) -> tuple[Tensor, str]:
        """Return which users or items have identical vectors, and the slot that holds them."""
        return (self.users, self.before.slot) if kind == "user" else (self.items, self.before.item_slot)


def reusable(db: Database, run: Run, sizes: Sizes, left_out: Collection[Any] = ()) -> Reusable | None:
    """Return what a run has in common with the active one; None if nothing.

    Runs are compared by their directories; the active one is also counted in the database.

    Parameters
    ----------
    db
        The database.
    run
        The run to publish.
    sizes
        How much to publish.
    left_out
        Ids of the items that no link leads to.
    """
    active = active_run(db)
    if active is None or active.state != "ready" or active.sizes != sizes:
        return None
    name = active.directory
    if run.info.get("base") != name:  # another training has other vectors throughout
        return None
    try:
        old = read_run(run.path.parent, name)
    except NotFoundError:
        return None
    if not active.matches(old):
        return None  # its directory was rewritten since: readers see something else
    if not _whole(db, old, active):
        return None
    found = _compared(run, old, active, left_out)
    # Which edges enough users carry may be others now, though the edges are the same.
    return replace(found, unchanged=False) if found is not None and sizes.similar_users else found


def _whole(db: Database, run: Run, published: PublishedRun) -> bool:
    """Return whether all of a run was published and still exists.

    A user or item missing from the database then may exist now, with nothing to copy.
    """
    if (published.users, published.items) != (len(run.users) - run.users.count(None), len(run.items)):
        return False
    row = db.read(queries.load("publish/count_links", run.schema), runId=published.run_id)[0]
    there = (row["links"], row["similar"], row["users"], row["items"])
    return there == (published.links, published.similar, published.users, published.items)


def _compared(run: Run, old: Run, active: PublishedRun, left_out: Collection[Any]) -> Reusable | None:
    (user, item), (old_user, old_item) = run.embeddings("all"), old.embeddings("all")
    if user.shape[1] != old_user.shape[1]:
        return None
    users, items = positions(old.users, run.users), positions(old.items, run.items)
    same_user = (users >= 0) & (user == old_user[users.clamp(min=0)]).all(1)
    same_item = (items >= 0) & (item == old_item[items.clamp(min=0)]).all(1)
    unchanged = len(items) == len(old.items) and bool(same_item.all()) and _equal(run.similar, old.similar)
    idle = _same_rows(run.seen("all"), old.seen("all")[users.clamp(min=0).numpy()], items)
    links = same_user & idle
    if not unchanged:
        # A new item may be in anybody's list; one that changed or is gone may have left it.
        links[links.clone()] = _same_links(run, old, (users, items), links.nonzero()[:, 0], active.k, left_out)
    return Reusable(active, same_user, same_item, links, unchanged)


def _same_rows(now: csr_array, before: csr_array, items: Tensor) -> Tensor:
    """Return which users have the same items as before, bool ``[n_users]``; ``items``: their earlier indices."""
    there, n_items = items.numpy()[now.indices.astype(np.int64)], max(before.shape[1], 1)
    many, earlier = np.diff(now.indptr), np.diff(before.indptr)
    mine, theirs = (np.repeat(np.arange(len(count)), count) for count in (many, earlier))
    both = np.isin(mine * n_items + there, theirs * n_items + before.indices) & (there >= 0)
    kept = np.bincount(mine[both], minlength=len(many))
    return torch.from_numpy((kept == many) & (kept == earlier))


def _equal(one: Tensor | None, other: Tensor | None) -> bool:
    if one is None or other is None:
        return one is other
    if torch.strided in (one.layout, other.layout):
        return one.layout == other.layout and torch.equal(one, other)
    parts = ((edges.crow_indices(), edges.col_indices(), edges.values()) for edges in (one, other))
    return all(torch.equal(mine, theirs) for mine, theirs in zip(*parts, strict=True))


def _same_links(
    run: Run, old: Run, at: tuple[Tensor, Tensor], some: Tensor, k: int, left_out: Collection[Any]
) -> Tensor:
    """Return which of some users have the same top items, bool ``[len(some)]``."""
    users, items = at
    if not len(some):
        return torch.zeros(0, dtype=torch.bool)
    allowed, was_allowed = (torch.tensor([key not in left_out for key in one.items]) for one in (run, old))
    now = list(top_k(lambda part: run.scores(part, "all"), some, run.seen("all"), k, allowed=allowed))
    before = list(top_k(lambda part: old.scores(part, "all"), users[some], old.seen("all"), k, allowed=was_allowed))
    ids, old_ids = (torch.cat([found for found, _ in one]) for one in (now, before))
    scores, old_scores = (torch.cat([found for _, found in one]) for one in (now, before))
    if ids.shape != old_ids.shape:  # fewer items than links
        return torch.zeros(len(some), dtype=torch.bool)
    return ((items[ids] == old_ids) & torch.isclose(scores, old_scores, atol=1e-5)).all(1)
