r"""Where items stand that nobody has tried: right below the first of those that somebody has.

Scores of cold items, which only content and knowledge speak for, are lower and nearer to each other than those of
warm ones, and no shift that is the same for all users brings them up without pushing warm items down. So each user
has their own: with :math:`L_u` halfway between the user's :math:`r`-th and next best warm item not yet done, and
:math:`m_u` the best score of a cold item,

.. math:: s'_{ui} = L_u + a (s_{ui} - m_u)

for cold items. The order among them stays, no score of a warm item changes, and the first :math:`r` of the list
are what they are without cold items.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from graphrec.model.profiles import Interactions, UserItemCSR

#: What a difference between two cold items counts beside one between warm items: the best stand close together.
SPREAD = 0.02
#: The component of a cold item by which a user's shift reaches it: small, so that it says little of what is alike.
MARK = 1e-3


def shifts(scores: Tensor, done: Interactions, warm_items: Tensor, rank: int) -> Tensor:
    """Return what is added to each user's scores of cold items, they having been multiplied by :data:`SPREAD`.

    Parameters
    ----------
    scores
        float32 ``[b, n_items]``.
    done
        What these users did.
    warm_items
        bool ``[n_items]``; some are, some are not.
    rank
        How many warm items stand above, or all there are.

    Returns
    -------
    Tensor
        float32 ``[b, 1]``.
    """
    known = scores.masked_fill(~warm_items, -torch.inf)
    known[done.row, done.item] = -torch.inf
    # Who has done nearly everything has fewer left: the last of those is the level then, or the worst item of all.
    best = known.topk(min(rank + 1, known.shape[1]), dim=1).values
    floor = torch.where(best.isinf(), torch.inf, best).amin(1, keepdim=True)
    floor = torch.where(floor.isinf(), scores.amin(1, keepdim=True), floor)
    best = torch.where(best.isinf(), floor, best)
    level = best[:, -2:].mean(1, keepdim=True)
    found: Tensor = level - SPREAD * scores[:, ~warm_items].amax(1, keepdim=True)
    return found


def spread(warm_items: Tensor) -> Tensor:
    """Return what the scores of each item are multiplied by, float32 ``[n_items]``."""
    return torch.where(warm_items, 1.0, SPREAD)


def placed(
    score: Callable[[Tensor], Tensor], pairs: UserItemCSR, warm_items: Tensor, rank: int
) -> Callable[[Tensor], Tensor]:
    """Return a scorer that places cold items; of what users did ``pairs`` knows."""

    @torch.inference_mode()
    def found(users: Tensor) -> Tensor:
        scores = score(users)
        shift = shifts(scores, pairs.interactions(users.to(scores.device)), warm_items, rank)
        return torch.where(warm_items, scores, SPREAD * scores + shift)

    return found


def with_offset(user: Tensor, item: Tensor, shift: Tensor, warm_items: Tensor) -> tuple[Tensor, Tensor]:
    """Return user and item vectors ``[n, d + 1]`` whose inner product has cold items placed.

    Parameters
    ----------
    user, item
        float32 ``[n, d]``.
    shift
        float32 ``[n_users, 1]``, of :func:`shifts`.
    warm_items
        bool ``[n_items]``.
    """
    mark = MARK * (~warm_items).float()[:, None]
    return torch.cat([user, shift / MARK], 1), torch.cat([item * spread(warm_items)[:, None], mark], 1)


def without_offset(item: Tensor, warm_items: Tensor) -> Tensor:
    """Return the item vectors ``[n, d]`` of which :func:`with_offset` made those ``[n, d + 1]``."""
    return item[:, :-1] / spread(warm_items)[:, None]
