"""Neo4j → ``HeteroData``: one call that ends with ``data.validate()``.

The graph is read by internal node ids, a row a user, and nothing is written to it. Every user and item is a node,
the quiet ones too; a knowledge entity is a node when an exported edge touches it. The same graph gives the same
tensors: nodes are numbered by key, edges sorted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.transforms import ToUndirected

from graphrec.behaviours import NO_TIME, Edges, packs, read_behaviour
from graphrec.columns import (
    Floats,
    Ints,
    Modality,
    Nodes,
    read_edges,
    read_entities,
    read_nodes,
    read_vectors,
)
from graphrec.config import SplitSettings
from graphrec.console import progress
from graphrec.db import Database
from graphrec.errors import GraphError
from graphrec.limits import limit
from graphrec.mapping import resolve
from graphrec.schema import GraphSchema, names_of
from graphrec.searches import Space, read_searches

__all__ = ["NO_TIME", "Graph", "export", "resolve"]


@dataclass(frozen=True)
class Graph:
    """A graph as tensors, and the way back to Neo4j.

    Attributes
    ----------
    data
        ``data["user", TYPE, "item"]`` has ``edge_index`` int64 ``[2, E]``, ``edge_weight`` float32 ``[E]`` (weight ×
        strength) and ``time`` int64 ``[E]`` (epoch seconds; :data:`NO_TIME` where absent); for a published split also
        ``split`` int8 ``[E]`` (0 train, 1 valid, 2 test, -1 absent). Repeated behaviours of one pair are separate
        edges. Dislikes among a type are one of their own (:func:`graphrec.schema.disliked`). What is not wanted has
        ``negative`` True, and a type whose half-life is given ``half_life`` (days). A type of search is one more such
        type, with an edge to each item that a search means: see :mod:`graphrec.searches`. Knowledge and social edges
        have an ``edge_index``. Each type has its ``rev_`` mirror.
        ``data["item"].text`` (``.image``, ``.audio``): float32 ``[n_items, d]``, 0 where absent, with ``.text_mask``;
        there only when some item has such a vector.
    users, items
        Key values in node order.
    entities
        Keys of the knowledge nodes (element ids where they have none), in node order.
    schema
        The mapping, resolved.
    fingerprint
        Hash of everything above but ``split``: equal for equal graphs, whatever was asked of them.
    encoders
        Modality → what made its vectors.
    """

    data: HeteroData
    users: list[Any]
    items: list[Any]
    entities: list[str]
    schema: GraphSchema
    fingerprint: str
    encoders: dict[str, str] = field(default_factory=dict)


def export(db: Database, schema: GraphSchema, split: SplitSettings | None = None) -> Graph:
    """Read the graph that a mapping describes.

    Parameters
    ----------
    db, schema
        The database and its mapping.
    split
        What the graph is read for: a published split needs a property of every behaviour, others leave it unread.

    Raises
    ------
    GraphError
        The graph is not what the mapping says: a label, type, key or property is missing, a key is repeated, a
        strength, time, part or vector cannot be used.
    LeakageError
        A type mapped as knowledge encodes behaviour.
    """
    schema = resolve(db, schema)
    data = HeteroData()
    with progress() as bar:
        task = bar.add_task("reading the graph", total=None)
        users = read_nodes(db, "user", schema.user.label, schema.user.key)
        items = read_nodes(db, "item", schema.item.label, schema.item.key)
        if len(np.intersect1d(users.ids, items.ids, assume_unique=True)):
            raise GraphError(
                f"some nodes are both {schema.user.label!r} and {schema.item.label!r}",
                hint="map two labels that no node shares",
            )
        data["user"].num_nodes = len(users.keys)
        data["item"].num_nodes = len(items.keys)
        packed = packs(db)
        part = split.property if split is not None and split.method == "published" else None
        for kind in schema.behaviours:
            edges = read_behaviour(
                db, schema, kind, users, items, packed=packed, done=lambda n: bar.advance(task, n), part=part
            )
            for name, some in edges.parted(kind).items():
                _add_done(data, name, some)
        entities = _add_knowledge(db, schema, data, items, users)
        for kind in schema.social:
            heads, tails = (users.find(ends) for ends in read_edges(db, kind))
            between = (heads >= 0) & (tails >= 0)
            data["user", kind, "user"].edge_index = pairs(*_sorted(heads[between], tails[between]))
        encoders = _add_vectors(db, schema, data, items)
        space = Space(data["item"].text.numpy(), encoders["text"]) if "text" in encoders else None
        for kind in schema.searches:
            edges = read_searches(
                db, schema, kind, users, space, packed=packed, done=lambda n: bar.advance(task, n), part=part
            )
            if len(edges.users):
                _add_done(data, kind, edges)
    return assembled(data, users.keys, items.keys, entities, schema, encoders)


def assembled(
    data: HeteroData,
    users: list[Any],
    items: list[Any],
    entities: list[str],
    schema: GraphSchema,
    encoders: dict[str, str],
) -> Graph:
    """Give a graph its limits, its fingerprint and its reverse edges, and validate it; the parameters are Graph's."""
    limit(data, schema)
    describe(data, schema)
    fingerprint = _fingerprint(data, users, items, entities, encoders)
    data = ToUndirected(merge=False)(data)
    data.validate(raise_on_error=True)
    if not entities:  # PyG warns of a node type without edges: this one is there so that its size can be asked
        data["entity"].num_nodes = 0
    return Graph(data, users, items, entities, schema, fingerprint, encoders)


def pairs(heads: Ints, tails: Ints) -> Tensor:
    """Return an ``edge_index``, int64 ``[2, E]``."""
    return torch.from_numpy(np.stack([heads, tails]))


def _sorted(heads: Ints, tails: Ints) -> tuple[Ints, Ints]:
    order = np.lexsort((tails, heads))
    return heads[order], tails[order]


def _add_done(data: HeteroData, kind: str, edges: Edges) -> None:
    """Add what users did with items."""
    store = data["user", kind, "item"]
    store.edge_index = pairs(edges.users, edges.items)
    store.edge_weight = torch.from_numpy(edges.weight)
    store.time = torch.from_numpy(edges.time)
    if edges.part is not None:
        store.split = torch.from_numpy(edges.part)


def describe(data: HeteroData, schema: GraphSchema) -> None:
    """Say at each type of behaviour what its weights alone do not: that it is negative, and its half-life.

    Where something is negative, searches say of themselves that they are ``indirect``: to look for what is like an item
    takes back no dislike of it.
    """
    if schema.negatives:
        for kind in schema.searches:
            if ("user", kind, "item") in data.edge_types:
                data["user", kind, "item"].indirect = True
    for kind, mapped in schema.behaviours.items():
        for name in names_of(kind, mapped):
            if ("user", name, "item") not in data.edge_types:
                continue
            store = data["user", name, "item"]
            if name in schema.negatives:
                store.negative = True
            if mapped.half_life is not None:
                store.half_life = mapped.half_life


def _add_knowledge(db: Database, schema: GraphSchema, data: HeteroData, items: Nodes, users: Nodes) -> list[str]:
    """Add knowledge edges and count their entities; return the entities' keys."""
    read = {}
    for kind in schema.knowledge or ():
        heads, tails = read_edges(db, kind)
        # A type may also lead to users (LOCATED_IN for shops and for people): these edges are no knowledge.
        among = (users.find(heads) < 0) & (users.find(tails) < 0)
        read[kind] = heads[among], tails[among]
    ends = [end for pair in read.values() for end in pair]
    ids = np.unique(np.concatenate(ends)) if ends else np.empty(0, np.int64)
    entities = read_entities(db, schema, ids[items.find(ids) < 0])
    if entities.keys:
        data["entity"].num_nodes = len(entities.keys)
    for kind, (heads, tails) in read.items():
        at = {name: (part.find(heads), part.find(tails)) for name, part in (("item", items), ("entity", entities))}
        for source in at:
            for target in at:
                between = (at[source][0] >= 0) & (at[target][1] >= 0)
                if between.any():
                    data[source, kind, target].edge_index = pairs(
                        *_sorted(at[source][0][between], at[target][1][between])
                    )
    return entities.keys


def _add_vectors(db: Database, schema: GraphSchema, data: HeteroData, items: Nodes) -> dict[str, str]:
    """Add the vectors of each modality that some item has; return modality → encoder."""
    encoders = {}
    for modality in get_args(Modality):
        found = read_vectors(db, schema, modality, items)
        if found is None:
            continue
        vectors, nodes, encoders[modality] = found
        set_vectors(data, modality, vectors, nodes)
    return encoders


def set_vectors(data: HeteroData, modality: Modality, vectors: Floats, nodes: Ints) -> None:
    """Give items ``nodes``, int64 ``[n]``, their vectors, float32 ``[n, d]``; the others have zeros, masked out."""
    size = int(data["item"].num_nodes)
    all_vectors = torch.zeros(size, vectors.shape[1])
    all_vectors[nodes] = torch.from_numpy(vectors)
    mask = torch.zeros(size, dtype=torch.bool)
    mask[nodes] = True
    data["item"][modality] = all_vectors
    data["item"][f"{modality}_mask"] = mask


def _fingerprint(
    data: HeteroData, users: list[Any], items: list[Any], entities: list[str], encoders: dict[str, str]
) -> str:
    """Hash keys, edges and vectors, before the reverse edges are added."""
    digest = hashlib.sha256(repr((users, items, entities, sorted(encoders.items()))).encode())
    for store in sorted(data.stores, key=lambda store: str(store._key)):
        for name, value in sorted(store.items()):
            if name == "split":
                continue
            digest.update(f"{store._key}{name}".encode())
            digest.update(value.contiguous().numpy().tobytes() if isinstance(value, Tensor) else repr(value).encode())
    return digest.hexdigest()[:16]
