r"""The shares of one score, in full: past behaviour × component × part of the item vectors.

The network's share of an item :math:`j` of the user is a product :math:`q_j · h_i` of two sums over parts: an own
vector, content by modality, knowledge by relation and entity, neighbours, hops. Half of each product of two parts goes
to either: that is the Shapley value (Shapley 1953) of a product, whose factors are worth nothing without each other.
An entity that both items have thus gets its halves from both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphrec.explanation.attribution import UserAttribution
from graphrec.model.item_parts import CONTENT, HOP, ItemParts
from graphrec.model.profiles import UserItemCSR

#: Parts of the item vectors; ``whole``: a component, or a run, that is not divided.
OWN, KNOWLEDGE, WHOLE = "own", "knowledge", "whole"


@dataclass(frozen=True)
class Rows:
    """Shares, ``[n]`` each.

    Attributes
    ----------
    place
        int64: position in the user's items, -1 for terms of the pair.
    behaviour
        int64: column of the behaviour type, -1 for terms of the pair.
    component, part, modality
        Names; ``""`` where there is none.
    relation, entity, item
        int64: relation, and the entity or related item that sent the message; -1 where there is none.
    share
        float64.
    """

    place: NDArray[np.int64]
    behaviour: NDArray[np.int64]
    component: NDArray[np.object_]
    part: NDArray[np.object_]
    modality: NDArray[np.object_]
    relation: NDArray[np.int64]
    entity: NDArray[np.int64]
    item: NDArray[np.int64]
    share: NDArray[np.float64]

    @classmethod
    def joined(cls, blocks: list[Rows]) -> Rows:
        """Return the rows of all blocks."""
        names = cls.__dataclass_fields__
        return cls(**{name: np.concatenate([getattr(block, name) for block in blocks]) for name in names})


def _block(
    share: Tensor, component: str, part: tuple[str, str] = (WHOLE, ""), given: Mapping[str, Tensor] | None = None
) -> Rows:
    """Return rows of one component and part, which is a kind and a modality; ``given`` are columns of indices."""
    n = len(share)
    none, name = torch.full((n,), -1), {"component": component, "part": part[0], "modality": part[1]}
    columns = given or {}
    numbers = {key: columns.get(key, none).numpy() for key in ("place", "behaviour", "relation", "entity", "item")}
    return Rows(
        **numbers,
        **{key: np.full(n, value, dtype=object) for key, value in name.items()},
        share=share.double().numpy(),
    )


@torch.inference_mode()
def shares(user: UserAttribution, item: int) -> Rows:
    """Return the shares of a score; they sum to it.

    Parameters
    ----------
    user
        The user's attribution.
    item
        Index of an item.
    """
    here = torch.tensor([item])
    found = user.summands(here)
    blocks = [_by_type(block, user.types) for block in _network(user, item)]
    for name, share in found.items():
        if name != "network":
            types = user.types if name == "side_features" else user.target_types
            blocks.append(_by_type(_block(share[:, 0], name, given={"place": torch.arange(len(share))}), types))
    for constant, value in user.constants(here).items():
        blocks += _bias(user, item, value) if constant == "bias" else [_block(value, constant)]
    rows = Rows.joined(blocks)
    kept = (rows.share != 0).nonzero()[0]
    return Rows(**{name: getattr(rows, name)[kept] for name in Rows.__dataclass_fields__})


def _by_type(rows: Rows, types: Tensor) -> Rows:
    """Divide shares of items among the types of behaviour, with rows of ``types`` that sum to 1, ``[m, T]``."""
    n_types = types.shape[1]
    each = {name: np.repeat(getattr(rows, name), n_types) for name in Rows.__dataclass_fields__}
    each["behaviour"] = np.tile(np.arange(n_types), len(rows.share))
    each["share"] = each["share"] * types.double().numpy()[rows.place].ravel()
    return Rows(**each)


def _network(user: UserAttribution, item: int) -> list[Rows]:
    """Return the shares of the network by item of the user and part."""
    of, base = user.of, user.base
    source, target = of.source[user.items], of.target[item]
    everyone = {"place": torch.arange(len(base))}
    parts = of.parts
    if parts is None:
        return [_block(base * (source @ target), "network", given=everyone)]

    def halves(sent: Tensor, received: Tensor) -> Tensor:
        return base * (sent @ target + source @ received) / 2

    own_source, own_target = of.own
    found = [_block(halves(own_source[user.items], own_target[item]), "network", (OWN, ""), everyone)]
    for name, table in parts.source.items():
        received = parts.target[name][item] * of.factor[item]
        found.append(_block(halves(table[user.items], received), "network", part_of(name), everyone))
    if len(parts.messages):
        found.append(_knowledge(user, item, parts))
    return found


def _knowledge(user: UserAttribution, item: int, parts: ItemParts) -> Rows:
    """Return the shares of messages along knowledge edges, to the items of the user and to the scored one."""
    of, base = user.of, user.base / 2
    place, sent, weight = edges(parts, user.items)
    _, received, incoming = edges(parts, torch.tensor([item]))
    to_user = base[place] * weight * (parts.messages @ of.target[item])[sent]
    to_item = base[:, None] * (of.source[user.items] @ (parts.messages[received] * incoming[:, None]).T)
    to_item = to_item * of.factor[item]
    everyone = torch.arange(len(base)).repeat_interleave(len(received))
    places, messages = torch.cat([place, everyone]), torch.cat([sent, received.repeat(len(base))])
    sender = sender_codes(parts)
    width = int(sender.max()) + 1
    n_relations = int(parts.relation.max()) + 1
    keys = (places * n_relations + parts.relation[messages]) * width + sender[messages]
    distinct, inverse = torch.unique(keys, return_inverse=True)
    share = torch.zeros(len(distinct), dtype=torch.double)
    share.index_add_(0, inverse, torch.cat([to_user, to_item.flatten()]).double())
    entity, other = _senders(distinct % width, parts)
    relation = distinct // width % n_relations
    place = distinct // width // n_relations
    where = {"place": place, "relation": relation, "entity": entity, "item": other}
    return _block(share, "network", (KNOWLEDGE, ""), where)


def _bias(user: UserAttribution, item: int, value: Tensor) -> list[Rows]:
    """Return the bias by part of the item."""
    parts, scale = user.of.parts, float(user.weights[0] * user.of.factor[item])
    if parts is None or parts.appeal is None:
        return [_block(value, "bias")]
    found, rest = [], value.double()
    for name, table in parts.source.items():
        if name.startswith(CONTENT):
            found.append(_block((table[item] @ parts.appeal)[None] * scale, "bias", part_of(name)))
    if len(parts.messages):
        _, received, weight = edges(parts, torch.tensor([item]))
        share = weight * (parts.messages[received] @ parts.appeal) * scale
        where = {"relation": parts.relation, "entity": parts.entity, "item": parts.item}
        found.append(_block(share, "bias", (KNOWLEDGE, ""), {name: of[received] for name, of in where.items()}))
    rest = rest - sum(float(block.share.sum()) for block in found)
    return [*found, _block(rest, "bias", (OWN, ""))]


def edges(parts: ItemParts, items: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the messages that some items receive.

    Returns
    -------
    place, message, weight
        ``[n]``: position in ``items``, message, and its weight.
    """
    _, place, edge = UserItemCSR(parts.indptr, parts.received).rows(items)
    return place, parts.received[edge], parts.weights[edge]


def sender_codes(parts: ItemParts) -> Tensor:
    """Return one number for each sender of messages, int64 ``[n_messages]``: 0 unknown, entities, then items."""
    first = int(parts.entity.max()) + 2 if len(parts.entity) else 1
    return torch.where(parts.item >= 0, parts.item + first, parts.entity + 1)


def _senders(codes: Tensor, parts: ItemParts) -> tuple[Tensor, Tensor]:
    """Return entities and items, -1 for the other, from :func:`sender_codes`."""
    first = int(parts.entity.max()) + 2
    return torch.where(codes < first, codes - 1, -1), torch.where(codes < first, -1, codes - first)


def part_of(name: str) -> tuple[str, str]:
    """Return the kind and the modality of a part, by its stored name."""
    kind, _, modality = name.partition(".")
    return kind, "" if f"{kind}." == HOP else modality
