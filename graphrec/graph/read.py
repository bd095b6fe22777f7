"""Read a graph from Neo4j as arrays.

The graph is read by internal node ids, one row per user, and not changed. All users and items are nodes, with or
without edges; a knowledge entity is a node if an edge reaches it. The result is deterministic: nodes are numbered by
key, edges sorted. This module does not use torch, which can be imported in parallel.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, get_args

import numpy as np
from msgspec.structs import replace

from graphrec.common.console import progress
from graphrec.common.errors import GraphError
from graphrec.config.schema import GraphSchema, names_of
from graphrec.config.settings import SplitSettings
from graphrec.db.database import Database
from graphrec.graph.behaviours import Edges, packs, read_behaviour
from graphrec.graph.columns import Floats, Ints, Modality, Nodes, read_edges, read_entities, read_nodes, read_vectors
from graphrec.graph.contexts import encode
from graphrec.graph.limits import limit
from graphrec.graph.mapping import resolve
from graphrec.graph.personal_properties import check_names
from graphrec.graph.search_log import Space, read_searches
from graphrec.graph.typed import NO_TIME, TypedArrays


@dataclass(frozen=True)
class GraphArrays:
    """A graph as arrays, with the keys of its nodes in Neo4j.

    Attributes
    ----------
    stores
        The data of :class:`graphrec.graph.hetero.Graph` as numpy arrays, without reverse edges.
    users, items, entities, schema, fingerprint, encoders
        See :class:`graphrec.graph.hetero.Graph`.
    """

    stores: TypedArrays
    users: list[Any]
    items: list[Any]
    entities: list[str]
    schema: GraphSchema
    fingerprint: str
    encoders: dict[str, str] = field(default_factory=dict)

    @cached_property
    def data(self) -> TypedArrays:
        """Return the stores as tensors that share the arrays' memory."""
        import torch

        return self.stores.turned(lambda value: torch.from_numpy(value) if isinstance(value, np.ndarray) else value)


def read(
    db: Database,
    schema: GraphSchema,
    split: SplitSettings | None = None,
    modalities: Collection[Modality] = get_args(Modality),
) -> GraphArrays:
    """Read the graph of a mapping.

    Parameters
    ----------
    db, schema
        The database and its mapping.
    split
        Split to be made: a published one needs a property of every behaviour; others do not read it.
    modalities
        Modalities whose content vectors are read.

    Raises
    ------
    GraphError
        The graph does not match the mapping: a label, type, key or property is missing, a key is repeated, or a
        strength, time, part or vector is invalid.
    LeakageError
        A type mapped as knowledge encodes behaviour.
    """
    check_names(db, schema.personal)
    schema = resolve(db, schema)
    stores = TypedArrays()
    with progress() as bar:
        task = bar.add_task("reading the graph", total=None)
        users = read_nodes(db, "user", schema.user)
        items = read_nodes(db, "item", schema.item)
        if not schema.shared and len(np.intersect1d(users.ids, items.ids, assume_unique=True)):
            raise GraphError(
                f"some nodes are both {schema.user.name!r} and {schema.item.name!r}",
                hint="map users and items to one label with one key, and narrow them by where; or leave these nodes "
                'out of one of them by where, such as where = "NOT u:Item"',
            )
        stores["user"].num_nodes = len(users.keys)
        stores["item"].num_nodes = len(items.keys)
        if schema.shared:
            stores["user"].themselves = items.find(users.ids[np.argsort(users.order)])
        packed = packs(db)
        part = split.property if split is not None and split.method == "published" else None
        schema = add_behaviours(db, schema, stores, users, items, lambda n: bar.advance(task, n), part)
        entities = _add_knowledge(db, schema, stores, items, users)
        for kind, ends in read_edges(db, schema.social).items():
            heads, tails = map(users.find, ends)
            between = (heads >= 0) & (tails >= 0)
            stores["user", kind, "user"].edge_index = np.stack(_sorted(heads[between], tails[between]))
        encoders = _add_vectors(db, schema, stores, items, modalities)
        space = Space(stores["item"].text, encoders["text"]) if "text" in encoders else None
        for kind in schema.searches:
            edges = read_searches(
                db, schema, kind, users, space, packed=packed, done=lambda n: bar.advance(task, n), part=part
            )
            schema = _dated(schema, kind, edges)
            if len(edges.users):
                _add_done(stores, kind, edges)
    return assembled(stores, users.keys, items.keys, entities, schema, encoders)


def add_behaviours(
    db: Database,
    schema: GraphSchema,
    stores: TypedArrays,
    users: Nodes,
    items: Nodes,
    done: Callable[[int], object],
    part: str | None = None,
) -> GraphSchema:
    """Read all behaviours into ``stores``, none of them limited yet; return the mapping with their time properties.

    Parameters
    ----------
    db, schema
        The database and its resolved mapping.
    stores
        Gets one store per type of behaviour.
    users, items
        The nodes read before.
    done
        Called with the number of behaviours as they arrive.
    part
        Property with the component of a published split, if requested.

    Raises
    ------
    GraphError
        A strength, time or part is invalid, or no edge has the mapped property.
    """
    packed, contexts = packs(db), {}
    for kind in schema.behaviours:
        edges = read_behaviour(db, schema, kind, users, items, packed=packed, done=done, part=part)
        schema = _dated(schema, kind, edges)
        for name, some in edges.parted(kind).items():
            _add_done(stores, name, some)
            if some.context is not None:
                contexts[name] = some.context
    return encode(stores, schema, contexts)


def assembled(
    stores: TypedArrays,
    users: list[Any],
    items: list[Any],
    entities: list[str],
    schema: GraphSchema,
    encoders: dict[str, str],
) -> GraphArrays:
    """Apply the limits to a graph and add its fingerprint; parameters as in :class:`GraphArrays`."""
    limit(stores, schema)
    _describe(stores, schema)
    fingerprint = _fingerprint(stores, users, items, entities, encoders)
    return GraphArrays(stores, users, items, entities, schema, fingerprint, encoders)


def _dated(schema: GraphSchema, kind: str, edges: Edges) -> GraphSchema:
    """Return the mapping with the time property of a type, or None if no relationship has it."""
    part = "searches" if kind in schema.searches else "behaviours"
    mapped = getattr(schema, part)
    if not len(edges.users):
        return schema
    time = mapped[kind].time_property if (edges.time != NO_TIME).any() else None
    return replace(schema, **{part: mapped | {kind: replace(mapped[kind], time=time)}})


def _sorted(heads: Ints, tails: Ints) -> tuple[Ints, Ints]:
    order = np.lexsort((tails, heads))
    return heads[order], tails[order]


def _add_done(stores: TypedArrays, kind: str, edges: Edges) -> None:
    """Add the behaviours of one type."""
    store = stores["user", kind, "item"]
    store.edge_index = np.stack([edges.users, edges.items])
    store.edge_weight, store.time = edges.weight, edges.time
    if edges.part is not None:
        store.split = edges.part


def _describe(stores: TypedArrays, schema: GraphSchema) -> None:
    """Mark negative behaviour types, and add half-lives.

    If any type is negative, searches are marked ``indirect``: a search near an item does not revoke a dislike of it.
    """
    there = stores.edge_types
    if schema.negatives:
        for kind in schema.searches:
            if ("user", kind, "item") in there:
                stores["user", kind, "item"].indirect = True
    for kind, mapped in schema.behaviours.items():
        for name in names_of(kind, mapped):
            if ("user", name, "item") not in there:
                continue
            store = stores["user", name, "item"]
            if name in schema.negatives:
                store.negative = True
            if mapped.half_life is not None:
                store.half_life = mapped.half_life


def _add_knowledge(db: Database, schema: GraphSchema, stores: TypedArrays, items: Nodes, users: Nodes) -> list[str]:
    """Add knowledge edges and count their entities; return the entities' keys."""
    edges = {}
    for kind, (heads, tails) in read_edges(db, schema.knowledge or ()).items():
        # A type may also lead to users (LOCATED_IN for shops and for people): such edges are not knowledge. Users and
        # items that are left out are no entities either.
        among = np.ones(len(heads), bool)
        for side in (heads, tails):
            others = (users.find(side) < 0) & users.known(side) & items.known(side)
            among &= others | (items.find(side) >= 0)
        edges[kind] = heads[among], tails[among]
    ends = [end for pair in edges.values() for end in pair]
    ids = np.unique(np.concatenate(ends)) if ends else np.empty(0, np.int64)
    entities = read_entities(db, schema, ids[items.find(ids) < 0])
    if entities.keys:
        stores["entity"].num_nodes = len(entities.keys)
    for kind, (heads, tails) in edges.items():
        at = {name: (part.find(heads), part.find(tails)) for name, part in (("item", items), ("entity", entities))}
        for source in at:
            for target in at:
                between = (at[source][0] >= 0) & (at[target][1] >= 0)
                if between.any():
                    stores[source, kind, target].edge_index = np.stack(
                        _sorted(at[source][0][between], at[target][1][between])
                    )
    return entities.keys


def _add_vectors(
    db: Database, schema: GraphSchema, stores: TypedArrays, items: Nodes, modalities: Collection[Modality]
) -> dict[str, str]:
    """Add the vectors of each modality that has some; return modality → encoder."""
    encoders: dict[str, str] = {}
    for modality in modalities:
        found = read_vectors(db, schema, modality, items)
        if found is None:
            continue
        vectors, nodes, encoders[modality] = found
        set_vectors(stores, modality, vectors, nodes)
    return encoders


def set_vectors(stores: TypedArrays, modality: Modality, vectors: Floats, nodes: Ints) -> None:
    """Set the vectors, float32 ``[n, d]``, of items ``nodes``, int64 ``[n]``; others get zeros and are masked out."""
    size = int(stores["item"].num_nodes)
    all_vectors = np.zeros((size, vectors.shape[1]), np.float32)
    all_vectors[nodes] = vectors
    mask = np.zeros(size, bool)
    mask[nodes] = True
    stores["item"][modality] = all_vectors
    stores["item"][f"{modality}_mask"] = mask


def _fingerprint(
    stores: TypedArrays, users: list[Any], items: list[Any], entities: list[str], encoders: dict[str, str]
) -> str:
    """Hash keys, edges and vectors, but not ``split``, which is not part of the graph itself."""
    digest = hashlib.sha256(repr((users, items, entities, sorted(encoders.items()))).encode())
    for kind, store in sorted(stores.items(), key=lambda item: str(item[0])):
        for name, value in sorted(store.items()):
            if name == "split":
                continue
            digest.update(f"{kind}{name}".encode())
            whole = isinstance(value, np.ndarray)
            digest.update(np.ascontiguousarray(value).tobytes() if whole else repr(value).encode())
    return digest.hexdigest()[:16]
