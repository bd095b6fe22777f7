"""What an attacker can measure about users whose histories they know, against a model of their own.

Each function returns float64 ``[n_users, f]``. ``world`` is attacked; ``reference`` is a model that the attacker
trained on other people of the same kind: what it would say of a user shows what to expect of one who is new.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graphrec.experiments.privacy_audit.world import Floats, World, halves

Table = NDArray[np.float64]

View = Callable[[World, World], Table]

#: Lengths of answers within which hidden items are looked for; the service gives at most the last.
LENGTHS = (10, 20, 100, 1000)
_TINY = 1e-9


def _as_published(values: Table) -> Table:
    return values


def of_lists(world: World, reference: World, scale: Callable[[Table], Table | None] = _as_published) -> Table:
    """Return features of the published lists.

    Parameters
    ----------
    world, reference
        See the module.
    scale
        The scores as they are computed, ``[n_users, k]`` → as they are published; None: they are not.
    """
    history, listed = world.history, world.listed
    size = np.maximum(np.diff(history.indptr), 1)
    length = np.maximum((world.lists >= 0).sum(1), 1)
    alike = reference.alike
    near = np.asarray((listed @ alike).multiply(history).sum(axis=1)).ravel() / length / size
    # A centre of what the user did beside that of the list, as attackers of other recommenders compare them.
    mine, theirs = history @ alike, listed @ alike
    centre = np.asarray(mine.multiply(theirs).sum(axis=1)).ravel()
    centre = centre / np.maximum(_norm(mine) * _norm(theirs), _TINY)
    popular = np.log1p(reference.popularity)
    columns = [
        np.log(size),
        np.asarray(listed.multiply(history).sum(axis=1)).ravel() / length,
        near,
        centre,
        listed @ popular / length,
        history @ popular / size,
        *_of_reference(world, reference, listed, length),
    ]
    return np.column_stack([*columns, *_of_values(scale(_values(world)), scale(_values(reference)))])


def _of_reference(world: World, reference: World, listed: csr_array, length: Table) -> list[Table]:
    """Return how much of the lists the reference gives too, in whole and at the top."""
    theirs = reference.listed
    top = world.lists[:, :5], reference.lists[:, :5]
    both = (top[0][:, :, None] == top[1][:, None, :]) & (top[0][:, :, None] >= 0)
    return [
        np.asarray(listed.multiply(theirs).sum(axis=1)).ravel() / length,
        both.sum((1, 2)) / 5,
        reference.members.astype(np.float64),
    ]


def _values(world: World) -> Table:
    finite = np.where(np.isfinite(world.values), world.values, np.nan).astype(np.float64)
    return np.where(np.isnan(finite).all(1, keepdims=True), 0.0, finite)


def _of_values(mine: Table | None, theirs: Table | None) -> list[Table]:
    if mine is None or theirs is None:
        return []
    found = []
    for values in (mine, theirs):
        spread = float(np.nanstd(values)) or 1.0
        first, last = values[:, 0], np.nanmin(values, axis=1)
        found.append(
            [first / spread, np.nanmean(values, 1) / spread, (first - last) / spread, np.nanstd(values, 1) / spread]
        )
    return [*found[0], *(one - other for one, other in zip(*found, strict=True))]


def of_vectors(world: World, reference: World) -> Table:
    """Return features of the published vectors: how well a user's own vector explains what the user did."""
    history = world.history
    mine, theirs = (_fit(one.user, one.item, history) for one in (world, reference))
    return np.column_stack([mine, mine - theirs, reference.members, np.log(np.maximum(np.diff(history.indptr), 1))])


def _fit(user: Floats | None, item: Floats | None, history: csr_array) -> Table:
    if user is None or item is None:
        return np.zeros((history.shape[0], 6))
    scores = (user @ item.T).astype(np.float64)
    norms = np.linalg.norm(user, axis=1), np.linalg.norm(item, axis=1)
    cosine = scores / np.maximum(norms[0][:, None] * norms[1], _TINY)
    size = np.maximum(np.diff(history.indptr), 1)
    near = np.asarray(history.multiply(cosine).sum(axis=1)).ravel() / size
    return np.column_stack([explained(scores, history), np.log(np.maximum(norms[0], _TINY)), near])


def explained(scores: Table, history: csr_array) -> Table:
    """Return how high scores place some items of each user: likelihood, standing, mean and lowest, ``[n_users, 4]``."""
    scores = scores.astype(np.float64)
    size = np.maximum(np.diff(history.indptr), 1)
    centred = scores - scores.mean(1, keepdims=True)
    centred /= np.maximum(scores.std(1, keepdims=True), _TINY)
    likely = centred - np.log(np.exp(centred).sum(1, keepdims=True))
    rank = np.empty(scores.shape, np.int64)
    np.put_along_axis(rank, np.argsort(scores, axis=1, kind="stable"), np.arange(scores.shape[1])[None], axis=1)
    where = history.nonzero()
    lowest = np.zeros(len(size))
    np.minimum.at(lowest, where[0], centred[where])
    parts = [
        np.bincount(where[0], table[where], len(size)) / size for table in (likely, rank / scores.shape[1], centred)
    ]
    return np.column_stack([*parts, lowest])


def of_edges(world: World, reference: World) -> Table:
    """Return features of the published edges alone: how much of a history they join, and how strongly."""
    history, found = world.history, []
    size = np.maximum(np.diff(history.indptr), 1)
    for one in (world, reference):
        edges = one.similar if one.similar is not None else csr_array((history.shape[1],) * 2, dtype=np.float32)
        binary = edges.sign()
        out = np.maximum(history @ np.asarray(edges.sum(axis=1)).ravel(), _TINY)
        inside = np.asarray((history @ edges).multiply(history).sum(axis=1)).ravel()
        joined = np.asarray((history @ binary).multiply(history).sum(axis=1)).ravel()
        found.append(np.column_stack([inside / size, inside / out, joined / size]))
    return np.column_stack([found[0], found[0] - found[1], reference.members, np.log(size)])


def of_service(world: World, reference: World, *, decimals: int | None = None, length: int = LENGTHS[-1]) -> Table:
    """Return features of answers to probes: half of a history is sent as likes, and the other half looked for.

    Parameters
    ----------
    world, reference
        See the module.
    decimals
        To which the scores of answers are rounded; None: they are not.
    length
        Items in an answer.
    """
    mine, theirs = (probed(one, decimals, length) for one in (world, reference))
    return np.column_stack(
        [mine, mine - theirs, reference.members, np.log(np.maximum(np.diff(world.history.indptr), 1))]
    )


def probed(world: World, decimals: int | None = None, length: int = LENGTHS[-1]) -> Table:
    """Return where answers to each half of a history have the other half, float64 ``[n_users, f]``."""
    one, other = halves(world.history)
    tables = []
    for answer, shown, hidden in zip(world.answers, (one, other), (other, one), strict=True):
        scores = answer.astype(np.float64)
        scores[shown.nonzero()] = -np.inf
        tables.append(_answered(scores, hidden, decimals, min(length, scores.shape[1])))
    return (tables[0] + tables[1]) / 2


def _answered(scores: Table, hidden: csr_array, decimals: int | None, length: int) -> Table:
    order = np.argsort(-scores, axis=1, kind="stable")[:, :length]
    values = np.take_along_axis(scores, order, 1)
    values = np.where(np.isfinite(values), values, np.nan)
    if decimals is not None:
        values = np.round(values, decimals)
    row, item = hidden.nonzero()
    wanted = np.zeros(scores.shape, bool)
    wanted[row, item] = True
    hits = np.take_along_axis(wanted, order, 1)
    size = np.maximum(np.diff(hidden.indptr), 1)
    discount = 1 / np.log2(np.arange(2, hits.shape[1] + 2))
    columns = [hits[:, :k].sum(1) / np.minimum(size, k) for k in LENGTHS if k <= length] or [hits.sum(1) / size]
    columns += [np.zeros(len(size))] * (len(LENGTHS) - len(columns))
    columns.append((hits * discount).sum(1) / size)
    spread = np.maximum(np.nanstd(values, axis=1), _TINY)
    middle = np.nanmean(values, axis=1)
    standing = np.nansum(np.where(hits, (values - middle[:, None]) / spread[:, None], 0), axis=1) / size
    return np.column_stack([*columns, standing, spread, np.nanmax(values, axis=1) - middle])


def _norm(rows: csr_array) -> Table:
    found: Table = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return found


#: What is attacked → its features.
VIEWS: dict[str, View] = {
    "lists": of_lists,
    "vectors": of_vectors,
    "SIMILAR edges": of_edges,
    "service": of_service,
}
