"""Read nodes, knowledge edges and vectors of a graph as arrays.

Rows are streamed to compact arrays (8 bytes per value), so that 32 million behaviours fit in memory. Nodes are
transferred as Neo4j's internal ids, which need no stored property; they are looked up once by binary search, and used
only in this module and its callers.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from graphrec.common.console import warn
from graphrec.common.errors import GraphError, nearest
from graphrec.config.roles import NodeRole
from graphrec.config.schema import GraphSchema, is_own_property
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.node_patterns import place_of
from graphrec.db.outage import restarted
from graphrec.graph.key_values import check_keys, key_order

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Modality = Literal["text", "image", "audio", "reading"]

_BLOCK = 10_000
#: Sources per row of edges; few enough for a million edges each.
_SOURCES = 256
#: Types of edges that are read one by one; of more, so many are read at once.
_FEW, _TYPES = 16, 50


@dataclass(frozen=True)
class Nodes:
    """The nodes of one role, in node order.

    Attributes
    ----------
    keys
        Key values, ascending: numbers before texts.
    ids
        Internal ids, int64, ascending; ``order[i]`` is the node whose id is ``ids[i]``.
    keyless
        Internal ids of the nodes without a key, int64; they are left out.
    outside
        Internal ids of the nodes with the label that are outside the mapped sub-set, int64; they are left out too.
    """

    keys: list[Any]
    ids: Ints
    order: Ints
    keyless: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    outside: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    @classmethod
    def of(cls, ids: Ints, keys: list[Any], keyless: Ints | None = None, outside: Ints | None = None) -> Nodes:
        """Number nodes by their keys."""
        rank = np.empty(len(keys), np.int64)
        places = sorted(range(len(keys)), key=lambda n: key_order(keys[n]))
        rank[places] = np.arange(len(keys))
        by_id = np.argsort(ids)
        none = np.empty(0, np.int64)
        left = (none if keyless is None else keyless, none if outside is None else outside)
        return cls([keys[n] for n in places], ids[by_id], rank[by_id], *left)

    def find(self, ids: Ints) -> Ints:
        """Return the node of each internal id, or -1."""
        if not len(self.ids):
            return np.full(len(ids), -1, np.int64)
        place = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return np.where(self.ids[place] == ids, self.order[place], -1)

    def known(self, ids: Ints) -> NDArray[np.bool_]:
        """Return which internal ids are not of nodes that are left out, bool ``[n]``."""
        left = np.concatenate([self.keyless, self.outside])
        return ~np.isin(ids, left) if len(left) else np.ones(len(ids), bool)


@restarted
def read_nodes(db: Database, part: str, role: NodeRole) -> Nodes:
    """Read the nodes of a role, numbered by key. Nodes without the key are left out, with a warning.

    Raises
    ------
    GraphError
        No node has the label or the key, or is in the sub-set; or a key is repeated or neither text nor whole number.
    """
    ids, keyless, keys = array("q"), array("q"), []
    for row in db.stream(queries.load("export/nodes", None, role), block=_BLOCK):
        ids.fromlist(row["ids"])
        keyless.fromlist(row["keyless"])
        keys += row["keys"]
    outside = array("q")
    if role.condition:
        every = queries.load("export/nodes", None, replace(role, where="", consent=""))
        for row in db.stream(every, block=_BLOCK):
            outside.fromlist(row["ids"])
            outside.fromlist(row["keyless"])
        if outside and not keys and not keyless:
            raise GraphError(
                f"no {part}s: {place_of(role)} = {role.condition!r} is true for none of {len(outside):,} "
                f"{role.name!r} nodes",
                hint="name the property that is true for who agreed; the text 'true' is no consent"
                if role.consent and not role.where
                else f"correct it: one boolean expression about the node {role.variable}",
            )
    if not keys and not keyless:
        raise GraphError(f"no {part}s: no node has the label {role.name!r}", hint="run graphrec load")
    if keyless:
        _say_keyless(db, part, role)
    found = check_keys(keys, part, role)
    known, lacking = np.frombuffer(ids, np.int64), np.frombuffer(keyless, np.int64)
    return Nodes.of(
        known, found, lacking, np.setdiff1d(np.frombuffer(outside, np.int64), np.concatenate([known, lacking]))
    )


def _say_keyless(db: Database, part: str, role: NodeRole) -> None:
    """Warn of nodes without the key, or raise an error if all are."""
    row = db.read(queries.load("export/keyless", None, role))[0]
    lacking = (
        f"[graph.{part}] key = {role.key_name!r}: {row['missing']} of {row['total']} {role.name!r} nodes lack it, such "
        f"as {row['example']}"
    )
    if row["missing"] == row["total"]:
        raise GraphError(lacking, hint=nearest(role.keys[-1], (n for n in row["properties"] if not is_own_property(n))))
    warn(f"{lacking}: left out, with their relationships")


def read_edges(db: Database, kinds: Sequence[str], block: int = _SOURCES) -> dict[str, tuple[Ints, Ints]]:
    """Read all relationships of some types: type → internal ids of sources and of targets, int64 ``[E]`` each.

    The relationships of ``block`` sources arrive in one row. Many types are read several in a query: planning one for
    each takes longer than reading a few relationships. Few are read one by one: the server holds a query's whole
    result.
    """
    together = 1 if len(kinds) <= _FEW else _TYPES
    found: dict[str, tuple[Ints, Ints]] = {}
    for start in range(0, len(kinds), together):
        found |= _edges(db, kinds[start : start + together], block)
    return found


@restarted
def _edges(db: Database, kinds: Sequence[str], block: int) -> dict[str, tuple[Ints, Ints]]:
    read = {kind: (array("q"), array("q"), array("q")) for kind in kinds}
    for row in db.stream(queries.load_types("export/edges", kinds), block=block):
        kind, number, some = row.values()
        numbers, counts, pairs = read[kind]
        numbers.append(number)
        counts.append(len(some))
        pairs.fromlist(some)
    edges = {}
    for kind, columns in read.items():
        blocks, sizes, ends = (np.frombuffer(column, np.int64) for column in columns)
        tails, places = np.divmod(ends, block)
        edges[kind] = np.repeat(blocks, sizes) * block + places, tails
    return edges


def read_entities(db: Database, schema: GraphSchema, ids: Ints) -> Nodes:
    """Return knowledge nodes with their keys, or element ids if they have no key."""
    found, keys = array("q"), []
    query = queries.load("export/entities", schema)
    for start in range(0, len(ids), _BLOCK):
        row = db.read(query, ids=ids[start : start + _BLOCK].tolist())[0]
        found.fromlist(row["ids"])
        keys += row["keys"]
    return Nodes.of(np.frombuffer(found, np.int64), keys)


@restarted
def read_vectors(
    db: Database, schema: GraphSchema, modality: Modality, items: Nodes
) -> tuple[Floats, Ints, str] | None:
    """Read the vectors of one modality.

    Returns
    -------
    tuple or None
        Vectors, float32 ``[n, d]``; their items, int64 ``[n]``; their encoder. None if no item has a vector.

    Raises
    ------
    GraphError
        Vectors have unequal lengths, several encoders, or values that are not finite.
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
    order = order[nodes[order] >= 0]  # items without a key are left out
    return stacked[order], nodes[order], str(encoders.pop() or "unknown")
