r"""How alike two lists of recommendations are.

For the first :math:`k` items :math:`A, B` of both lists

=============  ========================================================================================
``overlap``    :math:`|A ∩ B| / k`
``jaccard``    :math:`|A ∩ B| / |A ∪ B|`
``rbo``        :math:`\sum_{d=1}^k p^{d-1} |A_d ∩ B_d| / d` over :math:`\sum_{d=1}^k p^{d-1}` with
               :math:`p = .9`: rank-biased overlap (Webber et al. 2010) of the first :math:`k`, which counts
               the top of the lists more; 1 for equal lists
=============  ========================================================================================
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphrec.evaluation.metrics import Floats

Ints = NDArray[np.int64]
#: The p of rank-biased overlap: the first ten of a list have 86 % of all the weight in the mean.
PERSISTENCE = 0.9
#: Fills lists that are shorter than the others.
NONE = -1


def agreement(one: Ints, other: Ints) -> dict[str, Floats]:
    """Compare the lists of the same users.

    Parameters
    ----------
    one, other
        int64 ``[n_users, k]``: items, the best first; :data:`NONE` after the end of a short list.

    Returns
    -------
    dict
        ``overlap``, ``jaccard`` and ``rbo``, float64 ``[n_users]`` each; 1 where both lists are empty.
    """
    same = (one[:, :, None] == other[:, None, :]) & (one[:, :, None] != NONE)
    lengths = np.stack([(lists != NONE).sum(1) for lists in (one, other)])
    common = same.sum((1, 2))
    longest, union = lengths.max(0), lengths.sum(0) - common
    depth = np.arange(one.shape[1])
    within = same.cumsum(1).cumsum(2)[:, depth, depth]  # |A_d ∩ B_d| at each depth
    weight = PERSISTENCE**depth * (depth < longest[:, None])
    rbo = (within / (depth + 1) * weight).sum(1)
    return {
        "overlap": _ratio(common, longest),
        "jaccard": _ratio(common, union),
        "rbo": _ratio(rbo, weight.sum(1)),
    }


def _ratio(part: NDArray[np.generic], whole: NDArray[np.generic]) -> Floats:
    parts, wholes = part.astype(np.float64), whole.astype(np.float64)
    found: Floats = np.divide(parts, wholes, out=np.ones_like(parts), where=wholes > 0)
    return found
