r"""Shares of the senders that two items have in common: entities, or other items.

With messages :math:`m` that sender :math:`e` sends, what :math:`e` adds to the network's score of item :math:`i` for a
user's item :math:`j`, per unit of the user's weight :math:`b_j` of it, is

.. math::

   \tfrac{1}{2} \sum_{m ∈ e} \left( w_{jm}\, m · h_i + f_i w_{im}\, m · q_j \right)

if both receive from :math:`e`. The four factors depend on one item each, so a sum over the user's items is one product
of sparse matrices for many users.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from graphrec.explanation.attribution import Attribution
from graphrec.explanation.pair_table import PairTable
from graphrec.explanation.shares import sender_codes
from graphrec.model.item_parts import ItemParts

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

#: Gathered numbers in memory at once.
_BLOCK = 2**24


class CommonSenders:
    """The messages of the senders of each item, and the shares of direct relations.

    Parameters
    ----------
    of, parts
        The run's attribution, and its parts.

    Attributes
    ----------
    codes
        int64 ``[n_messages]``, ascending: the sender of each message; see :func:`graphrec.explanation.shares
        .sender_codes`.
    indptr, message
        CSR ``[n_items, n_messages]``: for each item, all messages of the senders it receives from, itself left out.
    received, incoming
        float32 ``[n]``: the weight with which the item receives that message, 0 if it does not; the same times the
        factor of its scores.
    to_target, to_source
        float32 ``[n]``: products of the message with the item's target and source vectors.
    links
        ``[n_items, n_items]``, user's item × scored one: shares of items that are directly related, per unit of weight.
    linked
        The same as a table of pairs.
    """

    def __init__(self, of: Attribution, parts: ItemParts) -> None:
        codes = sender_codes(parts).numpy()
        order = np.argsort(codes, kind="stable")
        self.codes: Ints = codes[order]
        self._messages: Floats = parts.messages.numpy()[order]
        self._target, self._source = of.target.numpy(), of.source.numpy()
        self._factor = of.factor.numpy()
        #: Code of the first item.
        self.first = int(parts.entity.max()) + 2 if len(parts.entity) else 1
        self.n_items, self.n_messages = len(self._target), len(codes)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        item = np.repeat(np.arange(self.n_items), np.diff(parts.indptr.numpy()))
        message = rank[parts.received.numpy()]
        edges = csr_array(
            (parts.weights.numpy(), (item, message)), shape=(self.n_items, self.n_messages), dtype=np.float32
        )
        edges.sum_duplicates()
        self._edge_keys = np.repeat(np.arange(self.n_items), np.diff(edges.indptr)) * self.n_messages + edges.indices
        self._edge_weights: Floats = edges.data
        item, message = np.divmod(self._edge_keys, max(self.n_messages, 1))
        sender = self.codes[message]
        known = (sender > 0) & (sender != self.first + item)
        width = self.first + self.n_items
        pairs = np.unique(item[known] * width + sender[known])
        owner, self.message = self._spread(pairs // width, pairs % width)
        self.indptr: Ints = np.concatenate([[0], np.bincount(owner, minlength=self.n_items).cumsum()])
        self.received = self._weight(owner, self.message)
        self.incoming: Floats = self.received * self._factor[owner]
        self.to_target = self._product(self.message, self._target, owner)
        self.to_source = self._product(self.message, self._source, owner)
        self.linked = PairTable(self._linked, self.n_items)
        self._places, self._asked = np.full(self.n_messages, -1), np.zeros(0, np.int64)
        self.links = self._links(item[known], sender[known] - self.first)

    def matrix(self, values: Floats) -> csr_array:
        """Return one of the arrays ``[n]`` as ``[n_items, n_messages]``."""
        return csr_array((values, self.message, self.indptr), shape=(self.n_items, self.n_messages))

    @cached_property
    def sums(self) -> tuple[csr_array, csr_array]:
        """What sums over the user's items are made with: their received messages, and their source vectors."""
        return self.matrix(self.received), self.matrix(self.to_source)

    @cached_property
    def _sides(self) -> tuple[csr_array, csr_array]:
        mine = hstack([self.matrix(self.received), self.matrix(self.to_source)], format="csr")
        scored = hstack([self.matrix(self.to_target), self.matrix(self.incoming)], format="csr")
        return mine, scored

    def pairs(self, items: Ints, mine: Ints) -> Floats:
        """Return the shares of all common senders and direct relations, per unit of weight, ``[n, m]``.

        Parameters
        ----------
        items, mine
            int64 ``[n]`` and ``[m]``: scored items, and a user's.
        """
        left, right = self._sides
        found: Floats = (right[items] @ left[mine].T).toarray() / 2
        return found + self._linked(items, mine) if self.links.nnz else found

    def _linked(self, items: Ints, mine: Ints) -> Floats:
        found: Floats = self.links[mine][:, items].T.toarray()
        return found

    def places_of(self, messages: Ints) -> Ints:
        """Return the place of each message among some distinct ones, -1 for others, ``[n_messages]``.

        The array is the same at each call.
        """
        self._places[self._asked] = -1
        self._places[messages] = np.arange(len(messages))
        self._asked = messages
        return self._places

    def names(self, codes: Ints) -> tuple[Ints, Ints]:
        """Return the entities and the items behind codes, -1 for the other."""
        entity = codes < self.first
        return np.where(entity, codes - 1, -1), np.where(entity, -1, codes - self.first)

    def _spread(self, owner: Ints, sender: Ints) -> tuple[Ints, Ints]:
        """Return each owner with each message of its sender."""
        start = np.searchsorted(self.codes, sender)
        sizes = np.searchsorted(self.codes, sender, side="right") - start
        place = np.arange(sizes.sum()) - np.repeat(sizes.cumsum() - sizes - start, sizes)
        return np.repeat(owner, sizes), place

    def _weight(self, item: Ints, message: Ints) -> Floats:
        """Return the weights with which items receive messages, 0 where they do not."""
        keys = item * self.n_messages + message
        if not len(self._edge_keys):
            return np.zeros(len(keys), np.float32)
        place = np.searchsorted(self._edge_keys, keys).clip(max=len(self._edge_keys) - 1)
        return np.where(self._edge_keys[place] == keys, self._edge_weights[place], np.float32(0))

    def _product(self, message: Ints, table: Floats, item: Ints) -> Floats:
        found = np.empty(len(message), np.float32)
        for part in _parts(len(message), table.shape[1]):
            found[part] = np.einsum("nd,nd->n", self._messages[message[part]], table[item[part]])
        return found

    def _links(self, item: Ints, sender: Ints) -> csr_array:
        related = sender >= 0
        one, other = item[related], sender[related]
        pairs = np.unique(np.concatenate([one * self.n_items + other, other * self.n_items + one]))
        found: Any = csr_array((self.n_items, self.n_items), dtype=np.float32)
        for of in (pairs // self.n_items, pairs % self.n_items):
            pair, message = self._spread(np.arange(len(pairs)), self.first + of)
            mine, scored = pairs[pair] // self.n_items, pairs[pair] % self.n_items
            to_mine = self._weight(mine, message) * self._product(message, self._target, scored)
            to_scored = self._weight(scored, message) * self._factor[scored]
            share = (to_mine + to_scored * self._product(message, self._source, mine)) / 2
            found = found + csr_array((share, (mine, scored)), shape=found.shape)
        return found


def _parts(n: int, width: int) -> Iterator[slice]:
    step = max(1, _BLOCK // max(width, 1))
    return (slice(start, start + step) for start in range(0, n, step))
