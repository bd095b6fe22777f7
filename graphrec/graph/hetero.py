"""A graph as validated ``HeteroData`` with reverse edges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphrec.config.schema import GraphSchema
from graphrec.config.settings import SplitSettings
from graphrec.db.database import Database
from graphrec.graph.read import GraphArrays, read
from graphrec.graph.typed import TypedArrays

if TYPE_CHECKING:
    from graphrec.common.pyg import HeteroData


@dataclass(frozen=True)
class Graph:
    """A graph as tensors, with the keys of its nodes in Neo4j.

    Attributes
    ----------
    data
        ``data["user", TYPE, "item"]`` has ``edge_index`` int64 ``[2, E]``, ``edge_weight`` float32 ``[E]`` (weight ×
        strength) and ``time`` int64 ``[E]`` (epoch seconds; :data:`graphrec.graph.typed.NO_TIME` where absent);
        for a published split also ``split`` int8 ``[E]`` (0 train, 1 valid, 2 test, -1 absent); with properties of a
        context also ``context`` int64 ``[E, P]`` (:mod:`graphrec.graph.contexts`). Repeated behaviours of
        one pair are separate edges. Dislikes within a type are a separate type
        (:func:`graphrec.config.schema.disliked`). Dislikes have ``negative`` True; types with a given half-life have
        ``half_life`` (days). A type of search is one more behaviour type, with an edge to each nearest item: see
        :mod:`graphrec.graph.search_log`. Knowledge and social edges have an ``edge_index``. Each type has a reverse
        type ``rev_``. ``data["item"].text`` (``.image``, ``.audio``): float32 ``[n_items, d]``, 0 where absent, with
        ``.text_mask``; present only if some item has such a vector.
    users, items
        Key values in node order.
    entities
        Keys of the knowledge nodes (or their element ids), in node order.
    schema
        The resolved mapping.
    fingerprint
        Hash of everything above except ``split``: equal for equal graphs.
    encoders
        Modality → encoder of its vectors.
    """

    data: HeteroData
    users: list[Any]
    items: list[Any]
    entities: list[str]
    schema: GraphSchema
    fingerprint: str
    encoders: dict[str, str] = field(default_factory=dict)


def load_graph(db: Database, schema: GraphSchema, split: SplitSettings | None = None) -> Graph:
    """Read and validate the graph of a mapping; see :func:`graphrec.graph.read.read`."""
    return to_graph(read(db, schema, split))


def to_graph(reading: GraphArrays) -> Graph:
    """Convert arrays to a graph for training."""
    keys = reading.users, reading.items, reading.entities
    return Graph(to_hetero_data(reading.data), *keys, reading.schema, reading.fingerprint, reading.encoders)


def to_hetero_data(data: TypedArrays | HeteroData) -> HeteroData:
    """Convert tensors to ``HeteroData`` with a reverse of each edge type; return ``HeteroData`` unchanged."""
    # PyG takes seconds to import: avoid it unless training.
    from graphrec.common.pyg import HeteroData, ToUndirected

    if isinstance(data, HeteroData):
        return data
    found = HeteroData()
    for kind, store in data.items():
        for name, value in store.items():
            found[kind][name] = value
    found = ToUndirected(merge=False)(found)
    found.validate(raise_on_error=True)
    if "entity" not in found.node_types:  # PyG warns of a type without edges, which is needed for its size
        found["entity"].num_nodes = 0
    return found
