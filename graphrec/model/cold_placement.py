r"""Place cold items in a list: right below the first warm items.

Scores of cold items rest on content and knowledge alone. They are lower and closer together than those of warm items,
and no shift common to all users raises them without pushing warm items down. So each user has their own shift: with
:math:`L_u` halfway between the user's :math:`r`-th and next best warm item that is not their own, and :math:`m_u` the
best score of a cold item,

.. math:: s'_{ui} = L_u + a (s_{ui} - m_u)

for cold items. Their order is kept, no score of a warm item changes, and the first :math:`r` of the list are the same
as without cold items.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from torch import Tensor

from graphrec.common.batches import in_blocks
from graphrec.model.profiles import Interactions, UserItemCSR

if TYPE_CHECKING:
    from graphrec.model.scores import ItemTables

#: Scale of score differences between cold items relative to warm ones: the best stay close together.
SPREAD = 0.02
#: Component of a cold item that carries a user's shift: small, so that it hardly affects similarities.
MARK = 1e-3


def shifts(scores: Tensor, done: Interactions, warm_items: Tensor, rank: int) -> Tensor:
    """Return what to add to each user's scores of cold items after multiplying them by :data:`SPREAD`.

    Parameters
    ----------
    scores
        float32 ``[b, n_items]``.
    done
        The interactions of these users.
    warm_items
        bool ``[n_items]``; must hold both warm and cold items.
    rank
        Number of warm items above the cold ones, or all there are.

    Returns
    -------
    Tensor
        float32 ``[b, 1]``.
    """
    known = scores.masked_fill(~warm_items, -torch.inf)
    known[done.row, done.item] = -torch.inf
    # A user with nearly all items has fewer left: then the last of those is the level, or the worst item of all.
    best = known.topk(min(rank + 1, known.shape[1]), dim=1).values
    floor = torch.where(best.isinf(), torch.inf, best).amin(1, keepdim=True)
    floor = torch.where(floor.isinf(), scores.amin(1, keepdim=True), floor)
    best = torch.where(best.isinf(), floor, best)
    level = best[:, -2:].mean(1, keepdim=True)
    found: Tensor = level - SPREAD * scores[:, ~warm_items].amax(1, keepdim=True)
    return found


def placed_vectors(vectors: Tensor, tables: ItemTables, done: UserItemCSR, warm_items: Tensor, rank: int) -> Tensor:
    """Return user vectors with the component that places cold items, float32 ``[b, D + 1]``.

    Parameters
    ----------
    vectors
        float32 ``[b, D]``: of the encoder, which does not place them.
    tables
        The item side of the score, with that component.
    done
        The users' target pairs, by row.
    warm_items, rank
        See :func:`shifts`.
    """
    found = F.pad(vectors, (0, 1))
    for rows in in_blocks(torch.arange(len(found)), len(warm_items)):
        raw = tables.scores(found[rows], done, rows) / spread(warm_items)
        found[rows, -1:] = shifts(raw, done.interactions(rows), warm_items, rank) / MARK
    return found


def spread(warm_items: Tensor) -> Tensor:
    """Return the factors of each item's scores, float32 ``[n_items]``."""
    return torch.where(warm_items, 1.0, SPREAD)


def placed(
    score: Callable[[Tensor], Tensor], pairs: UserItemCSR, warm_items: Tensor, rank: int
) -> Callable[[Tensor], Tensor]:
    """Return a scorer that places cold items; ``pairs`` holds the users' interactions."""

    @torch.inference_mode()
    def found(users: Tensor) -> Tensor:
        scores = score(users)
        shift = shifts(scores, pairs.interactions(users.to(scores.device)), warm_items, rank)
        return torch.where(warm_items, scores, SPREAD * scores + shift)

    return found


def with_offset(user: Tensor, item: Tensor, shift: Tensor, warm_items: Tensor) -> tuple[Tensor, Tensor]:
    """Return user and item vectors ``[n, d + 1]`` whose inner products place cold items.

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
    """Return the item vectors ``[n, d]`` that :func:`with_offset` turned into ``[n, d + 1]``."""
    return item[:, :-1] / spread(warm_items)[:, None]
