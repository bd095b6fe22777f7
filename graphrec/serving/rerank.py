"""Exact top k of one user: all scores are considered, and forbidden items are removed first.

With a maximum of items per entity, items are chosen greedily: best first, skipping an item if one of its entities is
full. If a relation ties every item to one entity, this list has the greatest sum of scores. If items have several
entities, or several relations are bounded, the optimum is a hard problem (set packing), and this is the usual greedy
list: no skipped item fits in addition to those above it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from graphrec.runs.run import Run

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Shown(NamedTuple):
    """An item as shown in a list: its id, its title, and its entities as (relation, entity)."""

    item: Any
    title: str
    ties: Sequence[tuple[str, str]] = ()


#: Item indices, int64 ``[n]`` → what to show of each; None for an item that no longer exists.
Look = Callable[[Ints], Sequence[Shown | None]]


def scores_of(run: Run, user: Any) -> tuple[Floats, Ints]:
    """Return a user's scores of all items, and the indices of the user's own items.

    Parameters
    ----------
    user
        Id as stored, of a user in the run.

    Returns
    -------
    scores, done
        float32 ``[n_items]`` and int64 ``[m]``.
    """
    place = run.users.index(user)
    return run.user_scores.scores(place), run.user_scores.seen(place)


def best(blocks: Iterable[Ints], k: int, look: Look, most: Mapping[str, int] | None = None) -> list[tuple[int, Shown]]:
    """Return the index of each of the best items and what to show of it, best first.

    Parameters
    ----------
    blocks
        Item indices, best first: :func:`best_first`.
    k
        Maximum number of items.
    look
        Called for the best items first, and no further than needed.
    most
        Relation → maximum number of items for each of its entities.
    """
    chosen: list[tuple[int, Shown]] = []
    filled: Counter[tuple[str, str]] = Counter()
    most = most or {}
    for places in blocks:
        for place, shown in zip(places.tolist(), look(places), strict=True):
            if shown is None or any(filled[tie] >= most[tie[0]] for tie in shown.ties if tie[0] in most):
                continue
            filled.update(set(shown.ties))
            chosen.append((place, shown))
            if len(chosen) == k:
                return chosen
    return chosen


def best_first(scores: Floats, allowed: Mask, size: int, last: Mask | None = None) -> Iterator[Ints]:
    """Yield the indices of allowed items in blocks: by descending score, those of ``last`` after all others.

    Parameters
    ----------
    scores
        float32 ``[n_items]``; ties go to the item that comes first in the run.
    allowed
        bool ``[n_items]``; other items are left out.
    size
        Length of the first block; each further one is twice as long.
    last
        bool ``[n_items]``; None: no items.
    """
    if last is None or not (last & allowed).any():
        yield from _descending(scores, np.flatnonzero(allowed), size)
        return
    yield from _descending(scores, np.flatnonzero(allowed & ~last), size)
    yield from _descending(scores, np.flatnonzero(allowed & last), size)


def _descending(scores: Floats, places: Ints, size: int) -> Iterator[Ints]:
    """Yield indices by descending score of theirs, in growing blocks; the first one without sorting all."""
    if len(places) > 2 * size:
        wanted = -scores[places]
        near = places[wanted <= np.partition(wanted, size - 1)[size - 1]]
        first = near[np.argsort(-scores[near], kind="stable")][:size]
        yield first
        places = np.setdiff1d(places, first, assume_unique=True)
        size *= 2
    order = places[np.argsort(-scores[places], kind="stable")]
    start = 0
    while start < len(order):
        yield order[start : start + size]
        start, size = start + size, 2 * size
