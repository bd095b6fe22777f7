"""Untried items of an updated run, placed in everybody's list anew where its settings say so."""

from __future__ import annotations

import torch
from torch import Tensor

from graphrec.config import ModelSettings
from graphrec.growing.items import Tables
from graphrec.model import Rows
from graphrec.model.edges import along
from graphrec.model.untried import marked, shifts, spread
from graphrec.run import Run

#: Users scored at once: 64 MB of scores for 16,000 items.
_BLOCK = 1024


def rank_of(run: Run, tables: Tables) -> int:
    """Return how many tried items are to stand above the best untried one; 0 where none is placed."""
    return 0 if bool(tables.tried.all()) else run.table("model", ModelSettings).untried


def place(arrays: dict[str, Tensor], run: Run, tables: Tables, rank: int) -> None:
    """Place untried items in what ``embeddings.safetensors`` is to hold, which is changed.

    Parameters
    ----------
    arrays
        Vectors whose inner products leave untried items where they score.
    run, tables
        The run that was brought up to date, and the items by now.
    rank
        See :func:`rank_of`.
    """
    item = tables.item
    for view in ("all", "heldout"):
        user = arrays[f"{view}.user"]
        done = Rows(arrays[f"{view}.indptr"], arrays[f"{view}.indices"], age=arrays.get(f"{view}.age"))
        found = [
            _shift(user, item, done, some, run, tables, rank) for some in torch.split(torch.arange(len(user)), _BLOCK)
        ]
        shift = torch.cat(found)
        arrays[f"{view}.user"], arrays["item"] = marked(user, item, shift, tables.tried)
    if tables.similar is not None:
        arrays["similar.spread"] = spread(tables.tried)


def _shift(user: Tensor, item: Tensor, done: Rows, some: Tensor, run: Run, tables: Tables, rank: int) -> Tensor:
    """Return what is added to some users' scores of untried items, float32 ``[len(some), 1]``."""
    scores = user[some] @ item.T
    if tables.similar is not None:
        scores = scores + along(tables.similar, done.done(some, run.recency), float(run.arrays["similar.alpha"]))
    return shifts(scores, done.done(some), tables.tried, rank)
