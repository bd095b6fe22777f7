"""Scores as they are shown: exact, or relative to the user's best (``[publish] scores``).

The size of exact scores tells whether a user was in training (``graphrec audit privacy``); their order does not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: The value of the setting.
RELATIVE = "relative"
#: Decimals of relative scores.
_DECIMALS = 2


def by_best(scores: NDArray[Any]) -> NDArray[Any]:
    """Return scores ``[..., k]``, best first, as shares of the size of the first; -∞ stays.

    >>> by_best(np.array([[8.0, 6.0, -2.0], [-1.0, -2.0, -np.inf], [0.0, 0.0, -3.0]])).tolist()
    [[1.0, 0.75, -0.25], [-1.0, -2.0, -inf], [0.0, 0.0, -3.0]]
    """
    size = np.abs(scores[..., :1])
    found: NDArray[Any] = np.round(scores / np.where((size > 0) & np.isfinite(size), size, 1), _DECIMALS)
    return found
