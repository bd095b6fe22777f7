"""Counterfactuals: without which behaviours an item would not be in a list, and which one more would bring it there.

Nothing is estimated: what is returned has been scored by a fold-in of the changed profile, in which everything follows
from what is left: the length of the profile, the least-squares weights, and the ages of behaviours. The list is that of
a user today, so what the profile already holds is not ranked, whether or not it is removed. It is the model's list that
would change: what the user would have done instead is not asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from graphrec.common.errors import InputError, nearest
from graphrec.explanation.attribution import edge_rows
from graphrec.explanation.sub_profiles import SubProfiles, ranks_of

if TYPE_CHECKING:
    from graphrec.explanation.attribution import Attribution
    from graphrec.runs.run import Run

#: Length of the list by default.
K = 10
#: Most behaviours removed by default.
MOST = 20
#: Behaviours tried in each step of the greedy search.
WIDTH = 16
#: Most pairs tried; below it all are.
PAIRS = 512
#: Pairs tried between two looks.
_LOOK = 128
#: Further items that are scored by default, and that are returned.
CANDIDATES, TOP = 32, 5


@dataclass(frozen=True)
class Removal:
    """A smallest set found of behaviours without which an item is not in the list.

    Attributes
    ----------
    user, item
        Indices in the run.
    k
        Length of the list.
    rank
        Rank by the whole profile.
    removed
        Indices of the items of the set; empty if none was found, or if the item is not in the list anyway.
    rank_without
        Rank by the profile without them; None without a set.
    minimal
        Whether all smaller sets were tried; without a set, all of at most ``most``.
    most
        Largest set looked for.
    """

    user: int
    item: int
    k: int
    rank: int
    removed: tuple[int, ...]
    rank_without: int | None
    minimal: bool
    most: int

    @property
    def found(self) -> bool:
        """Whether there is such a set."""
        return bool(self.removed)

    def to_dict(self, run: Run) -> dict[str, Any]:
        """Return plain data with the keys of the run."""
        return {
            "user": run.users[self.user],
            "item": run.items[self.item],
            "k": self.k,
            "rank": self.rank,
            "removed": [run.items[item] for item in self.removed],
            "rank_without": self.rank_without,
            "minimal": self.minimal,
            "most": self.most,
        }


@dataclass(frozen=True)
class Addition:
    """One more behaviour: the index of its item, and the rank and score that it gives."""

    added: int
    rank: int
    score: float


@dataclass(frozen=True)
class Additions:
    """What each of some further behaviours would do for an item.

    Attributes
    ----------
    user, item
        Indices in the run.
    k
        Length of the list.
    kind
        Type of the behaviours.
    rank, score
        By the profile as it is.
    found
        The best of them, best first; :attr:`Addition.rank` says whether the item is then in the list.
    """

    user: int
    item: int
    k: int
    kind: str
    rank: int
    score: float
    found: tuple[Addition, ...]

    def to_dict(self, run: Run) -> dict[str, Any]:
        """Return plain data with the keys of the run."""
        return {
            "user": run.users[self.user],
            "item": run.items[self.item],
            "k": self.k,
            "behaviour": self.kind,
            "rank": self.rank,
            "score": self.score,
            "added": [
                {"item": run.items[one.added], "rank": one.rank, "score": one.score, "in_list": one.rank <= self.k}
                for one in self.found
            ],
        }


@torch.inference_mode()
def removal(of: Attribution, user: int, item: int, *, k: int = K, most: int = MOST) -> Removal:
    """Return the smallest set found of behaviours without which an item is not among the first ``k``.

    Sets of one are all tried; sets of two if there are at most :data:`PAIRS`, else the most promising. Larger sets grow
    by the behaviour whose removal costs most, among those that cost most alone, and then lose all that they can do
    without.

    Parameters
    ----------
    of
        The run's attribution.
    user, item
        Indices in the run.
    k
        Length of the list.
    most
        Most behaviours to remove.

    Raises
    ------
    InputError
        The user has done or dislikes the item, so that it is in no list.
    """
    sub = SubProfiles(of, user)
    _check_ranked(sub, item)
    search = _Search(sub, item, k)
    whole = torch.ones(1, len(sub), dtype=torch.bool)
    rank = int(sub.ranks(whole, item, sub.seen)[0])
    chosen, minimal = search.smallest(min(most, len(sub))) if rank <= k else ([], True)
    without = None
    if chosen:
        without = int(sub.ranks(sub.without(torch.tensor([chosen])), item, sub.seen)[0])
    removed = tuple(sub.items[sorted(chosen)].tolist())
    return Removal(user, item, k, rank, removed, without, minimal, min(most, len(sub)))


class _Search:
    """Search for positions of a profile without which an item leaves the list."""

    def __init__(self, sub: SubProfiles, item: int, k: int) -> None:
        self.sub, self.item, self.k = sub, item, k

    def leads(self, sets: list[list[int]]) -> Tensor:
        """Return the item's lead without each set; all sets are of one size."""
        return self.sub.leads(self.sub.without(torch.tensor(sets)), self.item, self.sub.seen, self.k)

    def smallest(self, most: int) -> tuple[list[int], bool]:
        """Return the smallest set found, empty if there is none, and whether all smaller ones were tried."""
        if most < 1:
            return [], True
        alone = self.leads([[place] for place in range(len(self.sub))])
        if alone.min() < 0:
            return [int(alone.argmin())], True
        chosen = self._pruned(self._grown(alone, most)) if most > 1 else []
        if len(chosen) == 2 or most == 1:
            return chosen, True
        pair, all_tried = self._pair(alone)
        if pair:
            return pair, True
        return chosen, all_tried and (len(chosen) == 3 or most == 2)

    def _grown(self, alone: Tensor, most: int) -> list[int]:
        """Return a set that grows until the item is out; empty if it is still in without ``most``."""
        order = alone.argsort(stable=True).tolist()
        chosen, lead = order[:1], math.inf
        while len(chosen) < most:
            tried = [place for place in order if place not in chosen][:WIDTH]
            if not tried:
                break
            leads = self.leads([[*chosen, place] for place in tried])
            chosen, lead = [*chosen, tried[int(leads.argmin())]], float(leads.min())
            if lead < 0:
                return chosen
        return []

    def _pruned(self, chosen: list[int]) -> list[int]:
        """Return the set without what it does not need."""
        while len(chosen) > 1:
            smaller = [chosen[:n] + chosen[n + 1 :] for n in range(len(chosen))]
            leads = self.leads(smaller)
            if leads.min() >= 0:
                break
            chosen = smaller[int(leads.argmin())]
        return chosen

    def _pair(self, alone: Tensor) -> tuple[list[int], bool]:
        """Return two positions without which the item is out, if any; and whether all pairs were tried."""
        # Those that cost most together if each costs what it costs alone.
        few = alone.argsort(stable=True)[: math.isqrt(2 * PAIRS * 4)].tolist()
        pairs = sorted(combinations(few, 2), key=lambda pair: float(alone[list(pair)].sum()))
        for start in range(0, min(len(pairs), PAIRS), _LOOK):
            some = [list(pair) for pair in pairs[start : min(start + _LOOK, PAIRS)]]
            leads = self.leads(some)
            if leads.min() < 0:
                return some[int(leads.argmin())], True
        return [], math.comb(len(self.sub), 2) <= PAIRS


@torch.inference_mode()
def additions(
    of: Attribution,
    user: int,
    item: int,
    *,
    k: int = K,
    kind: str | None = None,
    top: int = TOP,
    candidates: int = CANDIDATES,
    left_out: Sequence[int] = (),
) -> Additions:
    """Return which one more behaviour would do most for the rank of an item.

    Of all items that are not in the profile, those are scored that would have the largest shares in the item's score
    (:func:`gains`). The behaviour is the user's newest, and counts as one of strength 1.

    Parameters
    ----------
    of
        The run's attribution.
    user, item
        Indices in the run.
    k
        Length of the list.
    kind
        Type of the behaviour, by default the run's first target type.
    top
        Number of behaviours to return.
    candidates
        Number of items to score.
    left_out
        Indices of items that are not tried.

    Raises
    ------
    InputError
        The user has done or dislikes the item, so that it is in no list; or the run has no such behaviour.
    """
    run, sub = of.run, SubProfiles(of, user)
    _check_ranked(sub, item)
    kind = _kind_of(run, kind)
    before = sub.scores(torch.ones(1, len(sub), dtype=torch.bool))
    score, rank = float(before[0, item]), int(ranks_of(before, item, sub.seen)[0])
    amount = math.log2(1 + run.schema.behaviours[kind].weight)
    if len(sub) == len(of.item):  # nothing is left to do
        return Additions(user, item, k, kind, rank, score, ())
    gain = gains(sub, item, kind, amount)
    gain[torch.cat([sub.items, sub.seen, torch.tensor([item, *left_out])])] = -torch.inf
    others = gain.argsort(descending=True, stable=True)[: min(candidates, int(gain.isfinite().sum()))]
    more = sub.with_more(others, kind, amount)
    kept = torch.isin(more.items, sub.items) | (more.items == others[:, None])
    # What is done once is not recommended again.
    own = others if kind in run.schema.targets | run.schema.negatives else None
    ranks = more.ranks(kept, item, sub.seen, own)
    scores = more.scores(kept, torch.tensor([item]))[:, 0]
    best = sorted(range(len(others)), key=lambda n: (int(ranks[n]), -float(scores[n])))[:top]
    found = tuple(Addition(int(others[n]), int(ranks[n]), float(scores[n])) for n in best)
    return Additions(user, item, k, kind, rank, score, found)


@torch.inference_mode()
def gains(sub: SubProfiles, item: int, kind: str, amount: float) -> Tensor:
    """Return the share of each item, done once more, in the score of an item, float32 ``[n_items]``.

    The shares of the network, the ``SIMILAR`` edges and, to first order, ALS. Only the order of items that are not in
    the profile means something: what one more behaviour takes from the others' shares is the same for all of them.

    Parameters
    ----------
    sub
        The user's profile.
    item
        Index of the item.
    kind, amount
        Behaviour type, and the amount of it.
    """
    of, here, aim = sub.of, torch.tensor([0]), torch.tensor([item])
    # Which item is added does not matter to its weight.
    added = int((~torch.isin(torch.arange(len(of.item)), sub.items)).nonzero()[0])
    more = sub.with_more(torch.tensor([added]), kind, amount)
    profiles, done = more.profiles(torch.ones(1, len(more), dtype=torch.bool))
    read, tables = of.encoder.profile_encoder(profiles, here, of.source), of.run.arrays.items
    weight = read.weight[read.item == added] * of.encoder.component_weights(done.indptr.diff())[0, 0]
    gain: Tensor = weight * (of.source @ of.target[item])
    if kind not in of.run.schema.targets:
        return gain
    if tables.similar is not None:
        acts = done.interactions(here, tables.recency)
        rows = edge_rows(tables.similar, torch.arange(len(of.item)), aim)[:, 0]
        gain += acts.normal(tables.alpha)[acts.item == added] * rows * of.factor[item]
    if of.columns.als.start < of.columns.als.stop:
        gain += sub.user.als_gains(aim)[:, 0]
    return gain


def _check_ranked(sub: SubProfiles, item: int) -> None:
    """Refuse an item that no list of the user holds.

    Raises
    ------
    InputError
        The user has done or dislikes the item.
    """
    if item in sub.seen.tolist():
        run = sub.run
        raise InputError(
            f"{run.items[item]!r} is not recommended to {run.users[sub.row]!r}: it is in the profile",
            hint="ask about an item that the user has not done yet",
        )


def _kind_of(run: Run, kind: str | None) -> str:
    """Return a behaviour type of the run, by default the first target type.

    Raises
    ------
    InputError
        The run has no such type.
    """
    if kind is None:
        return next(name for name in run.behaviours if name in run.schema.targets)
    if kind not in run.behaviours or kind not in run.schema.behaviours:
        raise InputError(f"run {run.run_id} has no behaviour {kind!r}", hint=nearest(kind, run.schema.behaviours))
    return kind
