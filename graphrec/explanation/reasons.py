r"""The strongest reasons of a score: paths from the user over an item of theirs to the scored one.

The shares of the user's items are divided among the paths that carry them:

- ``entity``: both items have an entity in common, or are both related to a third item;
- ``link``: one of the two is related to the other;
- ``content``: the text, the image or the sound of both;
- ``item``: everything else: what the model has learned from users about the two items.

The divided shares of an item sum to its share of the score. An ``item`` reason rests on other people's behaviour. It is
given only if enough of them have both items, so that it tells nothing about one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.explanation.attribution import Attribution, UserAttribution
from graphrec.explanation.shares import edges, sender_codes
from graphrec.model.item_item import MOST_ITEMS
from graphrec.model.item_parts import CONTENT, NEIGHBOURS, ItemParts

#: Kinds of paths.
Kind = Literal["entity", "link", "content", "item"]
#: Items of the user that a reason names.
VIA = 3
#: Other users who must have both items of an ``item`` reason.
OTHERS = 5


@dataclass(frozen=True)
class Reason:
    """A reason, with indices of the run.

    Attributes
    ----------
    kind
        See the module.
    share
        Its part of the score.
    via
        The user's items that carry it, strongest first, at most :data:`VIA`.
    count
        Number of the user's items that carry it; for ``item``: other users who have both.
    entity, related
        The common entity, or the item that both are related to; -1 where there is none.
    modality
        ``text``, ``image``, ``audio`` or ``reading``; ``""`` for other kinds.
    """

    kind: Kind
    share: float
    via: tuple[int, ...]
    count: int
    entity: int = -1
    related: int = -1
    modality: str = ""


@dataclass(frozen=True)
class Common:
    """Shares of the senders that both items of a pair have, ``[n]`` each: user's item, scored item, sender, share."""

    place: Tensor
    column: Tensor
    sender: Tensor
    share: Tensor


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

    @torch.inference_mode()
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
        user = self.of.user(row)
        if not len(user.items) or not len(items):
            return [[] for _ in items]
        rest = torch.stack(list(user.summands(items).values())).sum(0)
        found: list[list[Reason]] = [[] for _ in items]
        parts = self.of.parts
        if parts is not None:
            for modality, share in self._content(user, items, parts).items():
                rest = rest - share
                self._add_content(found, user, modality, share)
            if len(parts.messages):
                common = self._common(user, items, parts)
                rest = rest.index_put((common.place, common.column), -common.share, accumulate=True)
                self._add_common(found, user, items, common, k)
        self._add_items(found, user, items, rest, k)
        ranked = [sorted(some, key=lambda reason: -reason.share) for some in found]
        if not each_kind:
            return [some[:k] for some in ranked]
        return [[one for n, one in enumerate(some) if _place_in_kind(some, n) < k] for some in ranked]

    def _content(self, user: UserAttribution, items: Tensor, parts: ItemParts) -> dict[str, Tensor]:
        """Return the shares of each modality that both items have, float32 ``[m, n]``."""
        found = {}
        for name in parts.source:
            if not name.startswith(CONTENT):
                continue
            modality = name.removeprefix(CONTENT)
            has = (parts.source[name] != 0).any(1)
            both = has[user.items, None] & has[items]
            share = self._halves(user, items, parts, name)
            if NEIGHBOURS + modality in parts.source:
                share = share + self._halves(user, items, parts, NEIGHBOURS + modality)
            found[modality] = torch.where(both, share, 0.0)
        return found

    def _halves(self, user: UserAttribution, items: Tensor, parts: ItemParts, name: str) -> Tensor:
        of = self.of
        sent = parts.source[name][user.items] @ of.target[items].T
        received = of.source[user.items] @ (parts.target[name][items] * of.factor[items, None]).T
        return user.base[:, None] * (sent + received) / 2

    def _common(self, user: UserAttribution, items: Tensor, parts: ItemParts) -> Common:
        """Return the shares of common senders: messages to the user's item, and to the scored one.

        Each item counts as a sender of its own, so that a direct relation between the two is found alike.
        """
        of, codes, base = self.of, self._codes, user.base / 2
        place, sent, outgoing = edges(parts, user.items)
        column, received, incoming = edges(parts, items)
        own = self._n_codes - len(of.item)
        theirs, columns = torch.cat([codes[received], own + items]), torch.cat([column, torch.arange(len(items))])
        mine, places = torch.cat([codes[sent], own + user.items]), torch.cat([place, torch.arange(len(base))])
        wanted = torch.unique(theirs[theirs > 0])
        columns_have = _have(theirs, columns, wanted, len(items))
        places_have = _have(mine, places, wanted, len(base))
        # To the user's items: what a message adds to the scores of the items that have its sender too.
        edge = torch.isin(codes[sent], wanted).nonzero()[:, 0]
        sent, place, weight = sent[edge], place[edge], (base[place] * outgoing)[edge]
        at, which = columns_have[:, torch.searchsorted(wanted, codes[sent])].T.nonzero(as_tuple=True)
        added = weight[:, None] * (parts.messages[sent] @ of.target[items].T)
        to_user = added[at, which], codes[sent[at]], place[at], which
        # To the scored items.
        edge = (codes[received] > 0).nonzero()[:, 0]
        received, column, weight = received[edge], column[edge], (incoming * of.factor[items[column]])[edge]
        at, whose = places_have[:, torch.searchsorted(wanted, codes[received])].T.nonzero(as_tuple=True)
        added = weight[:, None] * (parts.messages[received] @ of.source[user.items].T) * base
        to_item = added[at, whose], codes[received[at]], whose, column[at]
        share, sender, place, column = (torch.cat(both) for both in zip(to_user, to_item, strict=True))
        width = len(base) * len(items)
        keys, inverse = torch.unique((sender * len(base) + place) * len(items) + column, return_inverse=True)
        total = torch.zeros(len(keys)).index_add_(0, inverse, share)
        return Common(keys // len(items) % len(base), keys % len(items), keys // width, total)

    def _add_common(
        self, found: list[list[Reason]], user: UserAttribution, items: Tensor, common: Common, k: int
    ) -> None:
        """Add a reason for each common entity, over all items of the user that have it, and for each link."""
        own = self._n_codes - len(self.of.item)
        related = torch.where(common.sender >= own, common.sender - own, -1)
        link = (related >= 0) & ((related == user.items[common.place]) | (related == items[common.column]))
        group = torch.where(link, self._n_codes + common.place, common.sender) * len(items) + common.column
        groups, inverse = torch.unique(group, return_inverse=True)
        totals = torch.zeros(len(groups)).index_add_(0, inverse, common.share)
        members = torch.argsort(inverse, stable=True)
        ends = inverse.bincount(minlength=len(groups)).cumsum(0)
        for at in _best(totals, groups % len(items), k):
            some = members[int(ends[at - 1]) if at else 0 : int(ends[at])]
            via = self._strongest(user, common.place[some], common.share[some])
            one = int(some[0])
            if link[one]:
                reason = Reason("link", float(totals[at]), via, len(some))
            else:
                other = int(related[one])
                entity = -1 if other >= 0 else int(common.sender[one]) - 1
                reason = Reason("entity", float(totals[at]), via, len(some), entity, other)
            found[int(common.column[one])].append(reason)

    def _add_content(self, found: list[list[Reason]], user: UserAttribution, modality: str, share: Tensor) -> None:
        everyone = torch.arange(len(share))
        for column, total in enumerate(share.sum(0).tolist()):
            if total > 0:
                some = share[:, column]
                via = self._strongest(user, everyone, some)
                found[column].append(Reason("content", total, via, int((some != 0).sum()), modality=modality))

    def _add_items(self, found: list[list[Reason]], user: UserAttribution, items: Tensor, rest: Tensor, k: int) -> None:
        """Add the strongest ``item`` reasons that enough others share."""
        both = torch.from_numpy(self._users_of_both(user.items, items))
        both = both - torch.isin(items, user.items[user.target]).float()  # without the user
        allowed = torch.where(user.target[:, None] & (both >= self.others), rest, -torch.inf)
        best = allowed.topk(min(k, len(allowed)), dim=0)
        for column, (places, values) in enumerate(zip(best.indices.T.tolist(), best.values.T.tolist(), strict=True)):
            for place, value in zip(places, values, strict=True):
                if value > 0:
                    count = int(both[place, column])
                    found[column].append(Reason("item", value, (int(user.items[place]),), count))

    def _strongest(self, user: UserAttribution, places: Tensor, share: Tensor) -> tuple[int, ...]:
        best = share.topk(min(VIA, len(share)))
        return tuple(user.items[places[best.indices[best.values > 0]]].tolist())

    @cached_property
    def _codes(self) -> Tensor:
        parts = self.of.parts
        if parts is None:
            raise AssertionError("asked only where there are parts")
        return sender_codes(parts)

    @cached_property
    def _n_codes(self) -> int:
        """Number of codes: unknown, entities, all items."""
        parts = self.of.parts
        entities = int(parts.entity.max()) + 1 if parts is not None and len(parts.entity) else 0
        return 1 + entities + len(self.of.item)

    @cached_property
    def _done(self) -> csr_array:
        """Everyone's target pairs, ``[n_users, n_items]``."""
        return self.of.run.rows("all").matrix(len(self.of.item))

    @cached_property
    def _together(self) -> NDArray[np.float32]:
        """Number of users who have both of two items, float32 ``[n_items, n_items]``."""
        together: NDArray[np.float32] = (self._done.T @ self._done).toarray()
        return together

    def _users_of_both(self, mine: Tensor, items: Tensor) -> NDArray[np.float32]:
        """Return the number of users who have both items of each pair, float32 ``[m, n]``."""
        if len(self.of.item) <= MOST_ITEMS:
            known: NDArray[np.float32] = self._together[np.ix_(mine.numpy(), items.numpy())]
            return known
        columns = self._by_item
        return np.asarray((columns[mine.numpy()] @ columns[items.numpy()].T).toarray(), np.float32)

    @cached_property
    def _by_item(self) -> csr_array:
        return csr_array(self._done.T)


def _have(codes: Tensor, rows: Tensor, wanted: Tensor, n_rows: int) -> Tensor:
    """Return which rows have which of the wanted senders, bool ``[n_rows, len(wanted)]``."""
    found = torch.zeros(n_rows, len(wanted), dtype=torch.bool)
    known = torch.isin(codes, wanted)
    found[rows[known], torch.searchsorted(wanted, codes[known])] = True
    return found


def _best(values: Tensor, columns: Tensor, k: int) -> list[int]:
    """Return the indices of the k largest positive values of each column."""
    order = torch.argsort(values, descending=True)
    order = order[values[order] > 0]
    order = order[torch.argsort(columns[order], stable=True)]
    starts = torch.searchsorted(columns[order], columns[order])
    chosen: list[int] = order[torch.arange(len(order)) - starts < k].tolist()
    return chosen


def _place_in_kind(reasons: list[Reason], place: int) -> int:
    """Return how many reasons before that place are of its kind."""
    return sum(reason.kind == reasons[place].kind for reason in reasons[:place])
