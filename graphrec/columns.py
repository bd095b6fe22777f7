"""Parts of a graph as arrays: what :mod:`graphrec.graph` is put together from.

Rows are streamed and go straight into compact arrays (8 bytes a value), so that 32 million behaviours fit where a
Python list of them would not. Nodes travel as Neo4j's internal ids, which no property has to be stored for; they
are looked up once, by binary search, and do not leave this module's callers.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from graphrec import queries
from graphrec.console import note
from graphrec.db import Database
from graphrec.errors import GraphError, nearest
from graphrec.schema import Behaviour, GraphSchema

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Modality = Literal["text", "image", "audio"]

#: The time of a behaviour that has none.
NO_TIME = -(2**63)

_BLOCK = 10_000


@dataclass(frozen=True)
class Nodes:
    """The nodes of one part, in node order.

    Attributes
    ----------
    keys
        Key values, ascending.
    ids
        Internal ids, int64, ascending; ``order[i]`` is the node whose id is ``ids[i]``.
    """

    keys: list[Any]
    ids: Ints
    order: Ints

    @classmethod
    def of(cls, ids: Ints, keys: list[Any]) -> Nodes:
        """Number nodes by their keys."""
        rank = np.empty(len(keys), np.int64)
        rank[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
        by_id = np.argsort(ids)
        return cls(sorted(keys), ids[by_id], rank[by_id])

    def find(self, ids: Ints) -> Ints:
        """Return the node of each internal id, -1 where it is none of these."""
        if not len(self.ids):
            return np.full(len(ids), -1, np.int64)
        place = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return np.where(self.ids[place] == ids, self.order[place], -1)


@dataclass(frozen=True)
class Edges:
    """Behaviours of one type: int64 ``users`` and ``items``, float32 ``weight``, int64 ``time`` (epoch seconds)."""

    users: Ints
    items: Ints
    weight: Floats
    time: Ints


def read_nodes(db: Database, part: str, label: str, key: str) -> Nodes:
    """Read the nodes with a label, numbered by key.

    Raises
    ------
    GraphError
        There are none, or a key is missing, repeated or neither text nor whole number.
    """
    ids, keys = array("q"), []
    for row in db.stream(queries.load("export/nodes", User=label, userId=key), block=_BLOCK):
        if len(row["keys"]) < len(row["ids"]):
            raise _keyless(db, part, label, key)
        ids.fromlist(row["ids"])
        keys += row["keys"]
    if not keys:
        raise GraphError(f"no {part}s: there is no node with the label {label!r}", hint="run graphrec load")
    kinds = {type(value): value for value in keys}
    if len(kinds) > 1 or not set(kinds) <= {str, int}:
        shown = " and ".join(f"{value!r} ({kind.__name__})" for kind, value in sorted(kinds.items(), key=str))
        raise GraphError(
            f"[graph.{part}] key = {key!r}: values must be all texts or all whole numbers, not {shown}",
            hint=f"make them alike: MATCH (n:{label}) SET n.{key} = toString(n.{key})",
        )
    nodes = Nodes.of(np.frombuffer(ids, np.int64), keys)
    twice = next((a for a, b in zip(nodes.keys, nodes.keys[1:], strict=False) if a == b), None)
    if twice is not None:
        raise GraphError(
            f"[graph.{part}] key = {key!r}: {twice!r} is on more than one {label!r}",
            hint="merge these nodes, then keep it so with a uniqueness constraint; or name another key",
        )
    return nodes


def _keyless(db: Database, part: str, label: str, key: str) -> GraphError:
    row = db.read(queries.load("export/keyless", User=label, userId=key))[0]
    return GraphError(
        f"[graph.{part}] key = {key!r}: {row['missing']} of {row['total']} {label!r} nodes lack it, such as "
        f"{row['example']}",
        hint=nearest(key, row["properties"]) if row["missing"] == row["total"] else "give these nodes a key",
    )


def read_behaviour(
    db: Database, schema: GraphSchema, kind: str, users: Nodes, items: Nodes, *, done: Callable[[int], object]
) -> Edges:
    """Read all behaviours of one type, sorted by user, item, time and weight.

    ``done`` is told the number of edges as they arrive.

    Raises
    ------
    GraphError
        A strength or time cannot be understood, or no edge has the mapped property.
    """
    mapped = schema.behaviours[kind]
    heads, counts, tails, strengths, times = array("q"), array("q"), array("q"), array("d"), array("q")
    graded = 0
    rows = db.stream(
        queries.load("export/behaviours", schema, RATED=kind),
        strength=mapped.strength,
        time=mapped.time,
        noTime=NO_TIME,
    )
    for row in rows:
        user, ends, given, with_strength, moments = row.values()
        heads.append(user)
        counts.append(len(ends))
        tails.fromlist(ends)
        graded += with_strength
        try:
            strengths.fromlist(given)
        except TypeError:
            strengths.fromlist([_number(value, kind, mapped) for value in given])
        try:
            times.fromlist(moments)
        except (TypeError, OverflowError):
            times.fromlist([_moment(value, kind, mapped) for value in moments])
        done(len(ends))
    size = len(tails)
    time = _seconds(np.frombuffer(times, np.int64)) if times else np.full(size, NO_TIME, np.int64)
    _check_properties(db, kind, mapped, size, graded=graded, timed=bool((time != NO_TIME).any()))
    weight = _weights(np.frombuffer(strengths, np.float64) if strengths else np.ones(size), kind, mapped)
    head, tail = (
        users.find(np.repeat(np.frombuffer(heads, np.int64), np.frombuffer(counts, np.int64))),
        items.find(np.frombuffer(tails, np.int64)),
    )
    if size and min(head.min(), tail.min()) < 0:
        raise GraphError(f"{kind}: the graph changed while it was read", hint="run the command again")
    # The order in which Neo4j returns them is nobody's promise: the same graph has to give the same arrays.
    order = np.lexsort((weight, time, head * len(items.keys) + tail))
    return Edges(head[order], tail[order], weight[order], time[order])


def _check_properties(db: Database, kind: str, mapped: Behaviour, size: int, *, graded: int, timed: bool) -> None:
    absent = []
    if mapped.strength is not None and not graded:
        absent.append(("strength", mapped.strength))
    if mapped.time not in (None, Behaviour().time) and not timed:  # the default name is a guess, not a claim
        absent.append(("time", str(mapped.time)))
    if size and absent:
        part, name = absent[0]
        known = [row["key"] for row in db.read(queries.load("inspect/relationship_keys", RATED=kind), sample=1000)]
        raise GraphError(f"[graph.behaviours.{kind}] {part} = {name!r}: no {kind} has it", hint=nearest(name, known))
    if mapped.strength is not None and graded < size:
        note(f"{size - graded} of {size} {kind} have no {mapped.strength!r}: they count as 1")


def _weights(strengths: NDArray[np.float64], kind: str, mapped: Behaviour) -> Floats:
    bad = ~(np.isfinite(strengths) & (strengths >= 0))
    if bad.any():
        raise GraphError(
            f"{kind}.{mapped.strength} = {strengths[bad][0]}: a strength must be a number that is not negative "
            f"({int(bad.sum())} are not)",
            hint=f"correct them, or leave strength out of [graph.behaviours.{kind}]: each then counts the same",
        )
    return (strengths * mapped.weight).astype(np.float32)


def _number(value: Any, kind: str, mapped: Behaviour) -> float:
    if isinstance(value, int | float):
        return float(value)
    raise GraphError(
        f"{kind}.{mapped.strength} = {value!r} ({type(value).__name__}): a strength must be a number",
        hint=f"convert the property, or leave strength out of [graph.behaviours.{kind}]: each then counts the same",
    )


def _moment(value: Any, kind: str, mapped: Behaviour) -> int:
    """Return a time that Neo4j holds as something else than a temporal value."""
    if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63:
        return value
    if isinstance(value, float) and math.isfinite(value) and abs(value) < 2**63:
        return math.floor(value)
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            pass
        else:
            return math.floor((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    raise GraphError(
        f"{kind}.{mapped.time} = {value!r} ({type(value).__name__}): not a time",
        hint="it may be a datetime or date, a number (epoch seconds or milliseconds) or ISO 8601 text; "
        f"or name another property with time = in [graph.behaviours.{kind}]",
    )


def _seconds(times: Ints) -> Ints:
    """Bring numbers to seconds: 10^11 seconds are the year 5138, 10^11 milliseconds are March 1973."""
    size = np.where(times == NO_TIME, 0, np.abs(times))
    for limit, unit in ((10**17, 10**9), (10**14, 10**6), (10**11, 10**3)):
        large = size >= limit
        if large.any():
            times = np.where(large, times // unit, times)
            size = np.where(large, 0, size)
    return times


def read_edges(db: Database, kind: str) -> tuple[Ints, Ints]:
    """Read all relationships of one type as internal ids of sources and targets, int64 ``[E]`` each."""
    heads, counts, tails = array("q"), array("q"), array("q")
    for row in db.stream(queries.load("export/edges", HAS_GENRE=kind)):
        source, targets = row.values()
        heads.append(source)
        counts.append(len(targets))
        tails.fromlist(targets)
    ends = np.frombuffer(tails, np.int64)
    return np.repeat(np.frombuffer(heads, np.int64), np.frombuffer(counts, np.int64)), ends


def read_entities(db: Database, schema: GraphSchema, ids: Ints) -> Nodes:
    """Name knowledge nodes by their key, or by element id where they have none."""
    found, keys = array("q"), []
    query = queries.load("export/entities", schema)
    for start in range(0, len(ids), _BLOCK):
        row = db.read(query, ids=ids[start : start + _BLOCK].tolist())[0]
        found.fromlist(row["ids"])
        keys += row["keys"]
    return Nodes.of(np.frombuffer(found, np.int64), keys)


def read_vectors(
    db: Database, schema: GraphSchema, modality: Modality, items: Nodes
) -> tuple[Floats, Ints, str] | None:
    """Read the vectors of one modality.

    Returns
    -------
    tuple or None
        Vectors, float32 ``[n, d]``; the items they belong to, int64 ``[n]``; the encoder that made them. None where
        no item has one.

    Raises
    ------
    GraphError
        Vectors of unequal length, of several encoders, or not of finite numbers.
    """
    names = {"textVector": f"{modality}Vector", "textEncoder": f"{modality}Encoder"}
    ids, vectors, encoders = array("q"), [], set()
    for row in db.stream(queries.load("export/vectors", schema, **names)):
        ids.append(row["item"])
        try:
            vectors.append(np.array(row["vector"], np.float32))
        except (TypeError, ValueError) as error:
            raise GraphError(f"{names['textVector']}: not a list of numbers", hint="run graphrec embed") from error
        encoders.add(row["encoder"])
    if not vectors:
        return None
    lengths = sorted({vector.shape for vector in vectors})
    if len(lengths) > 1 or len(lengths[0]) != 1 or not lengths[0][0]:
        shown = ", ".join("×".join(map(str, length)) for length in lengths[:4])
        raise GraphError(
            f"{names['textVector']}: items have vectors of unequal length ({shown})", hint="run graphrec embed"
        )
    if len(encoders) > 1:
        raise GraphError(
            f"{names['textVector']}: made by several encoders ({', '.join(sorted(map(str, encoders)))})",
            hint="run graphrec embed",
        )
    stacked = np.stack(vectors)
    if not np.isfinite(stacked).all():
        raise GraphError(f"{names['textVector']}: a vector holds NaN or infinity", hint="run graphrec embed")
    nodes = items.find(np.frombuffer(ids, np.int64))
    order = np.argsort(nodes)
    return stacked[order], nodes[order], str(encoders.pop() or "unknown")
