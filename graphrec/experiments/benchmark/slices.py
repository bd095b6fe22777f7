"""Results by slices: less and more active users, rare and popular items, cold items.

====================  =============================================================================================
``users 1/4`` … 4/4   the metric's mean over a quarter of the evaluated users, the least active (in training) first
``items 1/3`` … 3/3   recall of links at the metric's length: the share of the test links to a third of the items, the
                      least popular (in training) first, that are found
``cold among all``    the metric on cold items when all items are ranked together
====================  =============================================================================================

Users, or items, with equal counts are in the same slice, so slices may differ in size, and one may be empty.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graphrec.evaluation.metrics import quantile_parts
from graphrec.evaluation.ranking import Report, evaluate, evaluate_split
from graphrec.evaluation.split import Split
from graphrec.experiments.baselines.base import Score


def slices(score: Score, split: Split, report: Report, metric: str) -> dict[str, dict[str, Any]]:
    """Return slice → ``metric``, ``value`` and the number of ``users`` or ``links``.

    Parameters
    ----------
    score, split
        The model, and the split whose test pairs are used.
    report
        The model's test report.
    metric
        For example ``ndcg@10``.
    """
    train = split.matrix("train")
    found: dict[str, dict[str, Any]] = {}
    part = quantile_parts(train.sum(axis=1)[report.users], 4)
    for number in np.unique(part):
        values = report.per_user[metric][part == number]
        found[f"users {number + 1}/4"] = {"metric": metric, "value": float(values.mean()), "users": len(values)}
    k = int(metric.partition("@")[2])
    third = quantile_parts(train.sum(axis=0), 3)
    for number in range(3) if not split.cold else ():
        links = _links(split, third == number)
        if links.nnz:
            value = _recall_of_links(score, split, links, k)
            found[f"items {number + 1}/3"] = {"metric": f"recall of links@{k}", "value": value, "links": links.nnz}
    if "test" in split.cold:
        among = evaluate_split(score, split, "test", ks=(k,), among="all")
        found["cold among all"] = {"metric": metric, "value": among.mean(metric), "users": len(among.users)}
    return found


def quietest(split: Split, report: Report) -> Report:
    """Return the report of its least active quarter of users."""
    kept = quantile_parts(split.matrix("train").sum(axis=1)[report.users], 4) == 0
    return Report(report.users[kept], {name: x[kept] for name, x in report.per_user.items()}, {}, report.seed)


def _links(split: Split, items: NDArray[np.bool_]) -> csr_array:
    """Return the test pairs of some items, float32 ones ``[n_users, n_items]``."""
    users, ends = split.test[:, items[split.test[1].numpy()]].numpy()
    return csr_array((np.ones(len(users), np.float32), (users, ends)), shape=split.shape)


def _recall_of_links(score: Score, split: Split, links: csr_array, k: int) -> float:
    report = evaluate(score, split.seen("test"), links, ks=(k,), seed=split.settings.seed)
    counts = np.diff(links.indptr)[report.users]
    return float(report.per_user[f"recall@{k}"] @ counts / counts.sum())
