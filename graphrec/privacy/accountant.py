"""The accountant: what releases with Gaussian noise cost together, by opacus' PRV accountant (Gopi et al. 2021)."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterable
from typing import Any, NamedTuple

from graphrec.common.errors import ConfigError, LibraryError
from graphrec.common.libraries import library, version

#: Bounds of the search for a noise multiplier, and how near it comes.
_LEAST, _MOST, _NEAR = 0.05, 1e4, 1.002


class Release(NamedTuple):
    """Releases of one kind.

    Attributes
    ----------
    noise
        Standard deviation of the noise over the sensitivity.
    rate
        Probability that a user takes part (Poisson sampling); 1: everybody does.
    steps
        Their number.
    """

    noise: float
    rate: float = 1.0
    steps: int = 1


def together(releases: Iterable[Release]) -> list[Release]:
    """Return the releases with those of everybody joined: k of noise σ are exactly one of noise σ / √k."""
    whole, sampled = 0.0, list[Release]()
    for one in releases:
        if one.rate == 1:
            whole += one.steps / one.noise**2
        else:
            sampled.append(one)
    return ([Release(whole**-0.5)] if whole else []) + sampled


def epsilon_of(releases: Iterable[Release], delta: float) -> float:
    """Return an upper bound of the privacy loss ε of all releases together.

    Raises
    ------
    LibraryError
        opacus is not installed.
    """
    joined = together(releases)
    if not joined:
        return 0.0
    accountant = _accountant()
    accountant.history = [tuple(one) for one in joined]
    with warnings.catch_warnings():  # of logarithms of zero probability, and of its first guess of the range
        warnings.simplefilter("ignore")
        return max(0.0, float(accountant.get_epsilon(delta)))  # its error may go below zero


def noise_for(epsilon: float, delta: float, beside: Iterable[Release] = (), rate: float = 1.0, steps: int = 1) -> float:
    """Return the least noise of releases that cost, with those ``beside``, at most ``epsilon``.

    Raises
    ------
    LibraryError
        opacus is not installed.
    ConfigError
        No noise is strong enough.
    """
    known = list(beside)
    low, high = _LEAST, _MOST
    if epsilon_of([*known, Release(high, rate, steps)], delta) > epsilon:
        raise ConfigError(
            f"[privacy] epsilon = {epsilon:g}, delta = {delta:g}: no noise is strong enough",
            hint="raise epsilon or delta",
        )
    while high / low > _NEAR:
        middle = math.sqrt(low * high)
        if epsilon_of([*known, Release(middle, rate, steps)], delta) <= epsilon:
            high = middle
        else:
            low = middle
    return high


def _accountant() -> Any:
    root = logging.getLogger()
    before = root.handlers[:]
    try:
        with library("opacus"):
            from opacus.accountants import PRVAccountant
    except LibraryError as error:
        if version("opacus") is not None:
            raise
        raise LibraryError(error.message, hint="pip install 'graphrec[privacy]'") from error
    finally:  # opacus sets up logging for the whole process: each of our messages would come twice
        for added in [one for one in root.handlers if one not in before]:
            root.removeHandler(added)
    return PRVAccountant()
