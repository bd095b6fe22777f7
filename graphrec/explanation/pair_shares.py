"""Shares of pairs of items in scores, for the users of a block: content, direct relations, and what remains."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graphrec.explanation.attribution import Attribution
from graphrec.explanation.pair_table import PairTable
from graphrec.explanation.senders import CommonSenders
from graphrec.explanation.user_block import UserBlock
from graphrec.model.item_parts import CONTENT, NEIGHBOURS

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


class PairShares:
    """Shares of a run's pairs of items; scored items ``[n]`` are rows, a user's items ``[m]`` columns.

    Parameters
    ----------
    of, senders
        The run's attribution, and its common senders, if it has any.

    Attributes
    ----------
    modalities
        Those with content.
    content
        Tables of the content's shares by modality, per unit of weight; 0 where one of the items has none.
    both
        Table of the number of users who have both items.
    """

    def __init__(self, of: Attribution, senders: CommonSenders | None) -> None:
        self._of, self._senders = of, senders
        self._source, self._target = of.source.numpy(), of.target.numpy()
        self._item, self._factor = of.item.numpy(), of.factor.numpy()
        n_items = len(self._item)
        names = [] if of.parts is None else [name for name in of.parts.source if name.startswith(CONTENT)]
        self.modalities = [name.removeprefix(CONTENT) for name in names]
        self._tables = [self._content_tables(modality) for modality in self.modalities]
        self.content = [PairTable(partial(self._of_content, place), n_items) for place in range(len(names))]
        self.both = PairTable(self._users_of_both, n_items)
        self._rest = PairTable(self._of_rest, n_items)

    def rest(self, block: UserBlock, user: int, items: Ints, some: Ints) -> Floats:
        """Return the shares that no entity, relation or content carries, float32 ``[n, len(some)]``.

        Parameters
        ----------
        block, user
            The users, and the place of one among them.
        items
            Scored items.
        some
            int64: places of items in the block, those of the user with a target behaviour.
        """
        of, columns, mine = self._of, self._of.columns, block.item[some]
        found = self._rest(items, mine) * block.base[some]
        if self._similar is not None:
            found += self._edges(items, mine) * block.along[some] * self._factor[items, None]
        if columns.als.start < columns.als.stop:
            found += self._solved(block, user, items, some)
        if of.run.n_side_features:
            table = of.encoder.get_buffer("side_features").numpy()[mine]
            found += self._item[items, columns.side_features] @ table.T * block.message[some]
        return found

    def _content_tables(self, modality: str) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Return both factors of a modality's shares, ``[n_items, 2 d]``, and the items that have content."""
        parts = self._of.parts
        if parts is None:
            raise AssertionError("asked only where there are parts")
        own = parts.source[CONTENT + modality]
        sent, received = own, parts.target[CONTENT + modality]
        if NEIGHBOURS + modality in parts.source:
            sent = sent + parts.source[NEIGHBOURS + modality]
            received = received + parts.target[NEIGHBOURS + modality]
        scored: Floats = np.hstack([self._target, received.numpy() * self._factor[:, None]]) * np.float32(0.5)
        mine: Floats = np.hstack([sent.numpy(), self._source])
        return mine, scored, (own != 0).any(1).numpy()

    def _of_content(self, place: int, items: Ints, mine: Ints) -> Floats:
        sent, scored, has = self._tables[place]
        found: Floats = scored[items] @ sent[mine].T
        return np.where(has[items, None] & has[mine], found, np.float32(0))

    def _of_rest(self, items: Ints, mine: Ints) -> Floats:
        """Return the network's shares without those of content and common senders, per unit of weight."""
        found: Floats = self._target[items] @ self._source[mine].T
        for place in range(len(self.content)):
            found -= self._of_content(place, items, mine)
        return found if self._senders is None else found - self._senders.pairs(items, mine)

    @cached_property
    def _similar(self) -> Floats | csr_array | None:
        edges = self._of.run.similar
        if edges is None:
            return None
        if edges.layout == torch.strided:
            return np.asarray(edges.numpy())
        parts = (edges.values(), edges.col_indices(), edges.crow_indices())
        return csr_array(tuple(part.numpy() for part in parts), shape=tuple(edges.shape))

    def _edges(self, items: Ints, mine: Ints) -> Floats:
        edges: Any = self._similar
        found: Floats = (
            edges.T[items[:, None], mine] if isinstance(edges, np.ndarray) else edges[mine][:, items].T.toarray()
        )
        return found

    @cached_property
    def _gram(self) -> Floats:
        als = self._of.encoder.als
        if als is None:
            raise AssertionError("asked only where there are ALS vectors")
        items = als.get_buffer("items").numpy()
        shared: Floats = als.alpha * items.T @ items
        shared[np.diag_indices_from(shared)] += als.ridge * als.alpha * len(items)
        return shared

    def _solved(self, block: UserBlock, user: int, items: Ints, some: Ints) -> Floats:
        """Return the shares of ALS: see :func:`graphrec.model.als.solve`."""
        als = self._of.encoder.als
        if als is None:
            raise AssertionError("asked only where there are ALS vectors")
        vectors = als.get_buffer("items").numpy()[block.item[some]]
        told = vectors * block.told[some, None]
        gram = told.T @ vectors + self._gram
        gram[np.diag_indices_from(gram)] += als.ridge * len(some)
        aimed = np.linalg.solve(gram, self._item[items, self._of.columns.als].T)
        shares: Floats = (told @ aimed).T * block.als[user]
        return shares

    @cached_property
    def _by_item(self) -> csr_array:
        """Everyone's target pairs, ``[n_items, n_users]``."""
        return csr_array(self._of.run.rows("all").matrix(len(self._item)).T)

    def _users_of_both(self, items: Ints, mine: Ints) -> Floats:
        found: Floats = (self._by_item[items] @ self._by_item[mine].T).toarray()
        return found
