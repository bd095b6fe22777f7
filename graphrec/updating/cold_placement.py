"""Cold items of an updated run, placed in everybody's list anew where its settings say so."""

from __future__ import annotations

import torch
from torch import Tensor

from graphrec.common.batches import in_blocks
from graphrec.config.settings import ModelSettings
from graphrec.model import UserItemCSR
from graphrec.model.cold_placement import shifts, spread, with_offset
from graphrec.model.item_edges import along
from graphrec.runs.run import Run, View
from graphrec.updating.changes import Delta
from graphrec.updating.items import Tables


def rank_of(run: Run, tables: Tables) -> int:
    """Return how many warm items are to stand above the best cold one; 0 where none is placed."""
    return 0 if bool(tables.warm_items.all()) else run.table("model", ModelSettings).cold_item_rank


def place(arrays: dict[str, Tensor], run: Run, delta: Delta, tables: Tables, rank: int) -> None:
    """Place cold items in what ``embeddings.safetensors`` is to hold, which is changed.

    Parameters
    ----------
    arrays
        Vectors whose inner products leave cold items where they score.
    run, delta, tables
        The run that was brought up to date, what has changed, and the items by now.
    rank
        See :func:`rank_of`.
    """
    raw = tables.item
    # Where the items are what they were, so is the place of the cold ones for whoever did nothing new.
    still = bool(run.cold_item_rank) and not delta.items_to_recompute.any() and not delta.gone_items
    views: tuple[View, ...] = ("all", "heldout")
    for view in views:
        user = arrays[f"{view}.user"]
        done = UserItemCSR(arrays[f"{view}.indptr"], arrays[f"{view}.indices"], age=arrays.get(f"{view}.age"))
        shift = torch.zeros(len(user), 1)
        moved = torch.ones(len(user), dtype=torch.bool)
        if still:
            moved = delta.users_to_recompute if view == "all" else delta.users < 0
        for some in in_blocks(moved.nonzero()[:, 0], len(raw)):
            shift[some] = _shift(user[some], raw, done, some, run, tables, rank)
        placed, item = with_offset(user, raw, shift, tables.warm_items)
        if still:
            item = run.arrays["item"][delta.items]
            placed[~moved, -1] = run.embeddings(view)[0][delta.users[~moved], -1]
        arrays[f"{view}.user"], arrays["item"] = placed, item
    if tables.similar is not None:
        arrays["similar.spread"] = spread(tables.warm_items)


def _shift(user: Tensor, item: Tensor, done: UserItemCSR, some: Tensor, run: Run, tables: Tables, rank: int) -> Tensor:
    """Return what is added to some users' scores of cold items, float32 ``[len(some), 1]``."""
    scores = user @ item.T
    if tables.similar is not None:
        scores += along(tables.similar, done.interactions(some, run.recency), float(run.arrays["similar.alpha"]))
    return shifts(scores, done.interactions(some), tables.warm_items, rank)
