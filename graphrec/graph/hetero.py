"""A graph as ``HeteroData``: what is read, with reverse edges, validated."""

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
    """A graph as tensors, and the way back to Neo4j.

    Attributes
    ----------
    data
        ``data["user", TYPE, "item"]`` has ``edge_index`` int64 ``[2, E]``, ``edge_weight`` float32 ``[E]`` (weight ×
        strength) and ``time`` int64 ``[E]`` (epoch seconds; :data:`graphrec.graph.typed.NO_TIME` where absent);
        for a published split also ``split`` int8 ``[E]`` (0 train, 1 valid, 2 test, -1 absent). Repeated behaviours of
        one pair are separate edges. Dislikes among a type are one of their own
        (:func:`graphrec.config.schema.disliked`). What is not wanted has ``negative`` True, and a type whose half-life
        is given ``half_life`` (days). A type of search is one more such type, with an edge to each item that a search
        means: see :mod:`graphrec.graph.search_log`. Knowledge and social edges have an ``edge_index``. Each type has
        its ``rev_`` mirror. ``data["item"].text`` (``.image``, ``.audio``): float32 ``[n_items, d]``, 0 where absent,
        with ``.text_mask``; there only when some item has such a vector.
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


def load_graph(db: Database, schema: GraphSchema, split: SplitSettings | None = None) -> Graph:
    """Read the graph that a mapping describes, and validate it; see :func:`graphrec.graph.read.read`."""
    return to_graph(read(db, schema, split))


def to_graph(reading: GraphArrays) -> Graph:
    """Return what was read as a graph to learn from."""
    keys = reading.users, reading.items, reading.entities
    return Graph(to_hetero_data(reading.data), *keys, reading.schema, reading.fingerprint, reading.encoders)


def to_hetero_data(data: TypedArrays | HeteroData) -> HeteroData:
    """Return tensors as ``HeteroData`` with a mirror of each type of edges; what is one already as it is."""
    # PyG takes seconds to import: whoever goes without learning goes without it.
    from graphrec.common.pyg import HeteroData, ToUndirected

    if isinstance(data, HeteroData):
        return data
    found = HeteroData()
    for kind, store in data.items():
        for name, value in store.items():
            found[kind][name] = value
    found = ToUndirected(merge=False)(found)
    found.validate(raise_on_error=True)
    if "entity" not in found.node_types:  # PyG warns of a type without edges: this one is there for its size
        found["entity"].num_nodes = 0
    return found
