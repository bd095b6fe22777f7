"""What ``graphrec explain --evidence`` reads from the graph, from the arrays of a run instead of a database.

The kinds, and their order, are those of :mod:`graphrec.serving.explain`, the scores within a kind those of
``cypher/query/explain.cypher``. Not reproduced: likeness of content, which comes last there; a rating that is no
strength of the mapping, so that every behaviour counts as liked; and knowledge that the model does not use.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graphrec.config.settings import PublishSettings
from graphrec.publishing.similar_edges import strongest
from graphrec.runs.run import Run
from graphrec.serving.explain import SAMPLE

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class _Chosen:
    """A user's items, ascending, and which of them are evidence of each kind."""

    items: Ints
    target: NDArray[np.bool_]
    liked: NDArray[np.bool_]


class GraphEvidence:
    """Orders a user's items by what connects them to another item in the graph.

    Parameters
    ----------
    run
        A finished run.
    similar
        Published ``SIMILAR`` edges per item.
    """

    def __init__(self, run: Run, similar: int = PublishSettings().similar) -> None:
        self.profiles, n_items = run.profiles, len(run.items)
        columns = [n for n, name in enumerate(self.profiles.behaviours) if name in run.schema.targets]
        negative = [n for n, name in enumerate(self.profiles.behaviours) if name in self.profiles.negative]
        held = self.profiles.weights > 0
        self._wanted = (self.profiles.wanted & ~held[:, negative].any(1)).numpy()
        self._target = held[:, columns].any(1).numpy()
        self._rating = _ratings(run)
        #: Users × items, without disliked pairs.
        self.done = csr_array(self.profiles.matrix(n_items, torch.from_numpy(self._wanted).float()))
        self.done.eliminate_zeros()
        self.users = csr_array(self.done.T)
        self.audience = np.diff(self.users.indptr)
        self.similar = _published(run, similar)
        self.entities, self.links = _knowledge(run)

    def order(self, user: int, item: int, rng: np.random.Generator) -> Ints:
        """Return positions in the user's items, the strongest evidence first; items without any follow at random.

        Parameters
        ----------
        user, item
            Indices of the user and of an item that is not theirs.
        rng
            Of the random order.
        """
        start, end = self.profiles.indptr[user : user + 2].tolist()
        here = slice(start, end)
        liked, rating = self._wanted[here], self._rating[here]
        if not np.isnan(rating).all():
            liked = liked & (np.isnan(rating) | (rating >= np.nanmean(rating)))
        chosen = _Chosen(self.profiles.items[here].numpy(), self._wanted[here] & self._target[here], liked)
        found = [
            *self._linked(chosen, item),
            *self._similar(chosen, item),
            *self._shared(chosen, item),
            *self._companions(chosen, user, item),
            *rng.permutation(len(chosen.items)).tolist(),
        ]
        return np.array(list(dict.fromkeys(found)), np.int64)

    def _linked(self, chosen: _Chosen, item: int) -> list[int]:
        linked = self.links[[item]].toarray()[0][chosen.items] > 0
        return np.flatnonzero(linked & chosen.liked).tolist()

    def _similar(self, chosen: _Chosen, item: int) -> list[int]:
        weight = self.similar[[item]].toarray()[0][chosen.items]
        return _descending(weight, (weight > 0) & chosen.target)

    def _shared(self, chosen: _Chosen, item: int) -> list[int]:
        """Return the items that share an entity with the item, those of the most telling entity first."""
        mine = np.unique(self.entities[[item]].indices)
        with_it = csr_array(self.entities[chosen.items][:, mine]).toarray() > 0
        with_it &= chosen.liked[:, None]
        shared, total = with_it.sum(0), np.diff(csr_array(self.entities.T).indptr)[mine]
        score = np.log(self.entities.shape[0] / np.maximum(total, 1)) * shared / (shared + 1)
        return [n for e in _descending(score, shared > 0) for n in np.flatnonzero(with_it[:, e]).tolist()]

    def _companions(self, chosen: _Chosen, user: int, item: int) -> list[int]:
        """Return the items that other users of the item chose too, by the cosine of the two audiences."""
        others = self.users[[item]].indices
        others = others[others != user][:SAMPLE]
        count = self.done[others].sum(axis=0)[chosen.items]
        score = count / np.sqrt(np.maximum(len(others) * self.audience[chosen.items], 1))
        return _descending(score, (count > 0) & chosen.liked)


def _descending(score: NDArray[np.floating], kept: NDArray[np.bool_]) -> list[int]:
    """Return the kept positions by descending score, equal ones in their order."""
    order = np.argsort(-score, kind="stable")
    return [int(place) for place in order[kept[order]]]


def _ratings(run: Run) -> NDArray[np.float64]:
    """Return the rating of each pair, float64 ``[n_pairs]``, NaN where it has none."""
    profiles, rated = run.profiles, np.full(len(run.profiles.items), np.nan)
    for column, name in enumerate(profiles.behaviours):
        mapped = run.schema.behaviours.get(name)
        if mapped is not None and mapped.strength == "rating":
            amount = np.exp2(profiles.weights[:, column].double().numpy()) - 1  # the inverse of Profiles.weights
            rated = np.fmax(rated, np.where(amount > 0, amount, np.nan))
    return rated


def _published(run: Run, k: int) -> csr_array:
    """Return the published ``SIMILAR`` edges, target × source."""
    n, rows = len(run.items), []
    if run.similar is not None and k:
        rows = list(strongest(run.similar, k, [True] * n))
    source = np.repeat([item for item, _, _ in rows], [len(others) for _, others, _ in rows]).astype(np.int64)
    target = np.array([other for _, others, _ in rows for other in others], np.int64)
    weight = np.array([value for _, _, weights in rows for value in weights], np.float32)
    return csr_array((weight, (target, source)), shape=(n, n))


def _knowledge(run: Run) -> tuple[csr_array, csr_array]:
    """Return which entities, and which other items, each item is connected to: csr of ones, a row for each item."""
    n, parts = len(run.items), run.item_parts
    if parts is None or not len(parts.messages):
        return csr_array((n, 1), dtype=np.float32), csr_array((n, n), dtype=np.float32)
    row = np.repeat(np.arange(n), np.diff(parts.indptr.numpy()))
    found = []
    for sender, width in ((parts.entity, int(parts.entity.max()) + 1), (parts.item, n)):
        other = sender[parts.received].numpy()
        ends = np.unique(np.stack([row, other])[:, other >= 0], axis=1)
        ones = np.ones(ends.shape[1], np.float32)
        found.append(csr_array((ones, (ends[0], ends[1])), shape=(n, max(width, 1))))
    return found[0], found[1]
