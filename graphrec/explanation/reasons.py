r"""The strongest reasons of a score: paths from the user over an item of theirs to the scored one.

The shares of the user's items are divided among the paths that carry them:

- ``entity``: both items have an entity in common, or are both related to a third item;
- ``link``: one of the two is related to the other;
- ``content``: the text, the image or the sound of both;
- ``item``: everything else: what the model has learned from users about the two items.

The divided shares of an item sum to its share of the score. An ``item`` reason rests on other people's behaviour. It is
given only if enough of them have both items, so that it tells nothing about one of them. A run with differential
privacy gives none: it would count people without noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.explanation.attribution import Attribution
from graphrec.explanation.pair_shares import PairShares
from graphrec.explanation.senders import CommonSenders
from graphrec.explanation.user_block import UserBlock

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

#: Kinds of paths.
Kind = Literal["entity", "link", "content", "item"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_ENTITY, _LINK, _CONTENT, _ITEM = range(4)
#: Items of the user that a reason names.
VIA = 3
#: Other users who must have both items of an ``item`` reason.
OTHERS = 5
#: Sums over messages in memory at once.
_BLOCK = 2**22
#: Most users at once.
_USERS = 256


class Reason(msgspec.Struct, frozen=True):
    """A reason, with indices of the run.

    Attributes
    ----------
    kind
        See the module.
    share
        Its part of the score.
    via
        The user's items that carry it, strongest first, at most :data:`VIA`.
    shares
        Their parts of the share.
    count
        Number of the user's items on its paths, also of those that lower it; for ``item``: other users who have both.
    entity, related
        The common entity, or the item that both are related to; -1 where there is none.
    modality
        ``text``, ``image``, ``audio`` or ``reading``; ``""`` for other kinds.
    """

    kind: Kind
    share: float
    via: tuple[int, ...]
    shares: tuple[float, ...]
    count: int
    entity: int = -1
    related: int = -1
    modality: str = ""


@dataclass
class _Found:
    """Possible reasons of links, ``[n]`` each.

    ``place``: of the user's item in the block for ``link`` and ``item``, of the modality, or of the group of messages.
    ``count``: for ``item``, the others who have both.
    """

    link: Ints
    kind: Ints
    place: Ints
    share: Floats
    count: Ints

    @classmethod
    def of(cls, link: Ints, kind: int, place: Ints, share: Floats, count: Ints | None = None) -> _Found:
        """Return those of one kind that have positive shares."""
        kept = (share > 0).nonzero()[0]
        ones = np.ones(len(kept), np.int64)
        return cls(link[kept], kind * ones, place[kept], share[kept], ones if count is None else count[kept])

    @classmethod
    def joined(cls, blocks: Sequence[_Found]) -> _Found:
        """Return those of all blocks."""
        return cls(*(np.concatenate([getattr(one, name) for one in blocks]) for name in cls.__dataclass_fields__))

    def part(self, start: int, end: int) -> _Found:
        """Return those from ``start`` to before ``end``."""
        return _Found(*(getattr(self, name)[start:end] for name in self.__dataclass_fields__))

    def best(self, k: int, each_kind: bool) -> _Found:
        """Return the strongest ``k`` of each link, or of each kind of each link, by link and share."""
        order = np.lexsort((-self.share, self.link))
        group = (self.link * len(KINDS) + self.kind if each_kind else self.link)[order]
        by_group = np.argsort(group, kind="stable")
        rank = np.empty_like(order)
        rank[by_group] = np.arange(len(order)) - np.searchsorted(group, group, sorter=by_group)[by_group]
        order = order[rank < k]
        return _Found(*(getattr(self, name)[order] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class _Groups:
    """Messages of common senders by link and sender, ``[n]`` each.

    ``start`` and ``size`` say where the messages are in :class:`graphrec.explanation.senders.CommonSenders`.
    """

    link: Ints
    sender: Ints
    share: Floats
    start: Ints
    size: Ints


class Reasons:
    """Finds the reasons of a run's scores.

    Parameters
    ----------
    of
        The run's attribution.
    others
        Other users who must have both items of an ``item`` reason.
    """

    def __init__(self, of: Attribution, others: int = OTHERS) -> None:
        self.of, self.others = of, others
        parts = of.parts
        self._senders = None if parts is None or not len(parts.messages) else CommonSenders(of, parts)
        self._shares = PairShares(of, self._senders)

    def top(self, row: int, items: Tensor, k: int, *, each_kind: bool = False) -> list[list[Reason]]:
        """Return the strongest reasons, at most ``k``, of a user's scores of some items, those with positive shares.

        Parameters
        ----------
        row
            The user's index.
        items
            int64 ``[n]``: indices of items.
        k
            Reasons per item.
        each_kind
            So many of each kind.
        """
        return self.of_users(torch.tensor([row]), [items], k, each_kind=each_kind)[0]

    def of_users(
        self, users: Tensor, lists: Sequence[Tensor], k: int, *, each_kind: bool = False
    ) -> list[list[list[Reason]]]:
        """Return the strongest reasons of several users' scores.

        Parameters
        ----------
        users
            int64 ``[b]``: indices.
        lists
            For each user, int64 ``[n]``: indices of items.
        k, each_kind
            See :meth:`top`.
        """
        step = _USERS if self._senders is None else min(_USERS, max(1, _BLOCK // self._senders.n_messages))
        return [
            reasons
            for start in range(0, len(users), step)
            for reasons in self._of_block(users[start : start + step], lists[start : start + step], k, each_kind)
        ]

    def _of_block(self, users: Tensor, lists: Sequence[Tensor], k: int, each_kind: bool) -> list[list[list[Reason]]]:
        block, items = UserBlock.read(self.of, users), [one.numpy() for one in lists]
        ends = np.cumsum([len(one) for one in items])
        groups = None if self._senders is None else _groups(self._senders, block, items)
        found = [] if groups is None else [_Found.of(groups.link, _ENTITY, np.arange(len(groups.link)), groups.share)]
        content = [list[Floats]() for _ in items]
        for user, some in enumerate(items):
            start, end = block.indptr[user : user + 2].tolist()
            if start < end and len(some):
                mine, base = block.item[start:end], block.base[start:end]
                content[user] = [table(some, mine) * base for table in self._shares.content]
                links = ends[user] - len(some) + np.arange(len(some))
                found += self._of_user(block, user, some, links, content[user], k)
        reasons: list[list[list[Reason]]] = [[[] for _ in some] for some in items]
        if found:
            best = _Found.joined(found).best(k, each_kind)
            for user, some in enumerate(items):
                first = ends[user] - len(some)
                here = best.part(*np.searchsorted(best.link, [first, ends[user]]))
                if len(here.link):
                    self._add(reasons[user], here, first, block, user, groups, content[user])
        return reasons

    def _of_user(
        self, block: UserBlock, user: int, items: Ints, links: Ints, content: list[Floats], k: int
    ) -> list[_Found]:
        """Return what is possible for one user: content, direct relations, and single items of the user."""
        start, end = block.indptr[user : user + 2].tolist()
        found = [_Found.of(links, _CONTENT, np.full(len(items), n), share.sum(1)) for n, share in enumerate(content)]
        if self._senders is not None and self._senders.links.nnz:
            linked = self._senders.linked(items, block.item[start:end]) * block.base[start:end]
            at, place = (linked > 0).nonzero()
            found.append(_Found.of(links[at], _LINK, start + place, linked[at, place]))
        some = start + block.target[start:end].nonzero()[0]
        if len(some) and self.of.run.privacy is None:
            rest, mine = self._shares.rest(block, user, items, some), block.item[some]
            both = self._shares.both(items, mine) - _among(items, mine)[:, None]  # without the user
            rest[both < self.others] = -np.inf
            rest[items[:, None] == mine] = -np.inf  # an item is no reason for itself
            values, places = _largest(rest, k)
            counts = np.take_along_axis(both, places, 1).astype(np.int64)
            link = links.repeat(values.shape[1])
            found.append(_Found.of(link, _ITEM, some[places.ravel()], values.ravel(), counts.ravel()))
        return found

    def _add(
        self,
        reasons: list[list[Reason]],
        best: _Found,
        first: int,
        block: UserBlock,
        user: int,
        groups: _Groups | None,
        content: list[Floats],
    ) -> None:
        """Add the chosen reasons of one user, with the items that carry them."""
        start, end = block.indptr[user : user + 2].tolist()
        mine = block.item[start:end]
        carried = np.zeros((len(best.link), len(mine)), np.float32)
        which = {kind: (best.kind == kind).nonzero()[0] for kind in range(len(KINDS))}
        for kind in (_LINK, _ITEM):
            carried[which[kind], best.place[which[kind]] - start] = best.share[which[kind]]
        for at in which[_CONTENT].tolist():
            carried[at] = content[best.place[at]][best.link[at] - first]
        entity = related = np.full(len(best.link), -1)
        if self._senders is not None and groups is not None and len(some := which[_ENTITY]):
            chosen = best.place[some]
            carried[some] = _carried(self._senders, mine, groups.start[chosen], groups.size[chosen])
            carried[some] *= block.base[start:end]
            entity, related = entity.copy(), related.copy()
            entity[some], related[some] = self._senders.names(groups.sender[chosen])
        values, places = _largest(carried, VIA)
        via, counts = mine[places].tolist(), np.where(best.kind == _ITEM, best.count, (carried != 0).sum(1))
        sizes = (values > 0).sum(1)
        modalities = [*self._shares.modalities, ""]
        named = np.where(best.kind == _CONTENT, best.place, -1)
        columns = (best.link - first, best.kind, best.share, sizes, counts, entity, related, named, values)
        for link, kind, share, size, count, one, other, name, shares, items in zip(
            *(column.tolist() for column in columns), via, strict=True
        ):
            parts = tuple(items[:size]), tuple(shares[:size])
            reason = Reason(KINDS[kind], share, *parts, count, one, other, modalities[name])
            reasons[link].append(reason)


def _groups(senders: CommonSenders, block: UserBlock, items: list[Ints]) -> _Groups:
    """Return the shares of common senders of all links, summed over the users' items."""
    scored, owner = np.concatenate(items), np.repeat(np.arange(len(items)), [len(one) for one in items])
    shape = (len(items), senders.n_items)
    base = csr_array((block.base / 2, block.item, block.indptr), shape=shape)
    received, source = ((base @ table).toarray() for table in senders.sums)
    size = np.diff(senders.indptr)[scored]
    link = np.repeat(np.arange(len(scored)), size)
    place = np.arange(len(link)) - np.repeat(size.cumsum() - size - senders.indptr[scored], size)
    user, message = owner[link], senders.message[place]
    share = received[user, message] * senders.to_target[place] + source[user, message] * senders.incoming[place]
    sender = senders.codes[message]
    begins = np.ones(len(link), bool)
    begins[1:] = (link[1:] != link[:-1]) | (sender[1:] != sender[:-1])
    first = begins.nonzero()[0]
    share = np.add.reduceat(share, first) if len(first) else share
    return _Groups(link[first], sender[first], share, place[first], np.diff([*first, len(link)]))


def _carried(senders: CommonSenders, mine: Ints, start: Ints, size: Ints) -> Floats:
    """Return the share of each of the user's items in groups of messages, per unit of weight, ``[n, m]``."""
    group_ends = size.cumsum()
    place = np.arange(group_ends[-1]) - np.repeat(group_ends - size - start, size)
    messages, which = np.unique(senders.message[place], return_inverse=True)
    lengths = np.diff(senders.indptr)[mine]
    ends = lengths.cumsum()
    entry = np.arange(ends[-1]) - np.repeat(ends - lengths - senders.indptr[mine], lengths)
    row = senders.places_of(messages)[senders.message[entry]]
    known = (row >= 0).nonzero()[0]
    at = row[known], np.repeat(np.arange(len(mine)), lengths)[known]
    received, source = np.zeros((2, len(messages), len(mine)), np.float32)
    received[at], source[at] = senders.received[entry[known]], senders.to_source[entry[known]]
    share = received[which] * senders.to_target[place, None] + source[which] * senders.incoming[place, None]
    found: Floats = np.add.reduceat(share, group_ends - size, axis=0) * np.float32(0.5)
    return found


def _among(some: Ints, ascending: Ints) -> NDArray[np.bool_]:
    """Return which of some numbers are among others, which are ascending and at least one."""
    return np.asarray(ascending[np.searchsorted(ascending, some).clip(max=len(ascending) - 1)] == some)


def _largest(values: Floats, k: int) -> tuple[Floats, Ints]:
    """Return the largest values of each row and their columns, the largest first."""
    found = torch.from_numpy(values).topk(min(k, values.shape[1]), dim=1)
    return found.values.numpy(), found.indices.numpy()
