"""Limit each user's behaviours to the first ones, against repeated records, bursts and bots.

Users are processed in blocks, so that memory is bounded. Warnings give the numbers left out, without naming users.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graphrec.common.console import warn
from graphrec.config.schema import GraphSchema, names_of
from graphrec.graph.columns import Ints
from graphrec.graph.typed import NO_TIME, EdgeType, TypedArrays

#: Behaviours per block, unless a single user has more: about 200 MB.
BLOCK = 2**21
#: Number of the most limited users in a warning.
_WORST = 3


class Block(NamedTuple):
    """Behaviours of some users, int64 ``[n]`` each: user, item, type, time."""

    user: Ints
    item: Ints
    kind: Ints
    time: Ints


def limit(stores: TypedArrays, schema: GraphSchema) -> None:
    """Remove the behaviours beyond a mapping's limits from a graph in place, and warn with their number.

    Parameters
    ----------
    stores
        Arrays, without reverse edges, behaviours sorted by user, item and time.
    schema
        Its mapping. Searches are not limited: one has many edges.
    """
    kinds = behaviour_types(stores, schema)
    if not kinds:
        return
    kept = {kind: np.ones(stores[kind].num_edges, bool) for kind in kinds}
    left: dict[str, Ints] = {}
    for places, block in blocks(stores, kinds):
        inside = within(block, schema, int(stores["user"].num_nodes), left)
        start = 0
        for kind, place in places.items():
            kept[kind][place] = inside[start : start + (place.stop - place.start)]
            start += place.stop - place.start
    for kind, mask in kept.items():
        _keep(stores, kind, mask)
    _say(left)


def behaviour_types(stores: TypedArrays, schema: GraphSchema) -> list[EdgeType]:
    """Return the types of behaviours that a graph has, in the order of the mapping."""
    names = [name for kind, mapped in schema.behaviours.items() for name in names_of(kind, mapped)]
    there = stores.edge_types
    return [kind for name in names if (kind := ("user", name, "item")) in there]


def within(block: Block, schema: GraphSchema, n_users: int, left: dict[str, Ints]) -> NDArray[np.bool_]:
    """Return which behaviours are within the limits of a mapping, bool ``[n]``.

    Parameters
    ----------
    block
        Behaviours sorted by type, user, item and time, the types in the order of the mapping.
    schema
        The mapping.
    n_users
        Number of users.
    left
        Incremented: limit → int64 ``[n_users]``, number beyond it.
    """
    there = np.ones(len(block.user), bool)
    for why, size, group in _rules(schema):
        over = _beyond(block, there, group, size)
        there &= ~over
        left[why] = left.get(why, 0) + np.bincount(block.user[over], minlength=n_users)
    return there


def _rules(schema: GraphSchema) -> Iterator[tuple[str, int, str]]:
    """Yield the limits in the order of application: message, number that counts, group."""
    limits = schema.limits
    if limits.once:
        yield "behaviours recorded again in the same second count once", 1, "second"
    if limits.per_pair:
        yield f"behaviours beyond [graph.limits] per_pair = {limits.per_pair} do not count", limits.per_pair, "pair"
    if limits.per_minute:
        what = f"behaviours beyond [graph.limits] per_minute = {limits.per_minute} do not count"
        yield what, limits.per_minute, "minute"
    if limits.per_day:
        yield f"behaviours beyond [graph.limits] per_day = {limits.per_day} do not count", limits.per_day, "day"


def blocks(stores: TypedArrays, kinds: list[EdgeType]) -> Iterator[tuple[dict[EdgeType, slice], Block]]:
    """Yield the behaviours of some types, some users at a time: their places in the arrays of each type, and they."""
    n_users = int(stores["user"].num_nodes)
    ends = {kind: np.cumsum(np.bincount(stores[kind].edge_index[0], minlength=n_users)) for kind in kinds}
    total = sum(ends.values())
    first, begun = 0, dict.fromkeys(kinds, 0)
    while first < n_users:
        done = sum(begun.values())
        last = max(first + 1, int(np.searchsorted(total, done + BLOCK, side="right")))
        until = {kind: int(ends[kind][min(last, n_users) - 1]) for kind in kinds}
        places = {kind: slice(begun[kind], until[kind]) for kind in kinds}
        yield places, _block(stores, kinds, places)
        first, begun = last, until


def _block(stores: TypedArrays, kinds: list[EdgeType], places: Mapping[EdgeType, slice]) -> Block:
    ends = [stores[kind].edge_index[:, places[kind]] for kind in kinds]
    times = [stores[kind].time[places[kind]] for kind in kinds]
    number = [np.full(part.shape[1], n) for n, part in enumerate(ends)]
    users, items = np.concatenate(ends, axis=1)
    return Block(users, items, np.concatenate(number), np.concatenate(times))


def _beyond(block: Block, there: NDArray[np.bool_], group: str, size: int) -> NDArray[np.bool_]:
    """Return which of the remaining behaviours (``there``) are not among the first ``size`` of their group."""
    dated = block.time != NO_TIME
    place = np.flatnonzero(there if group == "pair" else there & dated)
    user, item, kind, time = (column[place] for column in block)
    keys: dict[str, tuple[Ints, ...]] = {
        "second": (user, item, kind, time),
        "pair": (user, item, kind),
        "minute": (user, time // 60),
        "day": (user, time // 86_400),
    }
    columns = keys[group]
    # Each type is sorted by user, item and time. By minute and day the types mix, with a fixed order within a second,
    # # so that the same graph gives the same result.
    sort = group in ("minute", "day")
    order = np.lexsort((kind, item, time, user)) if sort else np.arange(len(place))
    fresh = np.zeros(len(order), bool)
    for column in columns:
        fresh[1:] |= column[order][1:] != column[order][:-1]
    here = np.arange(len(order))
    rank = here - np.maximum.accumulate(np.where(fresh, here, 0))
    over = np.zeros(len(there), bool)
    over[place[order[rank >= size]]] = True
    return over


def _keep(stores: TypedArrays, kind: EdgeType, mask: NDArray[np.bool_]) -> None:
    if mask.all():
        return
    store = stores[kind]
    store.edge_index = store.edge_index[:, mask]
    for name in ("edge_weight", "time", "split", "context"):
        if name in store:
            store[name] = store[name][mask]


def _say(left: Mapping[str, Ints]) -> None:
    for why, counts in left.items():
        total, users = int(counts.sum()), int((counts > 0).sum())
        if total:
            worst = ", ".join(map(str, np.sort(counts[counts > 0])[::-1][:_WORST]))
            warn(f"{total} {why} ({users} users, most of one user: {worst})")
