"""Place the cold items of an updated run in every list again, if its settings ask for it."""

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
    """Return the number of warm items above the best cold one; 0 if cold items are not placed."""
    return 0 if bool(tables.warm_items.all()) else run.table("model", ModelSettings).cold_item_rank


def place(arrays: EmbeddingArrays, run: Run, delta: Delta, tables: Tables, rank: int) -> None:
    """Place cold items; ``arrays`` is changed in place.

    Parameters
    ----------
    arrays
        Vectors whose inner products rank cold items by score.
    run, delta, tables
        The base run, the changes, and the current items.
    rank
        See :func:`rank_of`.
    """
    raw = tables.item
    # If the items are unchanged, the offsets of users without new interactions are too.
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
