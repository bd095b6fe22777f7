"""The best items of one user, exactly: all scores are looked at, and what may not be shown is left out before.

At most so many items of one entity are chosen greedily: best first, each item that does not fill an entity too far.
Where a relation ties every item to one entity, that is the list with the greatest sum of scores. Where items have
several entities, or several relations are bounded, finding that list is a hard problem (set packing), and this is the
usual greedy list: no item that was left out fits beside those that stand above it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from graphrec.runs.run import Run

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Items looked up at first; twice as many every further time.
_FIRST = 64


class Shown(NamedTuple):
    """What a list says of an item: its id and title; and the entities it is tied to, as (relation, entity)."""

    item: Any
    title: str
    ties: Sequence[tuple[str, str]] = ()


#: Places of items, int64 ``[n]`` → what is to be shown of each; None for one that is not there any more.
Look = Callable[[Ints], Sequence[Shown | None]]


def scores_of(run: Run, user: Any) -> tuple[Floats, Ints]:
    """Return a user's scores of all items, and the places of the items that the user has done.

    Parameters
    ----------
    user
        Id as it is stored, of a user whom the run knows.

    Returns
    -------
    scores, done
        float32 ``[n_items]`` and int64 ``[m]``.
    """
    place = run.users.index(user)
    return run.user_scores.scores(place), run.user_scores.seen(place)


def best(
    scores: Floats, allowed: Mask, k: int, look: Look, most: Mapping[str, int] | None = None
) -> list[tuple[int, Shown]]:
    """Return the place of each of the best items and what is to be shown of it, best first.

    Parameters
    ----------
    scores
        float32 ``[n_items]``; of equal ones, the item that comes first in the run is better.
    allowed
        bool ``[n_items]``; other items are left out.
    k
        At most so many.
    look
        Asked for the best items first, and no further than needed.
    most
        Relation → at most so many items of each of its entities.
    """
    chosen: list[tuple[int, Shown]] = []
    filled: Counter[tuple[str, str]] = Counter()
    most = most or {}
    for places in _best_first(scores, allowed, k):
        for place, shown in zip(places.tolist(), look(places), strict=True):
            if shown is None or any(filled[tie] >= most[tie[0]] for tie in shown.ties if tie[0] in most):
                continue
            filled.update(set(shown.ties))
            chosen.append((place, shown))
            if len(chosen) == k:
                return chosen
    return chosen


def _best_first(scores: Floats, allowed: Mask, k: int) -> Iterator[Ints]:
    """Yield the allowed places in the order of their scores, in blocks that grow."""
    places = np.flatnonzero(allowed)
    order = places[np.argsort(-scores[places], kind="stable")]
    start, size = 0, max(k, _FIRST)
    while start < len(order):
        yield order[start : start + size]
        start, size = start + size, 2 * size
