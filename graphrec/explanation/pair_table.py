"""Numbers of pairs of items, computed when they are asked for, or once for all pairs of a small catalogue."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

#: Most items for which all pairs are kept, 64 MB.
MOST_ITEMS = 4096
_BLOCK = 256


class PairTable:
    """Numbers of pairs of items.

    Parameters
    ----------
    compute
        Scored items, int64 ``[n]``, and a user's items, int64 ``[m]`` → float32 ``[n, m]``.
    n_items
        Number of items.
    """

    def __init__(self, compute: Callable[[Ints, Ints], Floats], n_items: int) -> None:
        self._compute, self._n_items, self._asked = compute, n_items, 0
        self._table: Floats | None = None

    def __call__(self, items: Ints, mine: Ints) -> Floats:
        """Return the numbers of some pairs, float32 ``[n, m]``."""
        self._asked += len(mine)
        if self._table is None and self._n_items <= MOST_ITEMS and self._asked > 8 * self._n_items:
            everything = np.arange(self._n_items)
            blocks = np.split(everything, range(_BLOCK, self._n_items, _BLOCK))
            self._table = np.concatenate([self._compute(some, everything) for some in blocks])
        if self._table is None:
            return self._compute(items, mine)
        return self._table[items[:, None], mine]
