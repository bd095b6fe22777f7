"""Choose how far the shares of a context are shrunk: so that each past behaviour is likeliest given all others.

The others are those of other visits: what is done in one visit is alike, at whatever hour.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from graphrec.graph.contexts import UNKNOWN
from graphrec.model.context import Floats, Shrinkage, Variable, VariableTables
from graphrec.model.context_log import ContextLog, Ints

#: Numbers of imagined behaviours to try.
IMAGINED = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1_000.0)
#: Most behaviours that are left out, one after the other.
MOST = 50_000


def choose_shrinkage(variable: Variable, log: ContextLog, codes: Ints, groups: Ints, visit: Ints) -> Shrinkage:
    """Return the imagined behaviours of each level, chosen from the first level to the last.

    Parameters
    ----------
    variable
        The variable.
    log
        The known behaviours.
    codes
        int64 ``[n]``: their values.
    groups
        int64 ``[n_items]``: the group of each item.
    visit
        int64 ``[n]``: the visit of each behaviour.
    """
    known = codes != UNKNOWN
    tables = VariableTables(variable, log.items[known], codes[known], groups)
    of_items = tables.counts(log.items[known], codes[known], len(groups))
    users = log.users
    order = np.random.default_rng(0).permutation(len(log.indptr) - 1)
    few = np.zeros(len(order), bool)
    few[order[: 1 + int(np.searchsorted(np.diff(log.indptr)[order].cumsum(), MOST))]] = True
    known &= few[users]
    if not known.any():
        return Shrinkage()
    users, items, codes, visit = users[known], log.items[known], codes[known], visit[known]
    here, everybody = np.arange(len(codes)), tables.everybody

    def counts(rows: Ints) -> Floats:
        """Return the counts of each behaviour's row, ``[n, size]``."""
        _, row = np.unique(rows, return_inverse=True)
        return tables.counts(row, codes, int(row.max()) + 1)[row]

    def others(rows: Ints, alike: Floats | None = None) -> tuple[Floats, Floats, Floats]:
        """Return the counts of other visits in each behaviour's row: for all values, for its own, and in all."""
        left = (counts(rows) if alike is None else alike) - counts(visit * (int(rows.max()) + 1) + rows)
        left = np.maximum(left, 0)  # rounding
        return left, left[here, codes], left.sum(1)

    by_user, at_user, n_user = others(users)
    user = _best(lambda k: (at_user + k * everybody[codes]) / (n_user + k), everybody[codes])
    habits = np.broadcast_to(everybody, by_user.shape)
    if user is not None:
        habits = (by_user + user * everybody) / (n_user + user)[:, None]

    by_item, _, n_item = others(items, of_items[items])

    def together(k: float) -> Floats:
        lift = (by_item + k * everybody) / (n_item + k)[:, None] / everybody
        found: Floats = habits[here, codes] * lift[here, codes] / (habits * lift).sum(1)
        return found

    item = _best(together, habits[here, codes])
    share = habits[here, codes] if item is None else together(item)
    chosen: list[float | None] = []
    for rows in (users * (int(groups.max(initial=0)) + 1) + groups[items], users * len(groups) + items):
        _, at, n = others(rows)
        level = _best(lambda k, at=at, n=n, share=share: (at + k * share) / (n + k), share)  # type: ignore[misc]
        if level is not None:
            share = (at + level * share) / (n + level)
        chosen.append(level)
    return Shrinkage(user, item, *chosen)


def _best(likelihood: Callable[[float], Floats], without: Floats) -> float | None:
    """Return the number under which the behaviours are likeliest; None if they are as likely without the level."""
    values = {k: float(np.log(np.maximum(likelihood(k), 1e-12)).mean()) for k in IMAGINED}
    best = max(values, key=lambda k: values[k])
    return best if values[best] > float(np.log(without).mean()) else None
