"""Full-ranking evaluation: rank all items for every user with held-out pairs, with their seen items masked.

For a ``cold-item`` split, only the cold items are ranked unless all are requested.

Equal scores are ordered by one seeded shuffle of the items, the same for every model: item order often follows
popularity (low ids are popular), so breaking ties by it would reward a model without information.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.common.errors import GraphError, LeakageError, TrainingError
from graphrec.evaluation.metrics import LEVEL, Floats, bootstrap, mean_interval, percentiles, ranking_metrics

if TYPE_CHECKING:
    from graphrec.evaluation.split import Split

#: Scores held at once: 32 MB of float32.
BLOCK_ELEMENTS = 2**23

HeldOut = Literal["valid", "test"]
Among = Literal["all", "cold"]


@dataclass(frozen=True)
class Report:
    """Metrics of every evaluated user.

    Attributes
    ----------
    users
        int64 ``[m]``: the users with truth, ascending.
    per_user
        Metric such as ``"ndcg@10"`` → float64 ``[m]``. Metrics: recall, precision, hit, ndcg, mrr, map, novelty.
    coverage
        k → share of the ranked items that are in at least one user's top k.
    seed
        Seed of ties and bootstrap.
    """

    users: NDArray[np.int64]
    per_user: dict[str, Floats]
    coverage: dict[int, float]
    seed: int

    def mean(self, name: str) -> float:
        """Return a metric's mean over users."""
        return float(self.per_user[name].mean())

    def interval(self, name: str, level: float = LEVEL) -> tuple[float, float]:
        """Return the percentile bootstrap interval of a metric's mean over users."""
        found = mean_interval(self.per_user[name], self.seed, level)
        return found["low"], found["high"]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: ``users``, ``level``, ``metrics`` (name → mean, low, high) and ``coverage``."""
        values = np.stack(list(self.per_user.values()), axis=1)
        low, high = percentiles(bootstrap(values, self.seed), LEVEL)
        rows = zip(self.per_user, values.mean(0).tolist(), low.tolist(), high.tolist(), strict=True)
        return {
            "users": len(self.users),
            "level": LEVEL,
            "metrics": {name: {"mean": mean, "low": below, "high": above} for name, mean, below, above in rows},
            "coverage": {str(k): share for k, share in self.coverage.items()},
        }


class HeldOutPairs:
    """Held-out pairs, and those to mask, prepared for ranking. The parameters are those of :func:`evaluate`.

    ``kept``: keep what each ranking needs of the masked pairs, for many rankings; 16 bytes a pair.

    Attributes
    ----------
    users, truths
        int64 ``[m]``: the users with truth, ascending, and how many each has.
    order
        int64: the ranked items, in the order of ties.
    seen
        csr ``[n_users, n_items]``: the masked pairs.
    """

    def __init__(
        self,
        seen: csr_array,
        truth: csr_array,
        candidates: NDArray[np.bool_] | None = None,
        seed: int = 0,
        block: int | None = None,
        *,
        kept: bool = False,
    ) -> None:
        self.seen, truth = _canonical(seen), _canonical(truth)
        self.users = np.flatnonzero(np.diff(truth.indptr)).astype(np.int64)
        if not len(self.users):
            raise GraphError("no user has a held-out pair to evaluate", hint="hold more out in [split]")
        self._keys = _pairs(truth)
        _check_disjoint(self.seen, self._keys)
        self.truths = np.diff(truth.indptr)[self.users].astype(np.int64)
        self.order = np.random.default_rng(seed).permutation(truth.shape[1])
        if candidates is not None:
            if not candidates[truth.indices].all():
                raise ValueError("a truth that is not among the candidates could never be ranked")
            self.order = self.order[candidates[self.order]]
        self._places = np.full(truth.shape[1], -1)
        self._places[self.order] = np.arange(len(self.order))
        self._step = block or max(1, BLOCK_ELEMENTS // truth.shape[1])
        self._kept = list(self._blocks()) if kept else None

    def _blocks(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Yield users to score at once, and rows and columns (places in the order) of what is masked."""
        for start in range(0, len(self.users), self._step):
            users = self.users[start : start + self._step]
            seen = self.seen[users]
            rows, columns = np.repeat(np.arange(len(users)), np.diff(seen.indptr)), self._places[seen.indices]
            ranked = columns >= 0
            yield torch.from_numpy(users), torch.from_numpy(rows[ranked]), torch.from_numpy(columns[ranked])

    def top(self, score: Callable[[Tensor], Tensor], k: int) -> NDArray[np.int64]:
        """Return the best ranked items of each user, ``[m, k]`` or fewer columns if there are fewer items.

        -1 if none is left.

        Raises
        ------
        TrainingError
            A score is NaN or +inf, or the scores have the wrong shape.
        """
        depth, parts, order = min(k, len(self.order)), [], torch.from_numpy(self.order)
        for users, rows, columns in self._kept or self._blocks():
            with torch.no_grad():
                scores = score(users)
                _require_finite(scores, (len(users), self.seen.shape[1]))
                device = scores.device
                shuffled = scores.float().index_select(1, order.to(device))
                shuffled[rows.to(device), columns.to(device)] = -float("inf")
                found = _first(shuffled, depth)
                items = self.order[found.cpu().numpy()]
                items[torch.isinf(shuffled.gather(1, found)).cpu().numpy()] = -1
                parts.append(items)
        top: NDArray[np.int64] = np.concatenate(parts)
        return top

    def hits(self, top: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether each of the ranked items is a truth of its user, bool of the same shape."""
        asked = self.users[:, None] * self.seen.shape[1] + top
        at = np.searchsorted(self._keys, asked).clip(max=len(self._keys) - 1)
        hits: NDArray[np.bool_] = (self._keys[at] == asked) & (top >= 0)
        return hits

    def metrics(self, score: Callable[[Tensor], Tensor], k: int) -> dict[str, Floats]:
        """Return the metrics of :func:`graphrec.evaluation.metrics.ranking_metrics` of each user, float64 ``[m]``."""
        return ranking_metrics(self.hits(self.top(score, k)), self.truths, k)


def evaluate(
    score: Callable[[Tensor], Tensor],
    seen: csr_array,
    truth: csr_array,
    *,
    ks: Sequence[int] = (10, 20),
    popularity: NDArray[Any] | None = None,
    candidates: NDArray[np.bool_] | None = None,
    block: int | None = None,
    seed: int = 0,
) -> Report:
    """Rank all items, or the candidates, for every user with truth, and compute metrics of the top k.

    Parameters
    ----------
    score
        Users, int64 ``[b]`` → scores of all items, ``[b, n_items]`` on any device; ``-inf`` means never.
    seen
        csr ``[n_users, n_items]``: items to mask.
    truth
        csr ``[n_users, n_items]``: the held-out pairs.
    ks
        List lengths.
    popularity
        ``[n_items]``: number of training users of each item, for novelty; by default those of ``seen``. Novelty is
        the mean of −log2 p(item) over the list, p = users of the item / users (Zhou et al. 2010); an item without
        users counts as having one.
    candidates
        bool ``[n_items]``: the items to rank, by default all. They must include every truth.
    block
        Users scored at once; by default about 32 MB of scores.
    seed
        Seed of the order of ties and of the bootstrap.

    Raises
    ------
    GraphError
        No user has truth.
    LeakageError
        A truth is also in ``seen``, so it could never be ranked.
    TrainingError
        A score is NaN or +inf, or the scores have the wrong shape.
    ValueError
        A truth is not among the candidates.
    """
    held = HeldOutPairs(seen, truth, candidates, seed, block)
    top = held.top(score, max(ks))
    hits = held.hits(top)
    counts = np.bincount(held.seen.indices, minlength=truth.shape[1]) if popularity is None else np.asarray(popularity)
    # An extra slot for "no item" (-1), so that short lists need no special case.
    surprise = np.append(-np.log2(np.maximum(counts, 1) / truth.shape[0]), 0.0)
    per_user: dict[str, Floats] = {}
    coverage: dict[int, float] = {}
    for k in ks:
        metrics = ranking_metrics(hits, held.truths, k)
        shown = top[:, :k]
        metrics["novelty"] = surprise[shown].sum(1) / np.maximum((shown >= 0).sum(1), 1)
        per_user |= {f"{name}@{k}": value for name, value in metrics.items()}
        coverage[k] = len(np.unique(shown[shown >= 0])) / len(held.order)
    return Report(held.users, per_user, coverage, seed)


def evaluate_split(
    score: Callable[[Tensor], Tensor],
    split: Split,
    on: HeldOut,
    *,
    ks: Sequence[int] = (10, 20),
    tail: int | None = None,
    among: Among | None = None,
) -> Report:
    """Evaluate on one component of a split, masking the earlier ones: train for valid, train and valid for test.

    The model has seen only train in both cases. For the test, valid is masked too, because these items are known not
    to be the answer when a recommendation is requested. See :func:`evaluate`.

    Parameters
    ----------
    tail
        Only pairs with an item of at most this many training pairs count as truth. The ranked items stay the same.
    among
        ``cold``: rank only the cold items of this component (default of a ``cold-item`` split); ``all``: rank all
        items.

    Raises
    ------
    GraphError
        No user has such a pair, or the split has no cold items.
    """
    candidates = split.candidates(on)
    if among == "cold" and candidates is None:
        raise GraphError(
            f"a {split.settings.method!r} split has no cold items",
            hint="train with method = 'cold-item' in [split], or rank among all",
        )
    return evaluate(
        score,
        split.seen(on),
        held_out(split, on, tail),
        ks=ks,
        popularity=split.matrix("train").sum(axis=0),
        candidates=None if among == "all" else candidates,
        seed=split.settings.seed,
    )


def held_out(split: Split, on: HeldOut, tail: int | None = None) -> csr_array:
    """Return the held-out pairs of a component, or of its tail, as float32 ones ``[n_users, n_items]``.

    Raises
    ------
    GraphError
        The component has pairs, but its tail has none.
    """
    truth = split.matrix(on)
    if tail is None or not truth.nnz:
        return truth
    rare = rare_items(split, tail)
    users, items = truth.nonzero()
    kept = rare[items]
    if not kept.any():
        raise GraphError(
            f"no {on} pair has an item of at most {tail} training pairs", hint="raise --tail, or leave it out"
        )
    return csr_array((np.ones(int(kept.sum()), np.float32), (users[kept], items[kept])), shape=split.shape)


def rare_items(split: Split, tail: int) -> NDArray[np.bool_]:
    """Return the items with at most ``tail`` training pairs, bool ``[n_items]``."""
    rare: NDArray[np.bool_] = split.matrix("train").sum(axis=0) <= tail
    return rare


def paired_bootstrap(one: Report, other: Report, name: str, level: float = LEVEL) -> tuple[float, float, float]:
    """Return the mean difference ``one - other`` of a metric over the same users, and its bootstrap interval.

    Raises
    ------
    ValueError
        The reports have different users.
    """
    if not np.array_equal(one.users, other.users):
        raise ValueError("only reports of the same users can be paired")
    found = mean_interval(one.per_user[name] - other.per_user[name], one.seed, level)
    return found["mean"], found["low"], found["high"]


def _canonical(matrix: csr_array) -> csr_array:
    """Return a csr copy without duplicates and stored zeros, indices sorted."""
    matrix = csr_array(matrix, copy=True)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return matrix


def _pairs(matrix: csr_array) -> NDArray[np.int64]:
    """Return a number for each pair of a canonical csr, ascending."""
    users = np.repeat(np.arange(matrix.shape[0], dtype=np.int64), np.diff(matrix.indptr))
    pairs: NDArray[np.int64] = users * matrix.shape[1] + matrix.indices
    return pairs


def _check_disjoint(seen: csr_array, truths: NDArray[np.int64]) -> None:
    leaked = np.intersect1d(_pairs(seen), truths, assume_unique=True)
    if len(leaked):
        user, item = divmod(int(leaked[0]), seen.shape[1])
        raise LeakageError(
            f"{len(leaked)} held-out pairs are also among the seen, such as (user {user}, item {item})",
            hint="mask only what the split left in training",
        )


def _require_finite(scores: Tensor, shape: tuple[int, int]) -> None:
    if scores.shape != shape:
        raise TrainingError(f"scores have shape {tuple(scores.shape)}, not {shape} (users, items)")
    bad = ~(scores < float("inf"))
    if bad.any():
        row, item = (int(x) for x in bad.nonzero()[0])
        raise TrainingError(
            f"the score of item {item} (row {row} of its block) is {float(scores[row, item])}",
            hint="the training has diverged: lower the learning rate (lr in [train])",
        )


def _first(scores: Tensor, depth: int) -> Tensor:
    """Return the columns of each row's ``depth`` highest scores, leftmost first among equals, int64 ``[b, depth]``."""
    values, columns = scores.topk(depth, dim=1)
    # topk picks any of equal scores: if those at its edge do not all fit, only a stable sort is deterministic.
    edge = values[:, -1:]
    unclear = (scores == edge).sum(1) > (values == edge).sum(1)
    if unclear.any():
        columns[unclear] = scores[unclear].sort(dim=1, descending=True, stable=True).indices[:, :depth]
    columns = columns.sort(dim=1).values
    ranks = scores.gather(1, columns).sort(dim=1, descending=True, stable=True).indices
    return columns.gather(1, ranks)
