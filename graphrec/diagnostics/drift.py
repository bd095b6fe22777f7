"""How far the graph has moved on since the published run took it in.

Compared are distinct pairs of user and item, by behaviours of the types that the run has learned from. Needs no
PyTorch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from graphrec.config.schema import names_of
from graphrec.diagnostics.behaviour_quality import Behaviours
from graphrec.graph.columns import Ints
from graphrec.graph.limits import limit
from graphrec.runs import layout
from graphrec.runs.run import Run
from graphrec.updating.drift import DRIFT, drift_of


class Drift(msgspec.Struct, frozen=True, rename="camel"):
    """What has changed since a run.

    Attributes
    ----------
    run_id
        The run.
    new_users, new_items, gone_users, gone_items
        Nodes that only the graph has, or only the run.
    pairs, new_pairs, gone_pairs
        Pairs of the run; those that only the graph has, or only the run.
    stale_users
        Users of the run who have other pairs now: their lists rest on what they did before.
    stale_share
        Their share of the run's users who are still there.
    unknown_item_share
        Share of all pairs that are with items that the run does not have; ``unknown_item_share_of_new``: of new pairs.
    popularity_distance
        :func:`jensen_shannon` of the items' shares of pairs then and now; ``popularity_distance_of_new``: then and of
        the new pairs. Few new pairs are far from any distribution by chance.
    since_training
        Share of pairs, or of items if larger, that have changed since the training, updates included.
    retrain_due
        Whether that is a tenth or more.
    unlearned
        Types of behaviour that the run has not learned from → how many there are; they are in no other number.
    """

    run_id: str
    new_users: int
    new_items: int
    gone_users: int
    gone_items: int
    pairs: int
    new_pairs: int
    gone_pairs: int
    stale_users: int
    stale_share: float
    unknown_item_share: float
    unknown_item_share_of_new: float | None
    popularity_distance: float
    popularity_distance_of_new: float | None
    since_training: float
    retrain_due: bool
    unlearned: dict[str, int]


def drift_since(run: Run, found: Behaviours) -> Drift:
    """Return what has changed since a run.

    Parameters
    ----------
    run
        A finished run.
    found
        The behaviours of the graph; what is beyond the limits of the mapping is removed from them.

    Raises
    ------
    InputError
        The run is damaged.
    """
    limit(found.stores, found.schema)
    users, items = found.users.keys, found.items.keys
    old_users, old_items = _places(run.users, users), _places(run.items, items)
    n_items = len(items) + len(run.items)  # of both, so that a pair is one number
    at_item = np.where(old_items >= 0, old_items, len(items) + np.arange(len(run.items)))
    now = _pairs_now(run, found, n_items)
    user, item = _pairs_then(run)
    there = old_users[user] >= 0
    then = np.unique(old_users[user[there]] * n_items + at_item[item[there]])
    new, gone = np.setdiff1d(now, then, assume_unique=True), np.setdiff1d(then, now, assume_unique=True)
    known = np.zeros(len(users), bool)
    known[old_users[old_users >= 0]] = True
    stale = np.zeros(len(users), bool)
    stale[new // n_items] = True
    stale[gone // n_items] = True
    unknown = np.ones(n_items, bool)
    unknown[at_item] = False
    before = np.bincount(at_item[item], minlength=n_items)
    forgotten = sum(key is None for key in run.users)
    gone_users, gone_items = int((old_users < 0).sum()) - forgotten, int((old_items < 0).sum())
    new_items = int(unknown[: len(items)].sum())
    changed = len(new) + len(gone) + int((~there).sum())
    updated: dict[str, Any] = run.info.get("updated", {})
    learned = updated.get("learned", {"pairs": len(user), "items": len(run.items)})
    since = drift_of(updated, changed, new_items + gone_items, learned)
    return Drift(
        run_id=run.run_id,
        new_users=int((~known).sum()),
        new_items=new_items,
        gone_users=gone_users,
        gone_items=gone_items,
        pairs=len(user),
        new_pairs=len(new),
        gone_pairs=len(gone) + int((~there).sum()),
        stale_users=int((stale & known).sum()),
        stale_share=float((stale & known).sum() / max(known.sum(), 1)),
        unknown_item_share=_share(unknown[now % n_items]) or 0.0,
        unknown_item_share_of_new=_share(unknown[new % n_items]),
        popularity_distance=jensen_shannon(before, np.bincount(now % n_items, minlength=n_items)) or 0.0,
        popularity_distance_of_new=jensen_shannon(before, np.bincount(new % n_items, minlength=n_items)),
        since_training=since,
        retrain_due=since >= DRIFT,
        unlearned={kind: count for kind, count in found.counts.items() if kind not in run.behaviours},
    )


def jensen_shannon(one: Ints, other: Ints) -> float | None:
    r"""Return the Jensen–Shannon distance of two distributions given by counts: 0: equal, 1: apart, None: one is empty.

    With :math:`m = (p + q) / 2` and :math:`D(p \| m) = \sum_i p_i \log_2 (p_i / m_i)` it is
    :math:`\sqrt{(D(p \| m) + D(q \| m)) / 2}`. The divergence is Lin's (Divergence measures based on the Shannon
    entropy, IEEE Transactions on Information Theory 37, 1991); that its root is a metric was shown by Endres and
    Schindelin (A new metric for probability distributions, the same journal 49, 2003).

    >>> jensen_shannon(np.array([1, 1, 0]), np.array([0, 0, 5])), jensen_shannon(np.array([1, 2]), np.array([2, 4]))
    (1.0, 0.0)
    """
    if not one.sum() or not other.sum():
        return None
    from scipy.spatial.distance import jensenshannon

    return float(jensenshannon(one, other, base=2))


def _places(keys: Sequence[Any], there: Sequence[Any]) -> Ints:
    """Return the place of each key in the graph, -1 if it is gone, int64 ``[len(keys)]``."""
    place = {(type(key), key): at for at, key in enumerate(there)}
    return np.array([place.get((type(key), key), -1) for key in keys], np.int64)


def _pairs_now(run: Run, found: Behaviours, n_items: int) -> Ints:
    """Return the distinct pairs of the graph by types that the run knows, ascending."""
    known = set(run.behaviours)
    ends = [found.stores[kind].edge_index for kind in found.kinds if kind[1] in known]
    if not ends:
        return np.empty(0, np.int64)
    users, items = np.concatenate(ends, axis=1)
    return np.unique(users * n_items + items)


def _pairs_then(run: Run) -> tuple[Ints, Ints]:
    """Return the pairs of a run, users and items, int64 ``[n]`` each, without those of searches alone."""
    with run.open_arrays(layout.PROFILES) as arrays:
        indptr, items, weights = (arrays.get_tensor(name) for name in ("indptr", "items", "weights"))
    names = {name for kind, mapped in run.schema.behaviours.items() for name in names_of(kind, mapped)}
    columns = [place for place, name in enumerate(run.behaviours) if name in names]
    users = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    kept = weights[:, columns].any(1)
    return users[kept], items[kept]


def _share(which: NDArray[np.bool_]) -> float | None:
    return float(which.mean()) if len(which) else None
