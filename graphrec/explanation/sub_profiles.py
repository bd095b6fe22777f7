"""Scores of a user as if only some of their behaviours had happened: exactly those of a fold-in, without training."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from graphrec.common.batches import in_blocks
from graphrec.explanation.attribution import Attribution
from graphrec.model.cold_placement import MARK, shifts, spread
from graphrec.model.profiles import Profiles, UserItemCSR


class SubProfiles:
    """Scores a user of a run with parts of the user's profile.

    Parameters
    ----------
    of
        The run's attribution.
    row
        The user's index in the run.
    """

    def __init__(self, of: Attribution, row: int) -> None:
        self.of, self.run = of, of.run
        profiles = of.run.profiles
        start, end = profiles.indptr[row : row + 2].tolist()
        self._weights = profiles.weights[start:end]
        self._age = None if profiles.age is None else profiles.age[start:end]
        self._days = None if profiles.days is None else profiles.days[start:end]
        #: The items of the profile, int64 ``[m]``.
        self.items = profiles.items[start:end]
        user = of.user(row)
        # Messages from friends do not depend on the user's own behaviours.
        self._friends = None
        if of.encoder.profile_encoder.social is not None:
            self._friends = user.friends / user.weights[0].clamp(min=1e-12)

    def __len__(self) -> int:
        """Return the number of items in the profile."""
        return len(self.items)

    @torch.inference_mode()
    def scores(self, kept: Tensor, items: Tensor | None = None) -> Tensor:
        """Return scores by parts of the profile, float32 ``[s, n_items]``.

        Parameters
        ----------
        kept
            bool ``[s, m]``: the items of the profile that each part keeps.
        items
            int64: score only these; all by default.
        """
        found = [self._scores(kept[some], items) for some in in_blocks(torch.arange(len(kept)), len(self.of.item))]
        return torch.cat(found) if found else torch.zeros(0, len(self.of.item if items is None else items))

    @torch.inference_mode()
    def ranks(self, kept: Tensor, item: int, seen: Tensor) -> Tensor:
        """Return the rank of an item by parts of the profile, int64 ``[s]``; 1 is best.

        Parameters
        ----------
        kept
            bool ``[s, m]``.
        item
            The item's index.
        seen
            int64: the items not to rank, such as those of the whole profile. What a part leaves out is not ranked
            either, so that ranks of different parts compare.
        """
        ranks = []
        for some in in_blocks(torch.arange(len(kept)), len(self.of.item)):
            scores = self._scores(kept[some], None)
            scores[:, seen] = -torch.inf
            own = scores[:, item].clone()
            scores[:, item] = -torch.inf
            ranks.append((scores > own[:, None]).sum(1) + 1)
        return torch.cat(ranks) if ranks else torch.zeros(0, dtype=torch.int64)

    def profiles(self, kept: Tensor) -> tuple[Profiles, UserItemCSR]:
        """Return the parts as profiles of so many users, and their target pairs."""
        part, pair = kept.nonzero(as_tuple=True)
        sizes = kept.sum(1)
        indptr = torch.cat([torch.zeros(1, dtype=torch.int64), sizes.cumsum(0)])
        age, days = None, None
        if self._age is not None:
            newer = (self._age[None, :] < self._age[:, None]).float()
            age = (kept.float() @ newer.T)[part, pair].long()
        if self._days is not None:
            held = self._weights > 0
            newest = torch.where(held, self._days, torch.inf).amin(1)
            first = torch.where(kept, newest[None, :], torch.inf).amin(1)
            days = torch.where(held[pair], self._days[pair] - first[part][:, None], 0.0).clamp(min=0)
        profiles = replace(
            self.run.profiles,
            indptr=indptr,
            items=self.items[pair],
            age=age,
            weights=self._weights[pair],
            days=days,
        )
        return profiles, profiles.only(self.run.schema.targets)

    def _scores(self, kept: Tensor, items: Tensor | None) -> Tensor:
        run, encoder = self.run, self.of.encoder
        profiles, done = self.profiles(kept)
        vectors: Tensor = encoder(profiles, done).float()
        if self._friends is not None:
            weights = encoder.component_weights(done.indptr.diff())
            vectors[:, self.of.columns.network] += weights[:, :1] * self._friends
        rows = torch.arange(len(kept))
        warm_items = run.warm_items
        if warm_items is not None:
            vectors = torch.cat([vectors, torch.zeros(len(vectors), 1)], 1)
            raw = run.scores_of(vectors, done, rows) / spread(warm_items)
            vectors[:, -1:] = shifts(raw, done.interactions(rows), warm_items, run.cold_item_rank) / MARK
        scores = run.scores_of(vectors, done, rows)
        return scores if items is None else scores[:, items]
