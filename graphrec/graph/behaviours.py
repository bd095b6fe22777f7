"""Read behaviours as arrays: a million relationships in a second or two.

Both ways of reading, one row per user, give the same result. If the server supports vectors (2025.10), lists are
packed as vectors, 8 bytes per value, without unpacking single values. Otherwise, or if a time is text or may be a date
as a number, or a strength is not a number, they are plain lists, and :mod:`graphrec.graph.values` converts them.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphrec.common.calendar import UNITS
from graphrec.common.console import note, warn
from graphrec.common.errors import GraphError, nearest
from graphrec.config.schema import TIME, Behaviour, GraphSchema, disliked
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.outage import restarted
from graphrec.graph.columns import Floats, Ints, Nodes
from graphrec.graph.contexts import categories
from graphrec.graph.typed import NO_TIME
from graphrec.graph.values import UNGRADED, Values, between

#: Marks a time that cannot be packed.
_ODD = NO_TIME + 1
#: First version of Neo4j that supports packing.
_PACKS = (2025, 10)
_SAMPLE = 1000

#: Components of a published split, as int8 numbers of :attr:`Edges.part`; -1 if a behaviour has none.
PARTS = {"train": 0, "valid": 1, "test": 2}
NO_PART = -1
_ODD_PART = -2


@dataclass(frozen=True)
class Edges:
    """Behaviours of one type: int64 ``users`` and ``items``, float32 ``weight``, int64 ``time`` (epoch seconds).

    ``part``, int8: component of a published split (:data:`PARTS`); None if not requested. ``disliked``, bool: whether
    it is a dislike; None if the mapping has no threshold. ``context``, ``[E, P]``: categories of the properties of the
    mapping's ``context``; None if it has none. ``graded``: number with a strength; ``keyless``: number left out, of
    nodes without a key.
    """

    users: Ints
    items: Ints
    weight: Floats
    time: Ints
    part: NDArray[np.int8] | None = None
    disliked: NDArray[np.bool_] | None = None
    context: NDArray[np.object_] | None = None
    graded: int = 0
    keyless: int = 0

    def where(self, kept: NDArray[np.bool_]) -> Edges:
        """Return the behaviours selected by ``kept``, bool ``[E]``."""
        part = None if self.part is None else self.part[kept]
        context = None if self.context is None else self.context[kept]
        return Edges(self.users[kept], self.items[kept], self.weight[kept], self.time[kept], part, context=context)

    def parted(self, kind: str) -> dict[str, Edges]:
        """Return type → behaviours, with any dislikes as a separate type."""
        if self.disliked is None or not self.disliked.any():
            return {kind: replace(self, disliked=None)}
        return {kind: self.where(~self.disliked), disliked(kind): self.where(self.disliked)}


@dataclass(frozen=True)
class _Raw:
    """Raw data: internal ids of both ends, int64 ``[E]``; strengths, times, parts, contexts, empty if not requested."""

    heads: Ints
    tails: Ints
    strengths: NDArray[np.float64]
    times: Ints
    parts: NDArray[np.int8]
    graded: int
    contexts: NDArray[np.object_] | None = None


def packs(db: Database) -> bool:
    """Return whether the server can send lists packed as vectors."""
    return tuple(int(n) for n in re.findall(r"\d+", db.version())[:2]) >= _PACKS


def read_behaviour(
    db: Database,
    schema: GraphSchema,
    kind: str,
    users: Nodes,
    items: Nodes,
    *,
    packed: bool,
    done: Callable[[int], object],
    part: str | None = None,
) -> Edges:
    """Read all behaviours of one type, sorted by user, item, time and weight.

    Parameters
    ----------
    db, schema
        The database and its resolved mapping.
    kind
        The relationship type.
    users, items
        The nodes read before.
    packed
        Whether the server packs (:func:`packs`).
    done
        Called with the number of edges as they arrive.
    part
        Property with the component of a published split, if requested.

    Raises
    ------
    GraphError
        A strength, time or part is invalid, or no edge has the mapped property.
    """
    mapped = schema.behaviours[kind]
    raw = _packed(db, schema, kind, part, done) if packed and not mapped.context else None
    if raw is None or (raw.strengths < 0).any() or (raw.times == _ODD).any() or (raw.parts == _ODD_PART).any():
        raw = _listed(db, schema, kind, part, done, users, items)
    total = len(raw.tails)
    raw = _keyed(raw, kind, users, items)
    size = len(raw.tails)
    time = seconds(raw.times) if len(raw.times) else np.full(size, NO_TIME, np.int64)
    named = bool((raw.parts != NO_PART).any())
    _check_properties(db, schema, kind, size, graded=raw.graded, timed=bool((time != NO_TIME).any()))
    if size and part is not None and mapped.target and not named:
        raise GraphError(
            f"[split] property = {part!r}: no {kind} has it", hint=nearest(part, known_properties(db, schema, kind))
        )
    given = raw.strengths if len(raw.strengths) else np.full(size, UNGRADED)
    weight = weights(given, kind, mapped, lambda n: between(raw.heads[n], raw.tails[n], users, items))
    head, tail = users.find(raw.heads), items.find(raw.tails)
    if size and min(head.min(), tail.min()) < 0:
        raise GraphError(f"{kind}: the graph changed while it was read", hint="run the command again")
    order = _order(head * len(items.keys) + tail, time, weight, raw.parts)
    parts = None if part is None else raw.parts[order]
    unwanted = None if mapped.dislike is None else (given <= mapped.dislike)[order]
    context = None if raw.contexts is None else raw.contexts[order]
    edges = Edges(head[order], tail[order], weight[order], time[order], parts, unwanted, context)
    return replace(edges, graded=raw.graded, keyless=total - size)


@restarted
def _packed(db: Database, schema: GraphSchema, kind: str, part: str | None, done: Callable[[int], object]) -> _Raw:
    mapped = schema.behaviours[kind]
    heads, counts, graded = array("q"), array("q"), 0
    tails, strengths, times, parts = bytearray(), bytearray(), bytearray(), bytearray()
    query = queries.load("export/behaviours_packed", schema, None, part, RATED=kind)
    asked = {"noTime": NO_TIME, "ungraded": UNGRADED, "odd": _ODD}
    for row in db.stream(query, **_keys(mapped, part), **asked):
        user, degree, *lists, with_strength = row.values()
        heads.append(user)
        counts.append(degree)
        graded += with_strength
        for column, vectors in zip((tails, strengths, times, parts), lists, strict=True):
            for vector in vectors:
                column.extend(vector.raw())
        done(degree)
    return _Raw(
        np.repeat(np.frombuffer(heads, np.int64), np.frombuffer(counts, np.int64)),
        np.frombuffer(tails, ">i8").astype(np.int64),
        np.frombuffer(strengths, ">f8").astype(np.float64),
        np.frombuffer(times, ">i8").astype(np.int64),
        np.frombuffer(parts, np.int8),
        graded,
    )


@restarted
def _listed(
    db: Database,
    schema: GraphSchema,
    kind: str,
    part: str | None,
    done: Callable[[int], object],
    users: Nodes,
    items: Nodes,
) -> _Raw:
    mapped = schema.behaviours[kind]
    values = Values(kind, mapped)
    heads, counts, graded = array("q"), array("q"), 0
    tails, strengths, times, parts = array("q"), array("d"), array("q"), array("b")
    contexts: list[list[Any]] = []
    query = queries.load("export/behaviours", schema, None, part, RATED=kind)
    asked = {"noTime": NO_TIME, "ungraded": UNGRADED, "contexts": [mapped.key(name) for name in mapped.context]}
    for row in db.stream(query, **_keys(mapped, part), **asked):
        user, ends, given, with_strength, stamps, labels, situations = row.values()
        heads.append(user)
        counts.append(len(ends))
        tails.fromlist(ends)
        graded += with_strength
        try:
            strengths.fromlist(given)
        except (TypeError, OverflowError):
            strengths.fromlist([values.strength(v, user, end) for v, end in zip(given, ends, strict=True)])
        try:
            times.fromlist(stamps)
        except (TypeError, OverflowError):
            times.fromlist([values.time(v, user, end) for v, end in zip(stamps, ends, strict=True)])
        parts.extend(_part(label, kind, str(part)) for label in labels)
        contexts += situations
        done(len(ends))
    moments = np.frombuffer(times, np.int64)
    values.check_years(moments)
    values.report(len(times) - times.count(NO_TIME), users, items)
    return _Raw(
        np.repeat(np.frombuffer(heads, np.int64), np.frombuffer(counts, np.int64)),
        np.frombuffer(tails, np.int64),
        np.frombuffer(strengths, np.float64),
        moments,
        np.frombuffer(parts, np.int8),
        graded,
        categories(kind, mapped.context, contexts) if mapped.context else None,
    )


def _keys(mapped: Behaviour, part: str | None) -> dict[str, str | None]:
    """Return the properties that the queries read."""
    names = {"strength": mapped.strength, "time": mapped.time_property, "part": part}
    return {parameter: mapped.key(name) for parameter, name in names.items()}


def _keyed(raw: _Raw, kind: str, users: Nodes, items: Nodes) -> _Raw:
    """Leave out the behaviours of nodes without a key or outside the sub-set, and those of a node to itself."""
    keyless = np.isin(raw.heads, users.keyless) | np.isin(raw.tails, items.keyless)
    kept = users.known(raw.heads) & items.known(raw.tails) & (raw.heads != raw.tails)
    if kept.all():
        return raw
    if keyless.any():
        warn(f"{kind}: {np.count_nonzero(keyless):,} of {len(kept):,} are of nodes without a key: left out")
    if len(users.outside) or len(items.outside):
        there = f"{np.count_nonzero(kept):,} of {len(kept):,}"
        note(f"{kind}: {there} are between users and items that [graph.user] and [graph.item] where leave in")
    strengths, times, parts, contexts = raw.strengths, raw.times, raw.parts, raw.contexts
    strengths = strengths[kept] if len(strengths) else strengths
    return _Raw(
        raw.heads[kept],
        raw.tails[kept],
        strengths,
        times[kept] if len(times) else times,
        parts[kept] if len(parts) else parts,
        int(np.count_nonzero(strengths != UNGRADED)),
        None if contexts is None else contexts[kept],
    )


def _order(pairs: Ints, time: Ints, weight: Floats, parts: NDArray[np.int8]) -> Ints:
    """Return a canonical order of edges, as Neo4j's order is not guaranteed."""
    order = np.argsort(pairs, kind="stable")
    ordered = pairs[order]
    if (ordered[1:] == ordered[:-1]).any():  # repeated behaviours: twenty times slower and rarely needed
        order = np.lexsort((*([parts] if len(parts) else ()), weight, time, pairs))
    return order


def _check_properties(db: Database, schema: GraphSchema, kind: str, size: int, *, graded: int, timed: bool) -> None:
    mapped, absent = schema.behaviours[kind], []
    if mapped.strength is not None and not graded:
        absent.append(("strength", mapped.strength))
    if size and mapped.time == TIME and not timed:  # older versions wrote the default to every mapping
        warn(f"[graph.behaviours.{kind}] time = {TIME!r}: no {kind} has it, so none of them has a time")
    elif mapped.time_property not in (None, TIME) and not timed:
        absent.append(("time", str(mapped.time_property)))
    if size and absent:
        part, name = absent[0]
        hint = nearest(name, known_properties(db, schema, kind))
        raise GraphError(f"[graph.behaviours.{kind}] {part} = {name!r}: no {kind} has it", hint=hint)
    if mapped.strength is not None and graded < size:
        warn(f"{size - graded} of {size} {kind} have no {mapped.strength!r}: they count as 1")


def known_properties(db: Database, schema: GraphSchema, kind: str) -> list[str]:
    """Return the properties of a behaviour type, as the mapping names them."""
    path = schema.behaviours[kind].by_path
    if path is None:
        rows = db.read(queries.load("inspect/relationship_keys", RATED=kind), sample=_SAMPLE)
        return [row["key"] for row in rows]
    rows = db.read(queries.load("inspect/path_keys", schema, RATED=kind), sample=_SAMPLE)
    at = {place: variable for variable, place in path.variables.items()}
    return [f"{at[row['place']]}.{row['key']}" for row in rows if row["place"] in at]


def weights(
    strengths: NDArray[np.float64], kind: str, mapped: Behaviour, where: Callable[[int], str] = lambda _: ""
) -> Floats:
    """Return the weight of each behaviour of a type, float32 ``[E]``.

    Dislikes, and behaviours without a strength, have the weight of the type. ``where`` names the nodes of a behaviour
    in an error.

    Raises
    ------
    GraphError
        A strength is negative or not finite.
    """
    plain = strengths == UNGRADED
    if mapped.dislike is not None:
        plain |= strengths <= mapped.dislike
    strengths = np.where(plain, 1.0, strengths)
    bad = ~(np.isfinite(strengths) & (strengths >= 0))
    if bad.any():
        raise GraphError(
            f"{kind}.{mapped.strength} = {strengths[bad][0]}: a strength must be a number that is not negative"
            f"{where(int(np.argmax(bad)))} "
            f"({int(bad.sum())} are not)",
            hint=f"correct them, or leave strength out of [graph.behaviours.{kind}]: each then counts the same",
        )
    return (strengths * mapped.weight).astype(np.float32)


def _part(value: Any, kind: str, name: str) -> int:
    """Return the number of a split component; a missing one arrives as an empty string."""
    if value == "":
        return NO_PART
    if isinstance(value, str) and value in PARTS:
        return PARTS[value]
    raise GraphError(
        f"{kind}.{name} = {value!r}: a part must be one of {', '.join(map(repr, PARTS))}",
        hint=f"correct it, or name another property with property = in [split] (now {name!r})",
    )


def seconds(times: Ints) -> Ints:
    """Convert numbers to seconds: 10^11 seconds are the year 5138, 10^11 milliseconds are March 1973."""
    size = np.where(times == NO_TIME, 0, np.abs(times))
    for limit, unit in UNITS:
        large = size >= limit
        if large.any():
            times = np.where(large, times // unit, times)
            size = np.where(large, 0, size)
    return times
