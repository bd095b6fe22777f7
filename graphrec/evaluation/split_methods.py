"""Assign pairs to split components: the methods of :func:`graphrec.evaluation.split.make_split`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from graphrec.common.console import warn
from graphrec.common.errors import GraphError, LeakageError
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import SplitSettings
from graphrec.graph.conflicts import latest_preference
from graphrec.graph.typed import NO_TIME, EdgeType

if TYPE_CHECKING:
    from graphrec.common.pyg import HeteroData

Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]

#: A cut later than any time.
NEVER = 2**63 - 1
#: Users with fewer distinct pairs stay entirely in training.
FEWEST = 3
TIMED = ("user-time", "global-time")


@dataclass(frozen=True)
class Assignment:
    """The distinct target pairs, sorted by user, then item, with their components.

    ``part``: 0, 1 or 2 (train, valid, test), or -1 for a pair in none, as its user has no training pairs. ``cutoff``
    and ``cold``: see :class:`graphrec.evaluation.split.Split`.
    """

    users: Ints
    items: Ints
    part: Bytes
    cutoff: dict[str, Ints | int] = field(default_factory=dict)
    cold: dict[str, Ints] = field(default_factory=dict)


def assign_pairs(data: HeteroData, settings: SplitSettings, schema: GraphSchema) -> Assignment:
    """Assign every distinct target pair to a component.

    Raises
    ------
    GraphError
        The graph has no target behaviour, one lacks the method's property, or nothing would be left for training.
    LeakageError
        A published split has one pair in two components.
    """
    rng = np.random.default_rng(settings.seed)
    n_users, data = int(data["user"].num_nodes), latest_preference(data)
    targets = _targets(data, schema)
    users, items, edges = _pairs(data, targets)
    if settings.method == "published":
        return Assignment(users, items, _by_label(data, targets, users, items, edges, settings, rng))
    if settings.method == "cold-item":
        part, cold = _by_item(users, items, settings, rng)
        return Assignment(users, items, part, cold=cold)
    times = (
        _first_times(data, schema, targets, edges, len(users))
        if settings.method in TIMED
        else np.full(len(users), NEVER)
    )
    if settings.method == "global-time":
        part, cutoff = _by_date(users, times, settings, n_users)
        return Assignment(users, items, part, cutoff)
    part = _by_user(users, times, settings.valid, settings.test, rng)
    if settings.method == "random":
        return Assignment(users, items, part)
    return Assignment(users, items, part, {"user": _last_moments(users, times, part, n_users)})


def moments_of_test(data: HeteroData, settings: SplitSettings, schema: GraphSchema) -> Ints:
    """Return per user the first second that belongs only to the test, int64 ``[n_users]`` (``user-time``)."""
    data = latest_preference(data)
    found, targets = assign_pairs(data, settings, schema), _targets(data, schema)
    _, _, edges = _pairs(data, targets)
    times = _first_times(data, schema, targets, edges, len(found.users))
    return _last_moments(found.users, times, (found.part == 2).astype(np.int8), int(data["user"].num_nodes))


def _targets(data: HeteroData, schema: GraphSchema) -> list[EdgeType]:
    types = _behaviours(data)
    targets = [kind for kind in types if kind[1] in schema.behaviours and schema.behaviours[kind[1]].target]
    if not any(data[kind].edge_index.size(1) for kind in targets):
        found = ", ".join(kind[1] for kind in types) or "none"
        raise GraphError(
            f"no target behaviour to split (behaviours in the graph: {found})",
            hint="load behaviours, or set target = true for one in [graph.behaviours]",
        )
    return targets


def _behaviours(data: HeteroData) -> list[EdgeType]:
    return [kind for kind in data.edge_types if (kind[0], kind[2]) == ("user", "item")]


def _pairs(data: HeteroData, targets: list[EdgeType]) -> tuple[Ints, Ints, Ints]:
    """Return users and items of the distinct pairs, sorted, and the pair of each target edge."""
    n_items = int(data["item"].num_nodes)
    edges = torch.cat([data[kind].edge_index for kind in targets], dim=1).numpy()
    keys, pair = np.unique(edges[0] * n_items + edges[1], return_inverse=True)
    return keys // n_items, keys % n_items, pair


def _first_times(data: HeteroData, schema: GraphSchema, targets: list[EdgeType], pair: Ints, n_pairs: int) -> Ints:
    for kind in _behaviours(data):  # Other behaviours too: an undated BROWSED might be after the cut.
        _require_times(data, kind, "searches" if kind[1] in schema.searches else "behaviours")
    first = np.full(n_pairs, NEVER, np.int64)
    np.minimum.at(first, pair, torch.cat([data[kind].time for kind in targets]).numpy())
    return first


def _require_times(data: HeteroData, kind: EdgeType, table: str) -> None:
    store = data[kind]
    total = int(store.edge_index.size(1))
    missing = int((store.time == NO_TIME).sum()) if "time" in store else total
    if missing:
        raise GraphError(
            f"a split by time needs the time of every behaviour: {missing} of {total} {kind[1]} have none",
            hint=f"name the property with time = in [graph.{table}.{kind[1]}], or use method = 'random' in [split]",
        )


def _by_user(users: Ints, times: Ints, valid_share: float, test_share: float, rng: np.random.Generator) -> Bytes:
    """Return 0, 1 or 2 (train, valid, test) for each pair: a user's latest are held out; ties are random."""
    # Without times the order is random. Ties are random, as item or file order could leak information.
    order = np.lexsort((rng.random(len(users)), times, users))
    _, start, count = np.unique(users, return_index=True, return_counts=True)
    enough = count >= FEWEST
    # Rounded up, so that short profiles are evaluated too; 1e-9 keeps 0.1 * 30 = 3.0000000000000004 at 3.
    test, valid = (
        np.where(enough, np.ceil(share * count - 1e-9), 0).astype(np.int64) for share in (test_share, valid_share)
    )
    test = np.minimum(test, np.maximum(count - 1 - (valid > 0), 0))
    valid = np.minimum(valid, np.maximum(count - 1 - test, 0))
    left = np.repeat(count, count) - 1 - (np.arange(len(users)) - np.repeat(start, count))
    last, before = np.repeat(test, count), np.repeat(test + valid, count)
    part = np.empty(len(users), np.int8)
    part[order] = np.where(left < last, 2, np.where(left < before, 1, 0))
    return part


def _last_moments(users: Ints, times: Ints, part: Bytes, n_users: int) -> Ints:
    """Return per user the first second after training."""
    held = part > 0
    cut = np.full(n_users, NEVER, np.int64)
    np.minimum.at(cut, users[held], times[held])
    last = np.full(n_users, NO_TIME, np.int64)
    np.maximum.at(last, users[~held], times[~held])
    # Several pairs may share the second of the cut: those assigned to training stay.
    return np.where(cut == NEVER, NEVER, np.maximum(cut, last + 1))


def _by_date(users: Ints, times: Ints, settings: SplitSettings, n_users: int) -> tuple[Bytes, dict[str, Ints | int]]:
    """Return 0, 1, 2 or -1 (train, valid, test, user without training pairs) for each pair, and the dates."""
    ordered = np.sort(times)
    test, valid = (
        int(ordered[min(int(np.ceil((1 - share) * len(ordered) - 1e-9)), len(ordered) - 1)]) if share > 0 else NEVER
        for share in (settings.test, settings.valid + settings.test)
    )
    part = np.where(times >= test, 2, np.where(times >= valid, 1, 0)).astype(np.int8)
    if not (part == 0).any():
        raise GraphError(
            "a split by date leaves nothing to train on: no behaviour is before the others",
            hint="use method = 'random' or 'user-time' in [split]",
        )
    past = np.zeros(n_users, bool)
    past[users[part == 0]] = True
    part[~past[users]] = -1
    return part, {"user": np.full(n_users, valid, np.int64), "valid": valid, "test": test}


def _by_label(
    data: HeteroData,
    targets: list[EdgeType],
    users: Ints,
    items: Ints,
    pair: Ints,
    settings: SplitSettings,
    rng: np.random.Generator,
) -> Bytes:
    """Return the component in each pair's property; without a valid component, sample one from train."""
    for kind in targets:
        total = int(data[kind].edge_index.size(1))
        missing = int((data[kind].split < 0).sum()) if "split" in data[kind] else total
        if missing:
            raise GraphError(
                f"a published split needs the split of every behaviour: {missing} of {total} {kind[1]} have no "
                f"{settings.property!r}",
                hint="load them with their split, name another property with property = in [split], "
                "or use another method in [split]",
            )
    labels = torch.cat([data[kind].split for kind in targets]).numpy()
    part = np.full(len(users), -1, np.int8)
    part[pair] = labels
    twice = part[pair] != labels
    if twice.any():
        at = pair[twice][0]
        raise LeakageError(
            f"(user {users[at]}, item {items[at]}) is in two parts of the published split, as are "
            f"{len(np.unique(pair[twice])) - 1} other pairs",
            hint="correct the property, or use another method in [split]",
        )
    for number, name in ((0, "train"), (2, "test")):
        if not (part == number).any():
            raise GraphError(
                f"no behaviour has {settings.property} = {name!r}",
                hint="name another property with property = in [split], or use another method in [split]",
            )
    if not (part == 1).any():
        rest = np.flatnonzero(part == 0)
        part[rest] = _by_user(users[rest], np.full(len(rest), NEVER), settings.valid, 0, rng)
    return part


def _by_item(
    users: Ints, items: Ints, settings: SplitSettings, rng: np.random.Generator
) -> tuple[Bytes, dict[str, Ints]]:
    """Return 0, 1, 2 or -1 (train, valid, test, user without training pairs) for each pair, and the cold items."""
    order = rng.permutation(np.unique(items))
    test, valid = (int(np.ceil(share * len(order) - 1e-9)) for share in (settings.test, settings.valid))
    if test + valid >= len(order):
        raise GraphError(
            f"all {len(order)} items with behaviour would be cold, nothing is left to train on",
            hint="lower valid and test in [split], or use another method",
        )
    cold = {"test": np.sort(order[:test]), "valid": np.sort(order[test : test + valid])}
    which = np.zeros(items.max() + 1, np.int8)
    which[cold["test"]], which[cold["valid"]] = 2, 1
    part = which[items]
    past = np.zeros(users.max() + 1, bool)
    past[users[part == 0]] = True
    lost = ~past[users]
    part[lost] = -1
    if lost.any():
        warn(
            f"{len(np.unique(users[lost]))} users have only cold items: they are not evaluated "
            f"({int(lost.sum())} pairs)"
        )
    return part, cold
