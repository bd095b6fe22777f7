"""Gaussian noise for differential privacy.

Its randomness is that of the operating system, never the seed of the training: who knew the noise could subtract it.
Each number is the sum of four over two, as in the secure mode of opacus: the lowest bits of a single Gaussian number in
floating point tell which values are possible (Mironov 2012; Holohan and Braghin 2021).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Numbers that each one is the sum of.
_SUMMED = 4
#: Numbers drawn at once.
_BLOCK = 2**20


class Noise:
    """A source of randomness.

    Parameters
    ----------
    seed
        For tests alone: with a seed, nothing is private.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._seeded = None if seed is None else np.random.default_rng(seed)

    def uniform(self, n: int) -> NDArray[np.float64]:
        """Return numbers between 0 and 1, float64 ``[n]``, neither 0 nor 1."""
        raw = os.urandom(8 * n) if self._seeded is None else self._seeded.bytes(8 * n)
        return (np.frombuffer(raw, np.uint64) >> np.uint64(11)).astype(np.float64) * 2.0**-53 + 2.0**-54

    def gaussian(self, shape: tuple[int, ...], deviation: float) -> NDArray[np.float64]:
        """Return Gaussian noise of a standard deviation, float64; 0: none."""
        found = np.zeros(int(np.prod(shape)))
        if deviation:
            for start in range(0, len(found), _BLOCK):
                some = found[start : start + _BLOCK]
                for _ in range(_SUMMED):
                    some += ndtri(self.uniform(len(some)))
            found *= deviation / _SUMMED**0.5
        return found.reshape(shape)
