r"""Statistics of two shares: conversions of the users of two runs.

Each user counts once, as one trial: what one user does after one impression and after the next is not independent, and
intervals of impressions would be too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

#: Standard normal quantiles: of an interval of 95 %, and of a power of 80 %.
Z_95, Z_POWER = 1.959963984540054, 0.8416212335729143
#: Below this probability the numbers of users do not fit the shares.
MISMATCH = 0.001


class Interval(msgspec.Struct, frozen=True):
    """An estimate and its interval of 95 %."""

    mean: float
    low: float
    high: float


def wilson(successes: int, trials: int, z: float = Z_95) -> Interval | None:
    r"""Return a share with its Wilson score interval; None without trials.

    .. math:: \frac{\hat p + z^2/2n \pm z \sqrt{\hat p (1 - \hat p) / n + z^2 / 4n^2}}{1 + z^2/n}

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927). It holds its
    level for small numbers and shares near 0, where :math:`\hat p \pm z \sqrt{\hat p \hat q / n}` does not.

    >>> round(wilson(81, 263).low, 4), round(wilson(81, 263).high, 4)
    (0.2553, 0.3662)
    """
    if not trials:
        return None
    share = successes / trials
    middle = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return Interval(share, max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale))


def newcombe(one: tuple[int, int], other: tuple[int, int], z: float = Z_95) -> Interval | None:
    r"""Return the difference ``other - one`` of two independent shares with Newcombe's interval; None without trials.

    With the Wilson intervals :math:`(l_i, u_i)` of the shares:
    :math:`\hat p_2 - \hat p_1 - \sqrt{(\hat p_2 - l_2)^2 + (u_1 - \hat p_1)^2}` to
    :math:`\hat p_2 - \hat p_1 + \sqrt{(u_2 - \hat p_2)^2 + (\hat p_1 - l_1)^2}`.
    R. G. Newcombe, Interval estimation for the difference between independent proportions, Statistics in Medicine 17
    (1998), method 10.

    >>> round(newcombe((48, 80), (56, 70)).low, 4), round(newcombe((48, 80), (56, 70)).high, 4)
    (0.0524, 0.3339)

    Parameters
    ----------
    one, other
        Successes and trials of each.
    """
    first, second = wilson(*one, z), wilson(*other, z)
    if first is None or second is None:
        return None
    mean = second.mean - first.mean
    low = math.hypot(second.mean - second.low, first.high - first.mean)
    high = math.hypot(second.high - second.mean, first.mean - first.low)
    return Interval(mean, mean - low, mean + high)


def sample_ratio(users: Sequence[int], shares: Sequence[float]) -> float | None:
    """Return the probability of numbers of users as far from the shares, by the chi-square test; None without users.

    Below :data:`MISMATCH` users are lost or counted differently in the runs, and no other number of the experiment can
    be trusted (A. Fabijan et al., Diagnosing sample ratio mismatch in online controlled experiments, KDD 2019).

    >>> round(sample_ratio([5000, 5300], [0.5, 0.5]), 4)
    0.0031
    """
    total = sum(users)
    if not total:
        return None
    from scipy.stats import chisquare

    return float(chisquare(users, [share * total for share in shares]).pvalue)


def needed(share: float, lift: float, ratio: float = 1.0) -> int | None:
    r"""Return how many users the first run needs to show a relative change with a power of 80 % at a level of 5 %.

    With :math:`p_1` and :math:`p_2 = p_1 (1 + lift)`, :math:`r` users of the second per user of the first and
    :math:`\bar p = (p_1 + r p_2) / (1 + r)`:

    .. math:: n_1 (p_2 - p_1)^2 = (z_{0.975} \sqrt{(1 + 1/r) \bar p \bar q} + z_{0.8} \sqrt{p_1 q_1 + p_2 q_2 / r})^2

    J. L. Fleiss, B. Levin, M. C. Paik, Statistical Methods for Rates and Proportions (2003), chapter 4. None: the share
    is 0, or the change leads beyond 1.

    >>> needed(0.1, 0.1), needed(0.0, 0.1)
    (14751, None)
    """
    changed = share * (1 + lift)
    if not 0 < share < 1 or not 0 < changed < 1 or not lift:
        return None
    mean = (share + ratio * changed) / (1 + ratio)
    level = Z_95 * math.sqrt((1 + 1 / ratio) * mean * (1 - mean))
    power = Z_POWER * math.sqrt(share * (1 - share) + changed * (1 - changed) / ratio)
    return math.ceil(((level + power) / (changed - share)) ** 2)
