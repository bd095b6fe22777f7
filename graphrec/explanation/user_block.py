"""What scores of several users are made of, read at once: see :mod:`graphrec.explanation.attribution`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphrec.explanation.attribution import Attribution

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class UserBlock:
    """The items of some users, with their weights.

    Attributes
    ----------
    indptr
        int64 ``[b + 1]``: where each user's items start.
    item
        int64 ``[n]``, ascending within a user.
    base
        float32 ``[n]``: factor of :math:`q_j · h_i` in the score.
    message
        float32 ``[n]``: the item's weight in the user's vector.
    target
        bool ``[n]``: whether there is a target behaviour.
    along
        float32 ``[n]``: the item's weight along ``SIMILAR`` edges.
    told
        float32 ``[n]``: its weight in the user's least-squares problem.
    als
        float32 ``[b]``: factor of the least-squares shares.
    """

    indptr: Ints
    item: Ints
    base: Floats
    message: Floats
    target: NDArray[np.bool_]
    along: Floats
    told: Floats
    als: Floats

    @classmethod
    @torch.inference_mode()
    def read(cls, of: Attribution, users: Tensor) -> UserBlock:
        """Read users of a run, int64 ``[b]``."""
        profiles, done, encoder = of.run.profiles, of.run.rows("all"), of.encoder
        read = encoder.profile_encoder(profiles, users, of.source)
        weights = encoder.component_weights(done.indptr.diff()[users])
        acts = done.interactions(users, float(encoder.profile_encoder.recency))
        n_items = len(of.item)
        place = torch.searchsorted(read.row * n_items + read.item, acts.row * n_items + acts.item)

        def spread(values: Tensor) -> Floats:
            found: Floats = torch.zeros(len(read.item)).index_put((place,), values).numpy()
            return found

        total = torch.zeros(len(users)).index_add(0, acts.row, acts.weight).clamp(min=1e-12)
        size = acts.row.bincount(minlength=len(users))
        most, deviation = encoder.most[0], 1.0 if encoder.als is None else encoder.als.deviation
        sizes = read.row.bincount(minlength=len(users))
        return cls(
            indptr=np.concatenate([[0], sizes.cumsum(0).numpy()]),
            item=read.item.numpy(),
            base=(read.weight * weights[read.row, 0]).numpy(),
            message=read.weight.numpy(),
            target=spread(torch.ones(len(place))) > 0,
            along=spread(acts.normal(of.run.arrays.items.alpha)),
            told=spread(acts.weight * (size / total)[acts.row]),
            als=(weights[:, 1] / (most**0.5 or 1.0) / deviation).numpy(),
        )
