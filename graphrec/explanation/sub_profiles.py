"""Scores of a user as if other behaviours had happened: exactly those of a fold-in, without training."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from torch import Tensor

from graphrec.common.batches import in_blocks
from graphrec.explanation.attribution import Attribution, edge_rows
from graphrec.model.cold_placement import placed_vectors
from graphrec.model.profiles import Profiles, UserItemCSR

if TYPE_CHECKING:
    from graphrec.model.scores import ItemTables
    from graphrec.runs.run import Run


class SubProfiles:
    """Scores a user of a run with parts of the user's profile.

    Parameters
    ----------
    of
        The run's attribution.
    row
        The user's index in the run.

    Attributes
    ----------
    items
        int64 ``[m]``, ascending: the items of the profile.
    """

    def __init__(self, of: Attribution, row: int) -> None:
        self.of, self.run, self.row = of, of.run, row
        profiles = of.run.profiles
        start, end = profiles.indptr[row : row + 2].tolist()
        self._weights = profiles.weights[start:end]
        self._age = None if profiles.age is None else profiles.age[start:end]
        self._days = None if profiles.days is None else profiles.days[start:end]
        self.items = profiles.items[start:end]
        #: The shares of the whole profile.
        self.user = of.user(row)
        # Messages from friends do not depend on the user's own behaviours.
        self._friends = None
        if of.encoder.profile_encoder.social is not None:
            self._friends = self.user.friends / self.user.weights[0].clamp(min=1e-12)

    def __len__(self) -> int:
        """Return the number of items in the profile."""
        return len(self.items)

    @cached_property
    def seen(self) -> Tensor:
        """The items that are not recommended to the user again, int64: those of the whole profile."""
        return torch.from_numpy(self.of.seen[[self.row]].indices).long()

    def with_more(self, items: Tensor, kind: str, amount: float) -> SubProfiles:
        """Return the profile with more items, each done once, by a behaviour newer than all others.

        Parts can then be chosen of both; :attr:`seen` stays that of this profile.

        Parameters
        ----------
        items
            int64 ``[n]``: items that the profile does not hold.
        kind
            The behaviour type.
        amount
            The amount of it in :attr:`graphrec.model.profiles.Profiles.weights`.
        """
        found = copy(self)
        found.__dict__["seen"] = self.seen
        found.items, order = torch.cat([self.items, items]).sort()
        weights = torch.zeros(len(items), self._weights.shape[1])
        weights[:, self.run.behaviours.index(kind)] = amount
        found._weights = torch.cat([self._weights, weights])[order]
        if self._age is not None:
            found._age = torch.cat([self._age, torch.full_like(items, -1)])[order]
        if self._days is not None:
            found._days = torch.cat([self._days, torch.zeros_like(weights)])[order]
        return found

    def without(self, removed: Tensor) -> Tensor:
        """Return parts without some positions each, bool ``[s, m]``, from int64 ``[s, n]``."""
        kept = torch.ones(len(removed), len(self), dtype=torch.bool)
        return kept.scatter_(1, removed, torch.zeros_like(removed, dtype=torch.bool))

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
    def unplaced(self, kept: Tensor, item: int) -> Tensor:
        """Return the scores of one item before cold items are placed, float32 ``[s]``: quicker than all items' scores.

        Those of a cold item are on the scale of its shares (:data:`graphrec.model.cold_placement.SPREAD`).
        """
        of, found = self.of, []
        vector = of.item[item, : of.columns.side_features.stop]
        edges = of.run.arrays.items.similar
        sent = None
        if edges is not None:
            sent = edge_rows(edges, self.items, torch.tensor([item]))[:, 0] * of.factor[item]
        for some in in_blocks(torch.arange(len(kept)), max(1, len(self)) * len(vector)):
            vectors, done = self._encoded(kept[some])
            scores = vectors @ vector
            if sent is not None:
                tables = of.run.arrays.items
                acts = done.interactions(torch.arange(len(some)), tables.recency)
                shares = acts.normal(tables.alpha) * sent[torch.searchsorted(self.items, acts.item)]
                scores = scores.index_add(0, acts.row, shares)
            found.append(scores)
        return torch.cat(found) if found else torch.zeros(0)

    @torch.inference_mode()
    def ranks(self, kept: Tensor, item: int, seen: Tensor, own: Tensor | None = None) -> Tensor:
        """Return the rank of an item by parts of the profile, int64 ``[s]``; 1 is best.

        Parameters
        ----------
        kept
            bool ``[s, m]``.
        item
            The item's index.
        seen
            int64: the items not to rank, such as :attr:`seen`. What a part leaves out is not ranked either, so that
            ranks of different parts compare.
        own
            int64 ``[s]``: one more item of each part that is not ranked.
        """
        ranks = []
        for some in in_blocks(torch.arange(len(kept)), len(self.of.item)):
            scores = self._scores(kept[some], None)
            if own is not None:
                scores[torch.arange(len(some)), own[some]] = -torch.inf
            ranks.append(ranks_of(scores, item, seen))
        return torch.cat(ranks) if ranks else torch.zeros(0, dtype=torch.int64)

    @torch.inference_mode()
    def leads(self, kept: Tensor, item: int, seen: Tensor, k: int) -> Tensor:
        """Return how much an item is ahead of what would be in its place among the first ``k``, float32 ``[s]``.

        Negative where its rank is worse than ``k``; infinite where fewer than ``k`` others are ranked. Parameters as in
        :meth:`ranks`.
        """
        leads = []
        for some in in_blocks(torch.arange(len(kept)), len(self.of.item)):
            scores = self._scores(kept[some], None)
            own = scores[:, item].clone()
            scores[:, seen] = scores[:, [item]] = -torch.inf
            leads.append(
                own - scores.topk(k, 1).values[:, -1] if k < scores.shape[1] else torch.full_like(own, torch.inf)
            )
        return torch.cat(leads) if leads else torch.zeros(0)

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
            first = F.pad(torch.where(kept, newest[None, :], torch.inf), (0, 1), value=torch.inf).amin(1)  # none: empty
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

    def _encoded(self, kept: Tensor) -> tuple[Tensor, UserItemCSR]:
        """Return the vectors of parts, without the place of cold items, and their target pairs."""
        encoder = self.of.encoder
        profiles, done = self.profiles(kept)
        vectors: Tensor = encoder(profiles, done).float()
        if self._friends is not None:
            weights = encoder.component_weights(done.indptr.diff())
            vectors[:, self.of.columns.network] += weights[:, :1] * self._friends
        return vectors, done

    def _scores(self, kept: Tensor, items: Tensor | None) -> Tensor:
        scores = placed_scores(self.run, *self._encoded(kept))
        return scores if items is None else scores[:, items]


def placed_scores(run: Run, vectors: Tensor, done: UserItemCSR, tables: ItemTables | None = None) -> Tensor:
    """Return the scores of all rows with cold items in their place, float32 ``[b, n_items]``.

    Parameters
    ----------
    run
        The run.
    vectors
        float32 ``[b, D]``: user vectors of the encoder, which do not place cold items.
    done
        The target pairs.
    tables
        Item tables other than the run's.
    """
    tables = tables or run.arrays.items
    if run.warm_items is not None:
        vectors = placed_vectors(vectors, tables, done, run.warm_items, run.cold_item_rank)
    return tables.scores(vectors, done, torch.arange(len(vectors)))


def ranks_of(scores: Tensor, item: int, seen: Tensor) -> Tensor:
    """Return the rank of an item by each row of scores, int64 ``[b]``; ``seen`` items are not ranked."""
    own = scores[:, item].clone()
    scores = scores.index_fill(1, torch.cat([seen, torch.tensor([item])]), -torch.inf)
    return (scores > own[:, None]).sum(1) + 1
