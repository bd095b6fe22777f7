"""Untried items of an updated run, placed in everybody's list anew where its settings say so."""

from __future__ import annotations

import torch
from torch import Tensor

from graphrec.common.batches import in_blocks
from graphrec.config.settings import ModelSettings
from graphrec.model import Rows
from graphrec.model.cold_placement import marked, shifts, spread
from graphrec.model.item_edges import along
from graphrec.runs.run import Run, View
from graphrec.updating.changes import Delta
from graphrec.updating.items import Tables


def rank_of(run: Run, tables: Tables) -> int:
    """Return how many tried items are to stand above the best untried one; 0 where none is placed."""
    return 0 if bool(tables.tried.all()) else run.table("model", ModelSettings).untried


def place(arrays: dict[str, Tensor], run: Run, delta: Delta, tables: Tables, rank: int) -> None:
    """Place untried items in what ``embeddings.safetensors`` is to hold, which is changed.

    Parameters
    ----------
    arrays
        Vectors whose inner products leave untried items where they score.
    run, delta, tables
        The run that was brought up to date, what has changed, and the items by now.
    rank
        See :func:`rank_of`.
    """
    raw = tables.item
    # Where the items are what they were, so is the place of the untried ones for whoever did nothing new.
    still = bool(run.untried) and not delta.remade.any() and not delta.gone_items
    views: tuple[View, ...] = ("all", "heldout")
    for view in views:
        user = arrays[f"{view}.user"]
        done = Rows(arrays[f"{view}.indptr"], arrays[f"{view}.indices"], age=arrays.get(f"{view}.age"))
        shift = torch.zeros(len(user), 1)
        moved = torch.ones(len(user), dtype=torch.bool)
        if still:
            moved = delta.touched if view == "all" else delta.users < 0
        for some in in_blocks(moved.nonzero()[:, 0], len(raw)):
            shift[some] = _shift(user[some], raw, done, some, run, tables, rank)
        placed, item = marked(user, raw, shift, tables.tried)
        if still:
            item = run.arrays["item"][delta.items]
            placed[~moved, -1] = run.embeddings(view)[0][delta.users[~moved], -1]
        arrays[f"{view}.user"], arrays["item"] = placed, item
    if tables.similar is not None:
        arrays["similar.spread"] = spread(tables.tried)


def _shift(user: Tensor, item: Tensor, done: Rows, some: Tensor, run: Run, tables: Tables, rank: int) -> Tensor:
    """Return what is added to some users' scores of untried items, float32 ``[len(some), 1]``."""
    scores = user @ item.T
    if tables.similar is not None:
        scores += along(tables.similar, done.done(some, run.recency), float(run.arrays["similar.alpha"]))
    return shifts(scores, done.done(some), tables.tried, rank)
