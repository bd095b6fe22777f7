"""Sudden changes in a series of days, with a stated rate of false alarms.

A permutation test: of all stretches of days, the one whose mean differs most from that of the other days; and how often
shuffled days have one that differs as much. Where nothing changes, days could come in any order, so that a change is
reported in at most the stated share of such series, whatever the distribution of the values
(``tests/benchmarks/posts.py alarms``). Where the days of the week differ, each changes places with its own kind alone.
The parts of a series with a change are searched further.

A single day that stands out is no change: it stands out as much in any order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Fewest days in which a change is looked for; fewest days of a stretch.
FEWEST, SHORTEST = 14, 2
#: Most changes in a series.
MOST = 8
#: Weeks from which on the days of the week are compared with their own kind.
_WEEKS = 4
_WEEK = 7


@dataclass(frozen=True)
class Change:
    """A stretch of days, from ``start`` until before ``end``, that differs from the rest of ``low`` until ``high``.

    ``p``: how often shuffled days have a stretch that differs as much.
    """

    start: int
    end: int
    low: int
    high: int
    p: float

    def means(self, values: Floats, weights: Floats) -> tuple[float, float]:
        """Return the means of the days beside the change, and of its own."""
        beside = np.r_[self.low : self.start, self.end : self.high]
        own = np.arange(self.start, self.end)
        before, within = (float(np.average(values[days], weights=weights[days])) for days in (beside, own))
        return before, within


def find_changes(
    values: Floats,
    weights: Floats,
    kinds: NDArray[np.int64] | None = None,
    *,
    rate: float = 0.01,
    shuffles: int = 999,
    seed: int = 0,
) -> list[Change]:
    """Return the changes of a series, in order of time.

    Parameters
    ----------
    values
        A value for each day, ``[n]``.
    weights
        How much each counts, ``[n]``, positive: a mean of many posts more than a mean of one.
    kinds
        Kind of each day, ``[n]``: days of a kind may come in any order; None: all of them.
    rate
        Most share of series without a change in which one is reported.
    shuffles
        Orders that are compared; at least ``1 / rate``.
    seed
        Of the orders: the same series has the same changes.
    """
    rng = np.random.default_rng(seed)
    found: list[Change] = []
    kinds = np.zeros(len(values), np.int64) if kinds is None else kinds
    parts = [(0, len(values))]
    while parts and len(found) < MOST:
        low, high = parts.pop(0)
        if high - low < FEWEST:
            continue
        start, end, p = _most_different(values[low:high], weights[low:high], _orders(kinds[low:high], shuffles, rng))
        if p > rate:
            continue
        # A stretch at the beginning is told by the days that follow it.
        change = (low + end, high) if start == 0 else (low + start, low + end)
        found.append(Change(*change, low, high, p))
        parts += [(low, low + start), (low + start, low + end), (low + end, high)]
    return sorted(found, key=lambda change: change.start)


def without_weekdays(values: Floats, first: int) -> tuple[Floats, NDArray[np.int64]]:
    """Return values, ``[n]``, without what belongs to the day of the week, and the days of the week, ``[n]``.

    Parameters
    ----------
    first
        Day of the week of the first value, 0 to 6. Series of less than four weeks stay as they are, of one kind.
    """
    kinds = (first + np.arange(len(values))) % _WEEK
    if len(values) < _WEEKS * _WEEK:
        return values, np.zeros_like(kinds)
    means = np.array([values[kinds == kind].mean() for kind in range(_WEEK)])
    return values - means[kinds], kinds


def _orders(kinds: NDArray[np.int64], shuffles: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the order as it is, and others in which days change places within their kind, ``[1 + shuffles, n]``."""
    orders = np.tile(np.arange(len(kinds)), (1 + shuffles, 1))
    for kind in np.unique(kinds):
        places = np.flatnonzero(kinds == kind)
        orders[1:, places] = rng.permuted(orders[1:, places], axis=1)
    return orders


def _most_different(values: Floats, weights: Floats, orders: NDArray[np.int64]) -> tuple[int, int, float]:
    """Return the stretch that differs most from the other days, and the share of orders with one that does as much."""
    n = len(values)
    shuffled = weights[orders]
    total = shuffled[0].sum()
    centred = values - np.average(values, weights=weights)
    sums = _cumulated(shuffled * centred[orders])
    sizes = _cumulated(shuffled)
    most = np.full(len(orders), -1.0)
    best = (0, n)
    for starts, ends in _stretches(n):
        within = sizes[:, ends] - sizes[:, starts]
        differ = (sums[:, ends] - sums[:, starts]) ** 2 * total / (within * (total - within))
        if differ[0].max() > most[0]:
            at = int(differ[0].argmax())
            best = 0 if starts.stop == 1 else at, ends.start + at
        most = np.maximum(most, differ.max(axis=1))
    near = most[0] - 1e-9 * max(most[0], 1e-300)  # equal but for rounding
    return *best, float((most >= near).mean())


def _cumulated(rows: Floats) -> Floats:
    return np.concatenate([np.zeros((len(rows), 1)), rows.cumsum(axis=1)], axis=1)


def _stretches(n: int) -> Iterator[tuple[slice, slice]]:
    """Yield starts and ends of stretches: those with lengths of a scale up to half, and all at the beginning.

    What differs at the end is what differs at the beginning, seen from the other side.
    """
    length = SHORTEST
    while length <= n // 2:
        yield slice(0, n - length + 1), slice(length, n + 1)
        length = max(length + 1, int(length * 1.4))
    yield slice(0, 1), slice(SHORTEST, n - SHORTEST + 1)
