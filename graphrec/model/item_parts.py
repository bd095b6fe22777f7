r"""What the item vectors are sums of.

The source and target vectors of an item (:mod:`graphrec.model.recommender`) are sums

.. math:: q_i = Q_i + \sum_m c_{im} + \sum_{(r, e)} Â^r_{ie} m_{re} + \dots

of a vector of its own, a message from each modality, one along each knowledge edge, and messages from neighbours and
hops. A run stores all terms but the own one, which is what remains: so the terms add up to the vector that is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from torch import Tensor

if TYPE_CHECKING:
    from graphrec.model.recommender import HeteroRecommender

#: Prefixes of the names of a term: messages of content, of neighbours by a modality, and of hops.
CONTENT, NEIGHBOURS, HOP = "content.", "neighbours.", "hop."


def relation_type(relation: str) -> str:
    """Return the type of the edges of a relation, without the kind of its senders (:mod:`graphrec.model.knowledge`)."""
    return relation.rpartition(":")[0]


@dataclass(frozen=True)
class ItemParts:
    """The terms of the item vectors.

    Attributes
    ----------
    source, target
        Name of a term → float32 ``[n_items, d]``. ``content.text``: the message from that modality.
        ``neighbours.text``: from the nearest items in that modality. ``hop.1``: from items with common users.
    messages
        float32 ``[n_messages, d]``: what a sender sends along a relation.
    relation, entity, item
        int64 ``[n_messages]``: the relation; the sender, which is an entity or an item; -1 where it is the other, or is
        not known any more.
    indptr, received, weights
        CSR ``[n_items, n_messages]``: the messages that an item receives, and their weights.
    appeal
        float32 ``[d]``: its product with the messages of content and knowledge is part of the bias; None without.
    """

    source: dict[str, Tensor]
    target: dict[str, Tensor]
    messages: Tensor
    relation: Tensor
    entity: Tensor
    item: Tensor
    indptr: Tensor
    received: Tensor
    weights: Tensor
    appeal: Tensor | None = None

    @classmethod
    @torch.inference_mode()
    def of(cls, model: HeteroRecommender) -> ItemParts:
        """Return the terms of a trained model's vectors, on the CPU."""
        own = model.get_buffer("warm_items").float()[:, None]
        table = model.source * own
        shared = {} if model.content is None else {CONTENT + m: v for m, v in model.content.parts().items()}
        received = model.shared_messages(table)
        tables = {"source": table + received}
        if model.target is not None:
            tables["target"] = model.target * own + received
        sides = {side: {**shared, **_spread(model, start)} for side, start in tables.items()}
        empty = torch.zeros(0, dtype=torch.int64)
        parts = cls(
            source=sides["source"],
            target=sides.get("target", sides["source"]),
            messages=torch.zeros(0, table.shape[1]),
            relation=empty,
            entity=empty,
            item=empty,
            indptr=torch.zeros(len(table) + 1, dtype=torch.int64),
            received=empty,
            weights=torch.zeros(0),
            appeal=None if model.appeal is None else model.appeal.detach(),
        )
        if model.knowledge is not None and model.knowledge.relations:
            messages, sender, relation = model.knowledge.messages(table)
            matrix: Tensor = model.knowledge.to_items.adjacency.get_buffer("matrix")
            n_entities = len(model.knowledge.entities)
            parts = replace(
                parts,
                messages=messages,
                relation=relation,
                entity=torch.where(sender < n_entities, sender, -1),
                item=torch.where(sender < n_entities, -1, sender - n_entities),
                indptr=matrix.crow_indices(),
                received=matrix.col_indices(),
                weights=matrix.values(),
            )
        return parts.cpu()

    def cpu(self) -> ItemParts:
        """Return a copy on the CPU."""
        return self.from_tensors({name: value.detach().cpu() for name, value in self.tensors().items()})

    def tensors(self) -> dict[str, Tensor]:
        """Return the arrays by name, as :meth:`from_tensors` reads them."""
        found = {name: value for name, value in vars(self).items() if isinstance(value, Tensor)}
        found |= {f"source.{name}": value for name, value in self.source.items()}
        # One table for both sides is stored once.
        return found | {
            f"target.{name}": value for name, value in self.target.items() if value is not self.source[name]
        }

    @classmethod
    def from_tensors(cls, found: Mapping[str, Tensor]) -> ItemParts:
        """Restore an instance from :meth:`tensors`."""
        names = [name[7:] for name in found if name.startswith("source.")]
        source = {name: found[f"source.{name}"] for name in names}
        target = {name: found.get(f"target.{name}", source[name]) for name in names}
        return cls(source, target, **{name: v for name, v in found.items() if "." not in name})

    def check(self, shape: tuple[int, int], n_entities: int, n_relations: int) -> None:
        """Refuse arrays that do not fit a run.

        Parameters
        ----------
        shape
            That of the item vectors, ``(n_items, d)``.
        n_entities, n_relations
            Numbers of entities and of relations.

        Raises
        ------
        ValueError
            An array has another shape or type, refers to what is not there, or has numbers that are not finite.
        """
        n, width = len(self.messages), shape[1]
        floats = {f"{side}.{name}": value for side in ("source", "target") for name, value in self.side(side).items()}
        expected: dict[str, tuple[Tensor, tuple[int, ...]]] = {name: (value, shape) for name, value in floats.items()}
        expected |= {"messages": (self.messages, (n, width)), "weights": (self.weights, (len(self.received),))}
        if self.appeal is not None:
            expected["appeal"] = self.appeal, (width,)
        for name, (value, size) in expected.items():
            if value.shape != size or value.dtype != torch.float32 or not value.isfinite().all():
                raise ValueError(f"parts: {name} must be finite float32 {list(size)}")
        bounds = {"relation": (0, n_relations), "entity": (-1, n_entities), "item": (-1, shape[0]), "received": (0, n)}
        for name, (least, end) in bounds.items():
            value, length = getattr(self, name), len(self.weights) if name == "received" else n
            if value.shape != (length,) or value.dtype != torch.int64 or ((value < least) | (value >= end)).any():
                raise ValueError(f"parts: {name} must be int64 [{length}] from {least} to below {end}")
        ends = self.indptr[:1].tolist(), self.indptr[-1:].tolist()
        if (
            self.indptr.shape != (shape[0] + 1,)
            or ends != ([0], [len(self.received)])
            or (self.indptr.diff() < 0).any()
        ):
            raise ValueError(f"parts: indptr must ascend from 0 to {len(self.received)}, {shape[0] + 1} numbers")

    def side(self, side: str) -> dict[str, Tensor]:
        """Return the terms of the ``source`` or the ``target`` vectors."""
        return self.source if side == "source" else self.target

    def knowledge(self, taken: Tensor | None = None) -> Tensor:
        """Return the sums of all messages along knowledge edges, or of those ``taken``, float32 ``[n_items, d]``."""
        lengths = self.indptr.diff()
        sums = torch.zeros(len(lengths), self.messages.shape[1])
        row = torch.repeat_interleave(torch.arange(len(lengths)), lengths)
        received, weights = self.received, self.weights
        if taken is not None:
            edge = taken[received]
            row, received, weights = row[edge], received[edge], weights[edge]
        return sums.index_add_(0, row, self.messages[received] * weights[:, None])

    def own(self, side: str, table: Tensor) -> Tensor:
        """Return the own part of ``source`` or ``target`` vectors, float32 ``[n_items, d]``: what remains of them."""
        found = table - self.knowledge()
        for value in self.side(side).values():
            found = found - value
        return found

    def reordered(self, items: Tensor, of_items: Tensor, of_entities: Tensor) -> ItemParts:
        """Return the terms for other node orders; items that are new have none.

        Parameters
        ----------
        items
            int64 ``[n_items]``: index of each item here, -1 if it is new.
        of_items, of_entities
            int64: new index of each item and entity here, -1 if it is gone.
        """
        known = items.clamp(min=0)
        there = (items >= 0).float()[:, None]
        lengths = torch.where(items >= 0, self.indptr.diff()[known], 0)
        indptr = torch.cat([torch.zeros(1, dtype=torch.int64), lengths.cumsum(0)])
        edge = torch.arange(int(indptr[-1])) - torch.repeat_interleave(indptr[:-1] - self.indptr[known], lengths)
        gathered = {id(v): v[known] * there for side in (self.source, self.target) for v in side.values()}
        return replace(
            self,
            source={name: gathered[id(value)] for name, value in self.source.items()},
            target={name: gathered[id(value)] for name, value in self.target.items()},
            entity=_moved(self.entity, of_entities),
            item=_moved(self.item, of_items),
            indptr=indptr,
            received=self.received[edge],
            weights=self.weights[edge],
        )

    def replaced(self, rows: Tensor, other: ItemParts) -> ItemParts:
        """Return these terms with those of some items, bool ``[n_items]``, from an instance of the same order."""
        chosen: dict[int, Tensor] = {}
        sides: dict[str, dict[str, Tensor]] = {}
        for side in ("source", "target"):
            mine, theirs = self.side(side), other.side(side)
            for name, value in mine.items():
                chosen.setdefault(id(value), torch.where(rows[:, None], theirs[name], value))
            sides[side] = {name: chosen[id(value)] for name, value in mine.items()}
        width = len(self.messages)
        lengths = torch.where(rows, other.indptr.diff(), self.indptr.diff())
        indptr = torch.cat([torch.zeros(1, dtype=torch.int64), lengths.cumsum(0)])
        start = torch.where(rows, other.indptr[:-1] + len(self.received), self.indptr[:-1])
        edge = torch.arange(int(indptr[-1])) - torch.repeat_interleave(indptr[:-1] - start, lengths)
        received = torch.cat([self.received, other.received + width])[edge]
        used, received = torch.unique(received, return_inverse=True)  # messages that nobody receives any more go
        return replace(
            self,
            source=sides["source"],
            target=sides["target"],
            messages=torch.cat([self.messages, other.messages])[used],
            relation=torch.cat([self.relation, other.relation])[used],
            entity=torch.cat([self.entity, other.entity])[used],
            item=torch.cat([self.item, other.item])[used],
            indptr=indptr,
            received=received,
            weights=torch.cat([self.weights, other.weights])[edge],
        )


def _spread(model: HeteroRecommender, table: Tensor) -> dict[str, Tensor]:
    """Return the messages that similar items send, in the order in which the model adds them."""
    found: dict[str, Tensor] = {}
    if model.neighbours is not None:
        parts = model.neighbours.parts(table)
        found = {NEIGHBOURS + name: value for name, value in parts.items()}
        table = table + sum(parts.values())
    if model.hop is not None:
        message, edges = table, model.hop.edges(None)
        for n, scale in enumerate(F.softplus(model.hop_scale), 1):
            message = model.hop(message, edges)
            found[f"{HOP}{n}"] = scale * message
    return found


def _moved(senders: Tensor, places: Tensor) -> Tensor:
    """Return the new indices of senders, -1 where there was or is none."""
    if not len(places):
        return torch.full_like(senders, -1)
    return torch.where(senders >= 0, places[senders.clamp(min=0)], -1)
