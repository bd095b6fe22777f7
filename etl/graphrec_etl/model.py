"""The data model between the sources and the writer: nodes and edges in plain columns.

A source reads its files into :class:`Tables`; checks, dry runs and the writer use only these. Behaviours are
arrays, not Python objects, so that 32 million of them fit into a gigabyte.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Marks a missing time; other times are milliseconds since 1970.
NO_TIME = -(2**63)


@dataclass
class Nodes:
    """Nodes of one role, numbered in insertion order.

    Attributes
    ----------
    codes
        Key → number.
    properties
        Indexed by node number: property → value; missing values have no entry.
    kinds
        Node number → additional labels.
    integers
        Whether keys are stored as integers; otherwise as text.
    """

    codes: dict[str, int] = field(default_factory=dict)
    properties: list[dict[str, Any]] = field(default_factory=list)
    kinds: dict[int, set[str]] = field(default_factory=dict)
    integers: bool = False

    def __len__(self) -> int:
        return len(self.codes)

    def keys(self) -> list[str] | list[int]:
        """Return the keys as stored in Neo4j, indexed by node number."""
        return [int(key) for key in self.codes] if self.integers else list(self.codes)

    def add(self, key: str) -> int:
        """Return the number of ``key``; add a node if it is new."""
        code = self.codes.setdefault(key, len(self.codes))
        if code == len(self.properties):
            self.properties.append({})
        return code


@dataclass(frozen=True)
class Edges:
    """Distinct relationships of one type, sorted by start node.

    Attributes
    ----------
    type
        Relationship type.
    start, end
        Roles: ``user``, ``item`` or ``entity``.
    heads, tails
        int32 [n]: numbers of the start and end nodes.
    times
        int64 [n]: milliseconds since 1970, or :data:`NO_TIME`.
    properties
        Property → float64 [n] (NaN: missing) or objects [n] (None: missing).
    identity
        Properties that identify a relationship, in addition to both ends and the time.
    duplicates
        Number of repeated rows left out; the last of each is kept.
    torn
        Node numbers and both values of a relationship that repeats with a different value of ``fixed``
        (:class:`EdgeBuilder`); None if there is no such conflict.
    """

    type: str
    start: str
    end: str
    heads: NDArray[np.int32]
    tails: NDArray[np.int32]
    times: NDArray[np.int64]
    properties: dict[str, NDArray[Any]] = field(default_factory=dict)
    identity: tuple[str, ...] = ()
    duplicates: int = 0
    torn: tuple[int, int, Any, Any] | None = None

    def __len__(self) -> int:
        return len(self.heads)


class EdgeBuilder:
    """Collect relationships of one type, row by row.

    Parameters
    ----------
    numbers, others
        Names of the numeric properties and of the other properties.
    fixed
        A property that must have the same value in all rows of one relationship.
    """

    def __init__(
        self,
        kind: str,
        start: str,
        end: str,
        *,
        numbers: Sequence[str] = (),
        others: Sequence[str] = (),
        identity: tuple[str, ...] = (),
        fixed: str | None = None,
    ) -> None:
        self.kind, self.start, self.end, self.identity, self.fixed = kind, start, end, identity, fixed
        self._heads, self._tails, self._times = array("i"), array("i"), array("q")
        self._numbers: dict[str, array[float]] = {}
        self._others: dict[str, list[Any]] = {}
        self.extend(numbers, others)

    def __len__(self) -> int:
        return len(self._heads)

    def extend(self, numbers: Sequence[str], others: Sequence[str]) -> None:
        """Add properties; they are missing in the rows so far."""
        for name in numbers:
            self._numbers.setdefault(name, array("d", [np.nan]) * len(self._heads))
        for name in others:
            self._others.setdefault(name, [None] * len(self._heads))

    def add(self, head: int, tail: int, time: int | None = None, values: dict[str, Any] | None = None) -> None:
        """Add one row; ``values`` may lack any property."""
        self._heads.append(head)
        self._tails.append(tail)
        self._times.append(NO_TIME if time is None else time)
        given = values or {}
        for name, column in self._numbers.items():
            value = given.get(name)
            column.append(np.nan if value is None else value)
        for name, objects in self._others.items():
            objects.append(given.get(name))

    def add_arrays(
        self,
        heads: NDArray[np.int64],
        tails: NDArray[np.int64],
        times: NDArray[np.int64],
        numbers: Mapping[str, NDArray[np.float64]],
        others: Mapping[str, Sequence[Any]],
    ) -> None:
        """Add many rows at once, with all properties."""
        self._heads.frombytes(np.ascontiguousarray(heads, np.int32).tobytes())
        self._tails.frombytes(np.ascontiguousarray(tails, np.int32).tobytes())
        self._times.frombytes(np.ascontiguousarray(times, np.int64).tobytes())
        for name, column in self._numbers.items():
            column.frombytes(np.ascontiguousarray(numbers[name], np.float64).tobytes())
        for name, objects in self._others.items():
            objects.extend(others[name])

    def build(self) -> Edges:
        """Sort by start, end and time, and keep the last of each set of equal rows."""
        heads = np.frombuffer(self._heads, np.int32) if self._heads else np.empty(0, np.int32)
        tails = np.frombuffer(self._tails, np.int32) if self._tails else np.empty(0, np.int32)
        times = np.frombuffer(self._times, np.int64) if self._times else np.empty(0, np.int64)
        columns: dict[str, NDArray[Any]] = {
            name: np.frombuffer(column, np.float64) if column else np.empty(0) for name, column in self._numbers.items()
        }
        for name, objects in self._others.items():
            columns[name] = np.empty(len(objects), object)
            columns[name][:] = objects
        keys = [*(_ranks(columns[name]) for name in self.identity), times, tails, heads]
        order = np.lexsort(keys)  # stable: equal rows keep the order of the file
        last = np.zeros(len(order), bool)
        last[-1:] = True
        for key in keys:
            moved = key[order]
            last[:-1] |= moved[1:] != moved[:-1]
        kept = order[last]
        torn = None
        if self.fixed in columns:
            column = columns[self.fixed]
            codes = _ranks(column)
            apart = ~last[:-1] & (codes[order[1:]] != codes[order[:-1]])
            if apart.any():
                one, other = order[np.flatnonzero(apart)[0] :][:2]
                torn = int(heads[one]), int(tails[one]), column[one], column[other]
        return Edges(
            self.kind,
            self.start,
            self.end,
            heads[kept],
            tails[kept],
            times[kept],
            {name: column[kept] for name, column in columns.items()},
            self.identity,
            len(order) - len(kept),
            torn,
        )


def _ranks(column: NDArray[Any]) -> NDArray[Any]:
    """Number the distinct values of a column, which may be text or missing, so that they can be compared."""
    codes: dict[Any, int] = {}
    return np.fromiter((codes.setdefault(value, len(codes)) for value in column.tolist()), np.int64, len(column))


@dataclass
class Tables:
    """A complete data set, checked and ready to be written, with remarks from reading it.

    ``orphans``: kind of reference to an unknown node → count; ``relations``: relation in the file → relationship type;
    ``merged``: (kept relation, its inverse, overlap); ``notes``: sentences for the report.
    """

    users: Nodes = field(default_factory=Nodes)
    items: Nodes = field(default_factory=Nodes)
    entities: Nodes = field(default_factory=Nodes)
    edges: list[Edges] = field(default_factory=list)
    duplicates: dict[str, int] = field(default_factory=dict)
    orphans: dict[str, int] = field(default_factory=dict)
    relations: dict[str, str] = field(default_factory=dict)
    merged: list[tuple[str, str, float]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def nodes(self, role: str) -> Nodes:
        """Return the nodes of ``user``, ``item`` or ``entity``."""
        return {"user": self.users, "item": self.items, "entity": self.entities}[role]
