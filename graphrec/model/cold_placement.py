r"""Where items stand that nobody has tried: right below the first of those that somebody has.

Scores of untried items, which only content and knowledge speak for, are lower and nearer to each other than those of
tried ones, and no shift that is the same for all users brings them up without pushing tried items down. So each user
has their own: with :math:`L_u` halfway between the user's :math:`r`-th and next best tried item not yet done, and
:math:`m_u` the best score of an untried item,

.. math:: s'_{ui} = L_u + a (s_{ui} - m_u)

for untried items. The order among them stays, no score of a tried item changes, and the first :math:`r` of the list
are what they are without untried items.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from graphrec.model.profiles import Done, Rows

#: What a difference between two untried items counts beside one between tried items: the best stand close together.
SPREAD = 0.02
#: The component of an untried item by which a user's shift reaches it: small, so that it says little of what is alike.
MARK = 1e-3


def shifts(scores: Tensor, done: Done, tried: Tensor, rank: int) -> Tensor:
    """Return what is added to each user's scores of untried items, they having been multiplied by :data:`SPREAD`.

    Parameters
    ----------
    scores
        float32 ``[b, n_items]``.
    done
        What these users did.
    tried
        bool ``[n_items]``; some are, some are not.
    rank
        How many tried items stand above, or all there are.

    Returns
    -------
    Tensor
        float32 ``[b, 1]``.
    """
    known = scores.masked_fill(~tried, -torch.inf)
    known[done.row, done.item] = -torch.inf
    # Who has done nearly everything has fewer left: the last of those is the level then, or the worst item of all.
    best = known.topk(min(rank + 1, known.shape[1]), dim=1).values
    floor = torch.where(best.isinf(), torch.inf, best).amin(1, keepdim=True)
    floor = torch.where(floor.isinf(), scores.amin(1, keepdim=True), floor)
    best = torch.where(best.isinf(), floor, best)
    level = best[:, -2:].mean(1, keepdim=True)
    found: Tensor = level - SPREAD * scores[:, ~tried].amax(1, keepdim=True)
    return found


def spread(tried: Tensor) -> Tensor:
    """Return what the scores of each item are multiplied by, float32 ``[n_items]``."""
    return torch.where(tried, 1.0, SPREAD)


def placed(score: Callable[[Tensor], Tensor], pairs: Rows, tried: Tensor, rank: int) -> Callable[[Tensor], Tensor]:
    """Return a scorer that places untried items; of what users did ``pairs`` knows."""

    @torch.inference_mode()
    def found(users: Tensor) -> Tensor:
        scores = score(users)
        shift = shifts(scores, pairs.done(users.to(scores.device)), tried, rank)
        return torch.where(tried, scores, SPREAD * scores + shift)

    return found


def marked(user: Tensor, item: Tensor, shift: Tensor, tried: Tensor) -> tuple[Tensor, Tensor]:
    """Return user and item vectors ``[n, d + 1]`` whose inner product has untried items placed.

    Parameters
    ----------
    user, item
        float32 ``[n, d]``.
    shift
        float32 ``[n_users, 1]``, of :func:`shifts`.
    tried
        bool ``[n_items]``.
    """
    mark = MARK * (~tried).float()[:, None]
    return torch.cat([user, shift / MARK], 1), torch.cat([item * spread(tried)[:, None], mark], 1)


def unmarked(item: Tensor, tried: Tensor) -> Tensor:
    """Return the item vectors ``[n, d]`` of which :func:`marked` made those ``[n, d + 1]``."""
    return item[:, :-1] / spread(tried)[:, None]
