"""Convert tables to the graph that an export from Neo4j would give: same nodes, order, edges and fingerprint.

Missing parts of the mapping are completed like in :mod:`graphrec.graph.mapping`: properties by their names, and
knowledge is everything connected to items that is not between users.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphrec.common.console import warn
from graphrec.common.errors import GraphError, InputError
from graphrec.common.hashing import digest
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import SplitSettings
from graphrec.content.precomputed import match, open_given
from graphrec.graph.behaviours import NO_PART, PARTS, weights
from graphrec.graph.columns import Floats, Ints
from graphrec.graph.hetero import Graph, to_graph
from graphrec.graph.mapping import STRENGTH_NAMES, named
from graphrec.graph.read import assembled, set_vectors
from graphrec.graph.typed import NO_TIME, TypedArrays
from graphrec.graph.vector_labels import PREFIX, label
from graphrec_etl.model import NO_TIME as NO_MOMENT
from graphrec_etl.model import Edges, Tables


def graph_of(tables: Tables, split: SplitSettings, vectors: Mapping[str, Path | Floats]) -> Graph:
    """Return the graph of tables.

    Parameters
    ----------
    tables
        Tables from a reader of ``graphrec_etl``.
    split
        A published split needs the split of each behaviour.
    vectors
        Modality → file, as for ``graphrec embed --vectors``; or float32 ``[n, d]`` of the first ``n`` items in table
        order, with NaN or zeros for items without a vector.

    Raises
    ------
    GraphError
        The tables have no behaviour, or a strength is negative.
    InputError
        A file of vectors cannot be used.
    """
    behaviours = {edges.type: edges for edges in tables.edges if (edges.start, edges.end) == ("user", "item")}
    if not any(len(edges) for edges in behaviours.values()):
        raise GraphError("the files hold no behaviour", hint="a line of them must name a user and an item")
    knowledge = _knowledge(tables)
    schema = GraphSchema(
        behaviours={kind: _mapped(behaviours[kind]) for kind in sorted(behaviours)},
        knowledge=tuple(sorted({edges.type for edges in knowledge})),
    )
    stores = TypedArrays()
    keys: dict[str, list[Any]] = {}
    place: dict[str, Ints] = {}
    for role in ("user", "item"):
        keys[role], place[role] = _numbered(tables.nodes(role).keys(), np.arange(len(tables.nodes(role))))
        stores[role].num_nodes = len(keys[role])
    for kind, mapped in schema.behaviours.items():
        _add_behaviour(stores, behaviours[kind], mapped, place, split)
    _add_knowledge(stores, knowledge, tables, keys, place)
    encoders = {
        name: _add_array(stores, name, given, place["item"])
        if isinstance(given, np.ndarray)
        else _add_vectors(stores, name, given, keys["item"])
        for name, given in vectors.items()
    }
    return to_graph(assembled(stores, keys["user"], keys["item"], keys["entity"], schema, encoders))


def _numbered(keys: Sequence[Any], codes: Ints) -> tuple[list[Any], Ints]:
    """Return the keys of ``codes`` in order, and code → node index, -1 for other codes."""
    order = sorted(codes.tolist(), key=keys.__getitem__)
    place = np.full(len(keys), -1, np.int64)
    place[order] = np.arange(len(order))
    return [keys[code] for code in order], place


def _mapped(edges: Edges) -> Behaviour:
    """Return a behaviour's mapping, with its properties detected by name."""
    there = [name for name, column in edges.properties.items() if _given(column).any()]
    timed = bool((edges.times != NO_MOMENT).any())
    return Behaviour(strength=named(there, STRENGTH_NAMES), time="at" if timed else None)


def _given(column: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which cells have a value: not NaN for numbers, not None for objects."""
    # NaN is the one value that differs from itself.
    return np.fromiter((cell is not None and cell == cell for cell in column.tolist()), bool, len(column))  # noqa: PLR0124


def _add_behaviour(
    stores: TypedArrays, edges: Edges, mapped: Behaviour, place: Mapping[str, Ints], split: SplitSettings
) -> None:
    users, items = place["user"][edges.heads], place["item"][edges.tails]
    strength = np.ones(len(edges))
    if mapped.strength is not None:
        given = _given(edges.properties[mapped.strength])
        strength = np.where(given, edges.properties[mapped.strength], 1.0).astype(np.float64)
        if not given.all():
            warn(f"{int((~given).sum())} of {len(given)} {edges.type} have no {mapped.strength!r}: they count as 1")
    weight = weights(strength, edges.type, mapped)
    time = np.where(edges.times == NO_MOMENT, NO_TIME, edges.times // 1000)
    part = np.full(len(edges), NO_PART, np.int8)
    if split.method == "published" and split.property in edges.properties:
        part[:] = [PARTS.get(name, NO_PART) for name in edges.properties[split.property].tolist()]
    order = np.lexsort((part, weight, time, items, users))
    store = stores["user", edges.type, "item"]
    store.edge_index = np.stack([users[order], items[order]])
    store.edge_weight = weight[order]
    store.time = time[order]
    if split.method == "published":
        store.split = part[order]


def _knowledge(tables: Tables) -> list[Edges]:
    """Return the edges among items and entities that are connected to items."""
    among = [edges for edges in tables.edges if "user" not in (edges.start, edges.end) and len(edges)]
    tied = any({edges.start, edges.end} == {"item", "entity"} for edges in among)
    reached = {"item", "entity"} if tied else {"item"}
    kinds = {edges.type for edges in among if edges.start in reached}
    kept = [edges for edges in among if edges.type in kinds]
    # In the export's order, items before entities, as it determines a model's random initialisation.
    return sorted(kept, key=lambda edges: (edges.type, edges.start != "item", edges.end != "item"))


def _add_knowledge(
    stores: TypedArrays, knowledge: list[Edges], tables: Tables, keys: dict[str, list[Any]], place: dict[str, Ints]
) -> None:
    ends = [
        codes
        for edges in knowledge
        for role, codes in ((edges.start, edges.heads), (edges.end, edges.tails))
        if role == "entity"
    ]
    touched = np.unique(np.concatenate(ends)).astype(np.int64) if ends else np.empty(0, np.int64)
    keys["entity"], place["entity"] = _numbered(tables.entities.keys(), touched)
    if keys["entity"]:
        stores["entity"].num_nodes = len(keys["entity"])
    for edges in knowledge:
        heads, tails = place[edges.start][edges.heads], place[edges.end][edges.tails]
        order = np.lexsort((tails, heads))
        stores[edges.start, edges.type, edges.end].edge_index = np.stack([heads[order], tails[order]])


def _add_array(stores: TypedArrays, modality: Any, given: Floats, place: Ints) -> str:
    """Add the valid rows of an array, one per item in table order; return their label."""
    if given.ndim != 2 or len(given) > len(place):
        raise InputError(
            f"vectors[{modality!r}] has the shape {list(given.shape)}: not a row for each of {len(place)} items",
            hint="give a row for each row of items, in its order",
        )
    with np.errstate(over="ignore"):
        vectors = given.astype(np.float32)
    sound = np.isfinite(vectors).all(axis=1) & vectors.any(axis=1)
    if not sound.any():
        raise InputError(f"vectors[{modality!r}]: no row has finite numbers that are not all zero")
    nodes = place[: len(vectors)][sound]
    order = np.argsort(nodes)
    set_vectors(stores, modality, vectors[sound][order], nodes[order])
    return label(f"{PREFIX}{modality}", digest(np.ascontiguousarray(vectors).tobytes()))


def _add_vectors(stores: TypedArrays, modality: Any, path: Path, items: list[str]) -> str:
    """Add the valid vectors of a file; return their label."""
    given = open_given(path, GraphSchema().item.key_name)
    places, _ = match(items, given)
    vectors = np.zeros((len(items), given.dim), np.float32)
    for start, rows in given.rows():
        with np.errstate(over="ignore"):
            found = rows.astype(np.float32)
        for at, vector in enumerate(found):
            vectors[places.get(start + at, [])] = vector
    sound = np.isfinite(vectors).all(axis=1) & vectors.any(axis=1)
    if not sound.any():
        raise InputError(f"{path}: no vector has finite numbers that are not all zero", hint="give another file")
    nodes = np.flatnonzero(sound)
    set_vectors(stores, modality, vectors[nodes], nodes)
    return label(given.name, given.fingerprint)
