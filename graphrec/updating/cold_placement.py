"""Cold items of an updated run, placed in everybody's list anew where its settings say so."""

from __future__ import annotations

from dataclasses import replace

import torch

from graphrec.common.batches import in_blocks
from graphrec.config.settings import ModelSettings
from graphrec.model.cold_placement import shifts, spread, with_offset
from graphrec.model.scores import ItemTables
from graphrec.runs.layout import VIEWS, EmbeddingArrays
from graphrec.runs.run import Run
from graphrec.updating.changes import Delta
from graphrec.updating.items import Tables


def rank_of(run: Run, tables: Tables) -> int:
    """Return how many warm items are to stand above the best cold one; 0 where none is placed."""
    return 0 if bool(tables.warm_items.all()) else run.table("model", ModelSettings).cold_item_rank


def place(arrays: EmbeddingArrays, run: Run, delta: Delta, tables: Tables, rank: int) -> None:
    """Place cold items in the arrays that a run is to hold, which are changed.

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
    plain, item = ItemTables(raw, tables.similar, arrays.items.alpha, recency=run.recency), raw
    for view in VIEWS:
        user, done = arrays.user[view], arrays.done[view]
        shift = torch.zeros(len(user), 1)
        moved = torch.ones(len(user), dtype=torch.bool)
        if still:
            moved = delta.users_to_recompute if view == "all" else delta.users < 0
        for some in in_blocks(moved.nonzero()[:, 0], len(raw)):
            shift[some] = shifts(plain.scores(user[some], done, some), done.interactions(some), tables.warm_items, rank)
        placed, item = with_offset(user, raw, shift, tables.warm_items)
        if still:
            item = run.arrays.items.item[delta.items]
            placed[~moved, -1] = run.embeddings(view)[0][delta.users[~moved], -1]
        arrays.user[view] = placed
    apart = None if tables.similar is None else spread(tables.warm_items)
    arrays.items = replace(arrays.items, item=item, spread=apart)
