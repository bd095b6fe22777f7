"""Held-out behaviours, each ranked in its own context: with and without what the context adds to the scores.

What the user did in the same visit is left out of the user's habits: what is done together is alike, at whatever hour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from graphrec.evaluation.events import by_visit, compared, event_ndcg, visits
from graphrec.evaluation.ranking import HeldOut
from graphrec.evaluation.split import Split
from graphrec.model.context import Scores, VariableTables
from graphrec.model.context_log import ContextLog, Evidence, Mask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphrec.runs.run import Run

#: Scores in memory at once: 128 MB for those of the model, and as much for each variable.
MAX_ELEMENTS = 2**25


def parts(log: ContextLog, split: Split, on: HeldOut, repeats: bool) -> tuple[Mask, Mask]:
    """Return which behaviours are known, and which are to be ranked, bool ``[n]`` each.

    Parameters
    ----------
    log
        Everyone's behaviours, held-out ones included.
    split
        The held-out pairs.
    on
        The component to rank.
    repeats
        Whether repetitions are ranked instead of new pairs: each user's last behaviours on pairs of the training, where
        the pair was done before. Their shares are those of the split.
    """
    users = log.users
    keys = users * split.shape[1] + log.items
    known = np.isin(keys, _keys(split.train, split))
    if "user" in split.cutoff:
        known &= log.times < split.cutoff["user"].numpy()[users]
    if not repeats:
        return known, np.isin(keys, _keys(getattr(split, on), split))
    rows = np.flatnonzero(known)
    lengths = np.bincount(users[rows], minlength=split.shape[0])
    place = (np.arange(len(rows)) - (lengths.cumsum() - lengths)[users[rows]]) / lengths[users[rows]]
    test = 1 - split.settings.test
    valid = test - split.settings.valid
    begin, end = (valid, test) if on == "valid" else (test, 1.0)
    known[:], asked = False, np.zeros(len(keys), bool)
    known[rows[place < begin]] = True
    asked[rows[(place >= begin) & (place < end)]] = True
    return known, asked & np.isin(keys, np.unique(keys[known]))


def _keys(pairs: Tensor, split: Split) -> NDArray[np.int64]:
    found: NDArray[np.int64] = (pairs[0] * split.shape[1] + pairs[1]).numpy()
    return found


class EventRanking:
    """Held-out behaviours with the model's scores of all items.

    Parameters
    ----------
    score
        Users, int64 ``[b]`` → scores of all items.
    log, split, on, repeats
        As in :func:`parts`. In a ranking of new pairs, what a user did before is masked.
    zone
        Time zone of the contexts.
    k
        List length.

    Attributes
    ----------
    log, visit
        The known behaviours, and the visit of each, int64 ``[n]``.
    base
        float32 ``[m, n_items]``: the scores of the ranked behaviours, as many of them as fit in memory.
    """

    def __init__(
        self,
        score: Callable[[Tensor], Tensor],
        log: ContextLog,
        split: Split,
        on: HeldOut,
        *,
        repeats: bool,
        zone: str,
        k: int,
    ) -> None:
        known, asked = parts(log, split, on, repeats)
        users, n_items = log.users, split.shape[1]
        every = visits(users, log.times)
        self.log, self.visit, self.zone, self.k = log.where(known), every[known], zone, k
        rows = np.flatnonzero(asked & _of_few(users, asked, max(1, MAX_ELEMENTS // n_items)))
        self.users, self.items = users[rows], log.items[rows]
        self._visits, first, self._place = np.unique(every[rows], return_index=True, return_inverse=True)
        self._bounds = list(zip(first.tolist(), [*first[1:].tolist(), len(rows)], strict=True))
        self._codes = {name: codes[rows] for name, codes in log.codes(zone).items()}
        self.base: Scores = np.empty((len(rows), n_items), np.float32)
        seen, candidates = split.seen(on), split.candidates(on)
        whom = np.unique(self.users)
        for block in np.split(whom, range(256, len(whom), 256)):
            scores = score(torch.from_numpy(block)).float().cpu().numpy()
            for mine, user in zip(scores, block.tolist(), strict=True):
                wanted = mine.copy()
                if not repeats:
                    wanted[seen.indices[seen.indptr[user] : seen.indptr[user + 1]]] = -np.inf
                if candidates is not None:
                    wanted[~candidates] = -np.inf
                self.base[self.users == user] = wanted

    def __len__(self) -> int:
        return len(self.items)

    def terms(self, tables: VariableTables) -> Scores:
        """Return the unweighted part of one variable, float32 ``[m, n_items]``; 0 where the value is unknown."""
        found = np.zeros_like(self.base)
        for _, mine, rows, wanted in self.by_visit(tables.variable.name):
            found[rows] = tables.terms(mine, wanted)
        return found

    def by_visit(self, name: str) -> Iterator[tuple[int, Evidence, NDArray[np.int64], NDArray[np.int64]]]:
        """Yield the user of each visit, what they did in others, the rows with a known value, and these values."""
        codes = self.log.codes(self.zone)[name]
        for visit, (begin, end) in zip(self._visits.tolist(), self._bounds, strict=True):
            wanted, user = self._codes[name][begin:end], int(self.users[begin])
            told = np.flatnonzero(wanted >= 0)
            first, last = self.log.indptr[user : user + 2].tolist()
            others = first + np.flatnonzero(self.visit[first:last] != visit)
            yield user, Evidence(self.log.items[others], codes[others]), begin + told, wanted[told]

    def values(self, scores: Scores) -> NDArray[np.float64]:
        """Return the mean NDCG of each visit."""
        return by_visit(event_ndcg(scores, self.items, self.k), self._place)

    def compared(self, tables: Sequence[VariableTables]) -> dict[str, Any]:
        """Return the figures without and with the context (:func:`graphrec.evaluation.events.compared`)."""
        scores = self.base.copy()
        for one in tables:
            scores += np.float32(one.variable.weight) * self.terms(one)
        return compared(self.values(self.base), self.values(scores), len(self), self.k)


def _of_few(users: NDArray[np.int64], asked: Mask, most: int) -> Mask:
    """Return the behaviours of as many users, drawn at random, as have at most ``most`` behaviours to rank."""
    sizes = np.bincount(users[asked], minlength=int(users.max(initial=0)) + 1)
    order = np.random.default_rng(0).permutation(len(sizes))
    kept = np.zeros(len(sizes), bool)
    kept[order[sizes[order].cumsum() <= most]] = True
    return kept[users]


def evaluate_in_context(run: Run, on: HeldOut, k: int) -> dict[str, Any] | None:
    """Return the figures of a run's held-out behaviours in their contexts; None if validation chose no context."""
    context = run.context
    if context is None:
        return None
    log = context.log
    ranking = EventRanking(
        lambda users: run.scores(users, "heldout"),
        log,
        run.split,
        on,
        repeats=bool(run.info["context"]["repeats"]),
        zone=context.zone,
        k=k,
    )
    if not len(ranking):
        return None
    codes = ranking.log.codes(context.zone)
    tables = [
        VariableTables(one.variable, ranking.log.items, codes[name], one.groups) for name, one in context.tables.items()
    ]
    return ranking.compared(tables)
