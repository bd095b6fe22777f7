"""Interaction inference: which items a user has, guessed from what is published about the user.

The attacker knows the histories of half of the users, and the knowledge graph, as in the attack of Zhong et al. (2024).
For the other half they see the list, and for each item of the training history and one of nearly the same popularity
that the user does not have, they guess which of the two it is. Items of the list are no candidates: a list holds none
that the user has, so that being listed would tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from graphrec.evaluation.metrics import mean_interval
from graphrec.experiments.privacy_audit.figures import auc
from graphrec.experiments.privacy_audit.membership import classifier

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Table = NDArray[np.float64]

#: Most items of a history that are guessed, and how far a similar popularity may be, in places.
MOST, WINDOW = 50, 20


@dataclass(frozen=True)
class Seen:
    """What an attacker sees of some users.

    Attributes
    ----------
    lists
        int64 ``[n_users, k]``: their lists, best first; -1 where there is none.
    similar
        csr ``[n_items, n_items]``: published ``SIMILAR`` edges, or None.
    knowledge
        csr ``[n_items, n_entities]``: the entities of items, or None.
    user, item
        Published vectors, or None.
    named
        csr ``[n_users, n_items]``: how often the reasons of a user's list name an item as the user's; or None.
    """

    lists: Ints
    similar: csr_array | None = None
    knowledge: csr_array | None = None
    user: Floats | None = None
    item: Floats | None = None
    named: csr_array | None = None


def candidates(history: csr_array, lists: Ints, seed: int) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Return users, items and whether the user has the item, of as many that they have as that they have not."""
    rng = np.random.default_rng(seed)
    popularity = np.asarray(history.sum(axis=0)).ravel()
    by_popularity = np.lexsort((rng.random(len(popularity)), popularity))
    place = np.empty(len(popularity), np.int64)
    place[by_popularity] = np.arange(len(popularity))
    users, items, has = list[int](), list[int](), list[bool]()
    for user in range(history.shape[0]):
        mine = history.indices[history.indptr[user] : history.indptr[user + 1]]
        taken = {*mine.tolist(), *lists[user].tolist()}
        for item in rng.permutation(mine)[:MOST].tolist():
            near = by_popularity[max(0, place[item] - WINDOW) : place[item] + WINDOW + 1]
            other = next((one for one in rng.permutation(near).tolist() if one not in taken), None)
            if other is not None:
                taken.add(other)
                users += [user, user]
                items += [item, other]
                has += [True, False]
    return np.array(users, np.int64), np.array(items, np.int64), np.array(has, bool)


def interactions(history: csr_array, seen: Seen, seed: int = 0) -> list[dict[str, Any]]:
    """Return the figures of the attack from each thing that is published, and from all.

    Parameters
    ----------
    history
        Ones, csr ``[n_users, n_items]``: what each user did, the truth.
    seen
        What is published.
    seed
        Of candidates, halves and intervals.

    Returns
    -------
    list
        ``from``; ``auc``, the mean over users with its interval; ``users``. In all, the reasons are left out, as they
        name items that the user has.
    """
    users, items, has = candidates(history, seen.lists, seed)
    if not len(users):  # the lists hold all that the users do not have
        return [{"from": name, "auc": None, "users": 0} for name in _sources(seen)]
    known = np.random.default_rng([seed, 1]).random(history.shape[0]) < 0.5
    names = _sources(seen)
    scores: dict[str, Table] = {name: np.zeros(len(users)) for name in names}
    for mine in (known, ~known):
        table = _features(users, items, seen, csr_array(history[np.flatnonzero(mine)]))
        learn = mine[users]
        if not learn.any() or learn.all():
            continue
        for name, columns in names.items():
            x = np.column_stack([table[column] for column in columns])
            guess = classifier(x[learn], has[learn], seed)
            scores[name][~learn] = guess(x[~learn])
    return [{"from": name} | _by_user(value, has, users, seed) for name, value in scores.items()]


def named(history: csr_array, reasons: csr_array, seed: int = 0) -> dict[str, Any]:
    """Return how much of what users did their reasons name, and how much of what is named is true.

    Parameters
    ----------
    history
        Ones, csr ``[n_users, n_items]``.
    reasons
        How often the reasons name an item, of the same shape.
    seed
        Of the interval.
    """
    said = reasons.sign()
    true = np.asarray(said.multiply(history.sign()).sum(axis=1)).ravel()
    share = true / np.maximum(np.diff(history.indptr), 1)
    return {
        "share": mean_interval(share.astype(np.float64), seed),
        "true": float(true.sum() / max(said.count_nonzero(), 1)),
    }


def _sources(seen: Seen) -> Mapping[str, Sequence[str]]:
    there = {
        "lists and knowledge": ["knowledge"] if seen.knowledge is not None else [],
        "lists and others' histories": ["others"],
        "lists and SIMILAR edges": ["edges"] if seen.similar is not None else [],
        "vectors": ["vectors"] if seen.user is not None else [],
    }
    found = {name: columns for name, columns in there.items() if columns}
    found["all of these"] = [column for columns in there.values() for column in columns]
    if seen.named is not None:
        found["reasons"] = ["reasons"]
    return found


def _features(users: Ints, items: Ints, seen: Seen, known: csr_array) -> dict[str, Table]:
    n_items = known.shape[1]
    listed = _weighted(seen.lists, n_items)
    popularity = np.log1p(np.asarray(known.sum(axis=0)).ravel())[items]
    found = {"others": np.column_stack([_near(listed, _unit(csr_array(known.T)), users, items), popularity])}
    if seen.knowledge is not None:
        spread = np.log(n_items / np.maximum(np.asarray(seen.knowledge.sum(axis=0)).ravel(), 1))
        rows = _unit(csr_array(seen.knowledge @ diags_array(np.maximum(spread, 0))))
        found["knowledge"] = np.column_stack([_near(listed, rows, users, items), popularity])
    if seen.similar is not None:
        to, back = listed @ seen.similar.T, listed @ seen.similar
        found["edges"] = np.column_stack([_at(to, users, items), _at(back, users, items), popularity])
    if seen.user is not None and seen.item is not None:
        score = np.einsum("nd,nd->n", seen.user[users], seen.item[items]).astype(np.float64)
        there = np.where(seen.lists >= 0, seen.lists, 0)
        last = np.einsum("ud,ukd->uk", seen.user, seen.item[there]).min(1).astype(np.float64)
        # Who scores above the end of the list, and is not in it, is left out for a reason: the user has it.
        found["vectors"] = np.column_stack([score, score - last[users], score > last[users], popularity])
    if seen.named is not None:
        found["reasons"] = _at(seen.named, users, items)[:, None]
    return found


def _weighted(lists: Ints, n_items: int) -> csr_array:
    """Return the lists with weights that fall with the rank, csr ``[n_users, n_items]``."""
    row, place = np.nonzero(lists >= 0)
    weight = (1 / np.log2(place + 2)).astype(np.float32)
    return csr_array((weight, (row, lists[row, place])), shape=(len(lists), n_items))


def _unit(rows: csr_array) -> csr_array:
    norm = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return csr_array(diags_array(1 / np.maximum(norm, 1e-9)) @ rows)


def _near(listed: csr_array, rows: csr_array, users: Ints, items: Ints) -> Table:
    """Return the cosines of items to what is in a user's list, summed by rank."""
    centre = csr_array(listed @ rows)
    found: Table = np.concatenate(
        [
            np.asarray(centre[users[start : start + 4096]].multiply(rows[items[start : start + 4096]]).sum(axis=1))
            for start in range(0, len(users), 4096)
        ]
    ).ravel()
    return found


def _at(table: csr_array, users: Ints, items: Ints) -> Table:
    return np.asarray(csr_array(table)[users, items], np.float64).ravel()


def _by_user(scores: Table, has: NDArray[np.bool_], users: Ints, seed: int) -> dict[str, Any]:
    order = np.argsort(users, kind="stable")
    people, starts = np.unique(users[order], return_index=True)
    each = [
        auc(scores[part][has[part]], scores[part][~has[part]]) for part in np.split(order, starts[1:]) if len(part) > 1
    ]
    return {"auc": mean_interval(np.array(each), seed) if each else None, "users": len(people)}
