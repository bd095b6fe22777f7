"""Random search of a baseline's settings: the same number of trials for every baseline, from its own seeded space.

The first trial is the published or usual default, so that a few trials start with something sensible. The next ones,
60 % of all, fill the space evenly (a Latin hypercube, McKay et al. 1979); the rest are drawn around the best so far.
A repeated setting is not fitted again, but counts as a trial.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

#: One point of a space: name → value.
Setting = Mapping[str, float]
TRIES = 20
#: Share of the trials that fill the space.
EVEN = 0.6
#: Standard deviation, as a share of a dimension, of the trials around the best.
NEAR = 0.12


class Range(Protocol):
    """One dimension."""

    def at(self, share: float) -> float:
        """Return the value at a share in [0, 1) of the range."""

    def share(self, value: float) -> float:
        """Return the share in [0, 1] at which a value lies."""


@dataclass(frozen=True)
class Real:
    """Numbers from ``low`` to ``high``, uniform in their logarithms if ``log``; three digits."""

    low: float
    high: float
    log: bool = False

    def at(self, share: float) -> float:
        """Return the value at a share of the range."""
        if self.log:
            return float(f"{self.low * (self.high / self.low) ** share:.3g}")
        return float(f"{self.low + (self.high - self.low) * share:.3g}")

    def share(self, value: float) -> float:
        """Return the share of the range at which a value lies."""
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class Whole(Real):
    """Whole numbers from ``low`` to ``high``."""

    def at(self, share: float) -> int:
        """Return the value at a share of the range."""
        return round(super().at(share))


@dataclass(frozen=True)
class OneOf:
    """One of some values, with similar values next to each other."""

    values: tuple[float, ...]

    def at(self, share: float) -> float:
        """Return the value at a share of the list."""
        return self.values[min(int(share * len(self.values)), len(self.values) - 1)]

    def share(self, value: float) -> float:
        """Return the middle of the value's segment of the list."""
        return (self.values.index(value) + 0.5) / len(self.values)


Space = Mapping[str, Range]


def search(
    space: Space,
    defaults: Setting,
    tries: int,
    seed: int,
    value: Callable[[Setting], float],
    advance: Callable[[], object] = lambda: None,
) -> Setting:
    """Return the setting with the highest value; ties go to the first.

    Parameters
    ----------
    space
        Name → range.
    defaults
        The setting to try first, a value for each name of the space.
    tries
        Number of trials; one suffices if there is nothing to choose.
    seed
        Seed of the draws.
    value
        Setting → validation metric; ``-inf`` excludes a setting.
    advance
        Called after each trial.
    """
    rng = np.random.default_rng(seed)
    if not space:
        value({})
        return {}
    even = max(1, round(EVEN * tries))
    points: NDArray[np.float64] = qmc.LatinHypercube(len(space), rng=rng).random(even)
    tried: dict[tuple[float, ...], float] = {}
    best: Setting = {}
    top, where = -np.inf, points[0]
    for number in range(max(1, tries)):
        advance()
        if number == 0:
            setting: Setting = {name: defaults[name] for name in space}
            point = np.array([part.share(setting[name]) for name, part in space.items()])
        else:
            point = points[number - 1] if number <= even else _near(where, rng)
            setting = {name: part.at(float(share)) for (name, part), share in zip(space.items(), point, strict=True)}
        key = tuple(setting.values())
        if key in tried:
            continue
        tried[key] = value(setting)
        if tried[key] > top:
            best, top, where = setting, tried[key], point
    return best


def _near(point: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    near: NDArray[np.float64] = (point + rng.normal(0, NEAR, len(point))).clip(0, 1 - 1e-9)
    return near
