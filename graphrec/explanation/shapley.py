r"""Shapley values of a user's past behaviours for the score of one item.

The players are the items of the profile, and the worth :math:`v(S)` of some of them is the score by a fold-in of these
alone, minus the score without any. Unlike shares (:mod:`graphrec.explanation.attribution`) the values count what is not
linear in the profile: its length, the least-squares weights, and how fast behaviours fade when there are newer ones.

.. math::

   φ_j = \sum_{S ⊆ N ∖ j} \frac{|S|! (m - |S| - 1)!}{m!} \left( v(S ∪ j) - v(S) \right)

(Shapley 1953.) Short profiles are summed over all subsets. For longer ones the mean over random permutations is taken,
each with its reverse (Castro, Gómez and Tejada 2009; Mitchell et al. 2022), with a standard error for each value. The
values sum to :math:`v(N)` either way.

Two conventions make scores of different parts comparable:

- Multiplying all scores of a user changes no list, and the weights for short profiles do so by up to 100
  (:mod:`graphrec.model.profile_length`). So each score is divided by the network's weight for that length, and
  multiplied by its weight for the whole profile.
- Cold items have a place below the scores of others (:mod:`graphrec.model.cold_placement`), which says nothing of the
  item. The values explain the score before, times the factor by which it then counts: as the shares do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from graphrec.common.errors import InputError
from graphrec.explanation.sub_profiles import SubProfiles

if TYPE_CHECKING:
    from torch import Tensor

    from graphrec.explanation.attribution import Attribution
    from graphrec.runs.run import Run

#: Longest profile whose values are exact: 4,096 parts of it are scored. No longer one can be asked for than the second.
EXACT, MOST_EXACT = 12, 20
#: Parts of a profile that are scored by default, and the least permutations; half of them reverse the others.
PARTS, FEWEST = 4096, 8
#: Pairs of permutations between two looks at the error.
_LOOK = 8


@dataclass(frozen=True)
class ShapleyValues:
    """Shapley values of one score.

    Attributes
    ----------
    user, item
        Indices in the run.
    items
        int64 ``[m]``: the items of the profile.
    values, errors
        float64 ``[m]``: the value of each, and its standard error; 0 where it is exact.
    score
        The score by the whole profile.
    empty
        The score by an empty profile: what no behaviour explains. The values sum to ``score - empty``.
    permutations
        Number of permutations; 0: exact.
    """

    user: int
    item: int
    items: NDArray[np.int64]
    values: NDArray[np.float64]
    errors: NDArray[np.float64]
    score: float
    empty: float
    permutations: int

    def to_dict(self, run: Run) -> dict[str, Any]:
        """Return plain data with the keys of the run, the largest values first."""
        return {
            "user": run.users[self.user],
            "item": run.items[self.item],
            "score": self.score,
            "empty": self.empty,
            "permutations": self.permutations,
            "behaviours": [
                {"item": run.items[self.items[n]], "value": float(self.values[n]), "error": float(self.errors[n])}
                for n in np.argsort(-self.values, kind="stable")
            ],
        }


def shapley(
    of: Attribution,
    user: int,
    item: int,
    *,
    permutations: int | None = None,
    error: float | None = None,
    exact: int = EXACT,
    seed: int = 0,
) -> ShapleyValues:
    """Return the Shapley values of a user's behaviours for the score of an item.

    Parameters
    ----------
    of
        The run's attribution.
    user, item
        Indices in the run.
    permutations
        Number of permutations, rounded up to an even number; with ``error`` the most of them. By default as many as
        take :data:`PARTS` parts, but at least :data:`FEWEST`: the longer a profile, the less an order matters.
    error
        Stop once no standard error is larger than this, in units of the score.
    exact
        Longest profile whose ``2 ** m`` parts are all scored.
    seed
        Seed of the permutations.

    Raises
    ------
    InputError
        ``exact`` or ``permutations`` is out of range.
    """
    if not 0 <= exact <= MOST_EXACT:
        raise InputError(
            f"exact={exact}: not a length of profiles", hint=f"0 to {MOST_EXACT}: 2 to its power are scored"
        )
    if permutations is not None and permutations < 2:
        raise InputError(f"permutations={permutations}: too few", hint="2 or more")
    sub = SubProfiles(of, user)
    if len(sub) <= exact:
        worth = _scaled(sub, _subsets(len(sub)), item)
        ends, values, errors, n = worth[[0, -1]], _exact(worth), np.zeros(len(sub)), 0
    else:
        ends = _scaled(sub, torch.tensor([[False], [True]]).expand(2, len(sub)), item)
        most = max(FEWEST, PARTS // max(1, len(sub))) if permutations is None else permutations
        values, errors, n = _sampled(sub, item, ends, (max(2, -(-most // 2)), error), seed)
    return ShapleyValues(user, item, sub.items.numpy(), values, errors, float(ends[1]), float(ends[0]), n)


def _scaled(sub: SubProfiles, kept: Tensor, item: int) -> NDArray[np.float64]:
    """Return the scores by parts of a profile with the network's weight of the whole profile, float64 ``[s]``."""
    sizes = kept[:, sub.user.target].sum(1)
    scale = sub.user.weights[0] / sub.of.encoder.component_weights(sizes)[:, 0]
    found: NDArray[np.float64] = (sub.unplaced(kept, item).double() * scale).numpy()
    return found


def _subsets(m: int) -> Tensor:
    """Return all subsets of ``m`` players, bool ``[2 ** m, m]``; player ``j`` is bit ``j`` of the row."""
    return (torch.arange(2**m)[:, None] >> torch.arange(m)) % 2 == 1


def _exact(worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values from the worth of all :func:`_subsets`, float64 ``[m]``."""
    m = len(worth).bit_length() - 1
    sizes = _subsets(m).sum(1).numpy()
    weights = np.array([1.0])
    for size in range(1, m):  # 1 / (m * binomial(m - 1, size))
        weights = np.append(weights, weights[-1] * size / (m - size))
    found = np.zeros(m)
    for player in range(m):
        without = (np.arange(2**m) >> player) % 2 == 0
        gain = worth[np.flatnonzero(without) + 2**player] - worth[without]
        found[player] = (weights[sizes[without]] / m * gain).sum()
    return found


def _sampled(
    sub: SubProfiles, item: int, ends: NDArray[np.float64], until: tuple[int, float | None], seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Return the values, their standard errors, and the number of permutations.

    ``ends``: the scores by none and by all; ``until``: most pairs of permutations, and the error that is enough.
    """
    draw, m = np.random.default_rng(seed), len(sub)
    most, enough = until
    pairs: list[NDArray[np.float64]] = []
    while len(pairs) < most:
        n = min(_LOOK, most - len(pairs))
        orders = np.stack([draw.permutation(m) for _ in range(n)])
        both = np.concatenate([orders, orders[:, ::-1]])
        place = np.argsort(both, 1)
        # Part t of an order holds its first t players.
        kept = torch.from_numpy(place[:, None, :] < np.arange(1, m)[:, None]).reshape(-1, m)
        between = _scaled(sub, kept, item).reshape(2 * n, m - 1)
        first, last = (np.full((2 * n, 1), end) for end in ends)
        gains = np.diff(np.concatenate([first, between, last], 1), axis=1)
        gains = np.take_along_axis(gains, place, 1)
        pairs += list((gains[:n] + gains[n:]) / 2)
        if enough is not None and len(pairs) >= 2 and _error(pairs).max() <= enough:
            break
    return np.mean(pairs, 0), _error(pairs), 2 * len(pairs)


def _error(pairs: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the standard error of the mean of independent estimates, float64 ``[m]``."""
    found: NDArray[np.float64] = np.std(pairs, 0, ddof=1) / len(pairs) ** 0.5
    return found
