"""Doubtful behaviours: who and what has none, repeated ones, ones in the future, bursts, and what training cuts.

They are read as training reads them, and the limits of ``[graph.limits]`` are applied by its own code, so the report
says what training would really leave out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from graphrec.common.console import progress
from graphrec.config.limits import Limits
from graphrec.config.schema import GraphSchema
from graphrec.db.database import Database
from graphrec.diagnostics.findings import EXAMPLES, Finding
from graphrec.graph.columns import Ints, Nodes, read_nodes
from graphrec.graph.limits import Block, behaviour_types, blocks, within
from graphrec.graph.read import add_behaviours
from graphrec.graph.typed import NO_TIME, EdgeType, TypedArrays

#: Behaviours of one user within a minute above which nobody believes in a person.
BURST = 30
#: Seconds by which clocks may differ before a behaviour counts as one in the future.
SLACK = 300


@dataclass(frozen=True)
class Behaviours:
    """All behaviours of a graph, without limits.

    Attributes
    ----------
    users, items
        The nodes.
    stores
        The arrays of each type.
    schema
        The mapping.
    """

    users: Nodes
    items: Nodes
    stores: TypedArrays
    schema: GraphSchema

    @property
    def kinds(self) -> list[EdgeType]:
        """The types, in the order of the mapping."""
        return behaviour_types(self.stores, self.schema)

    @property
    def counts(self) -> dict[str, int]:
        """Type → number of behaviours."""
        return {kind[1]: self.stores[kind].num_edges for kind in self.kinds}


def read_behaviours(db: Database, schema: GraphSchema) -> Behaviours:
    """Read users, items and behaviours.

    Parameters
    ----------
    db, schema
        The database and its resolved mapping.

    Raises
    ------
    GraphError
        The graph does not match the mapping.
    """
    stores = TypedArrays()
    with progress() as bar:
        task = bar.add_task("reading behaviours", total=None)
        users, items = read_nodes(db, "user", schema.user), read_nodes(db, "item", schema.item)
        stores["user"].num_nodes, stores["item"].num_nodes = len(users.keys), len(items.keys)
        schema = add_behaviours(db, schema, stores, users, items, lambda n: bar.advance(task, n))
    return Behaviours(users, items, stores, schema)


@dataclass
class _Counts:
    """What is counted while the behaviours pass by, some users at a time."""

    n_users: int
    n_items: int
    by_user: Ints = field(init=False)
    by_item: Ints = field(init=False)
    fastest: Ints = field(init=False)
    cut: dict[str, Ints] = field(default_factory=dict)
    beyond: dict[str, Ints] = field(default_factory=dict)
    repeated: int = 0
    future: int = 0
    undated: int = 0
    some_repeated: list[tuple[int, int, int]] = field(default_factory=list)
    some_future: list[tuple[int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the empty arrays."""
        self.by_user, self.by_item = np.zeros(self.n_users, np.int64), np.zeros(self.n_items, np.int64)
        self.fastest = np.zeros(self.n_users, np.int64)


def behaviour_findings(found: Behaviours, now: float, burst: int = BURST) -> tuple[list[Finding], list[Finding]]:
    """Return what is doubtful about behaviours, and what the limits of the mapping cut.

    Parameters
    ----------
    found
        The behaviours; they are not changed.
    now
        Seconds since 1970.
    burst
        See :data:`BURST`.
    """
    told = _Counts(len(found.users.keys), len(found.items.keys))
    kinds = found.kinds
    unlimited = replace(found.schema, limits=Limits(once=False, per_minute=burst))
    with progress() as bar:
        task = bar.add_task("checking behaviours", total=sum(found.counts.values()))
        for _, block in blocks(found.stores, kinds) if kinds else ():
            _count(told, block, now)
            within(block, found.schema, told.n_users, told.cut)
            within(block, unlimited, told.n_users, told.beyond)
            bar.advance(task, len(block.user))
    total = sum(found.counts.values())
    users, items = found.users.keys, found.items.keys

    def behaviours(some: list[tuple[int, int, int]]) -> list[Any]:
        return [[users[user], items[item], kinds[kind][1]] for user, item, kind in some]

    fast = told.fastest > burst
    beyond = sum(int(part.sum()) for part in told.beyond.values())
    doubtful = [
        Finding("usersWithoutBehaviours", *_none(told.by_user, users)),
        Finding("itemsWithoutBehaviours", *_none(told.by_item, items)),
        Finding(
            "repeatedBehaviours",
            told.repeated,
            total,
            behaviours(told.some_repeated),
            "the same user, item and type in the same second, or all without a time",
        ),
        Finding("futureBehaviours", told.future, total, behaviours(told.some_future)),
        Finding("undatedBehaviours", told.undated, total, []),
        Finding(
            "bursts",
            int(fast.sum()),
            len(users),
            [users[n] for n in _largest(told.fastest, fast)],
            f"users with more than {burst} behaviours within a minute, at most {int(told.fastest.max(initial=0))}; "
            f"[graph.limits] per_minute = {burst} would cut {beyond:,} behaviours",
        ),
    ]
    cut = [
        Finding(
            why,
            int(left.sum()),
            total,
            [users[n] for n in _largest(left, left > 0)],
            f"of {int((left > 0).sum()):,} users",
        )
        for why, left in told.cut.items()
    ]
    return doubtful, cut


def _count(told: _Counts, block: Block, now: float) -> None:
    told.by_user += np.bincount(block.user, minlength=told.n_users)
    told.by_item += np.bincount(block.item, minlength=told.n_items)
    dated = block.time != NO_TIME
    told.undated += int((~dated).sum())
    late = dated & (block.time > now + SLACK)
    told.future += int(late.sum())
    told.some_future += _some(block, late, EXAMPLES - len(told.some_future))
    # Each type is sorted by user, item and time, so that repeated ones stand beside each other.
    again = np.zeros(len(block.user), bool)
    again[1:] = True
    for column in block:
        again[1:] &= column[1:] == column[:-1]
    told.repeated += int(again.sum())
    told.some_repeated += _some(block, again, EXAMPLES - len(told.some_repeated))
    users, counts = _per_minute(block.user[dated], block.time[dated] // 60)
    np.maximum.at(told.fastest, users, counts)


def _per_minute(user: Ints, minute: Ints) -> tuple[Ints, Ints]:
    """Return the user and the number of behaviours of each minute in which there are any."""
    order = np.lexsort((minute, user))
    user, minute = user[order], minute[order]
    fresh = np.ones(len(user), bool)
    fresh[1:] = (user[1:] != user[:-1]) | (minute[1:] != minute[:-1])
    starts = np.flatnonzero(fresh)
    return user[starts], np.diff(np.append(starts, len(user)))


def _some(block: Block, which: NDArray[np.bool_], most: int) -> list[tuple[int, int, int]]:
    places = np.flatnonzero(which)[: max(most, 0)]
    return [(int(block.user[n]), int(block.item[n]), int(block.kind[n])) for n in places]


def _none(counts: Ints, keys: list[Any]) -> tuple[int, int, list[Any]]:
    """Return how many have no behaviours, of how many, and examples."""
    without = np.flatnonzero(counts == 0)
    return len(without), len(keys), [keys[n] for n in without[:EXAMPLES]]


def _largest(values: Ints, which: NDArray[np.bool_]) -> Ints:
    """Return the places of the largest of some values, the first of equal ones first."""
    places = np.flatnonzero(which)
    return places[np.argsort(-values[places], kind="stable")[:EXAMPLES]]
