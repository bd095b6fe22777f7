"""Read users' current histories from Neo4j."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from graphrec.config.schema import Behaviour, GraphSchema, disliked
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.behaviours import seconds, weights
from graphrec.graph.columns import Ints
from graphrec.graph.search_log import read_searched
from graphrec.graph.typed import NO_TIME
from graphrec.graph.values import UNGRADED, Values, read_time


class Interaction(NamedTuple):
    """One interaction.

    Attributes
    ----------
    item
        Key of the item.
    kind
        Behaviour type, as in an exported graph.
    weight
        Weight of the type × strength.
    time
        Epoch seconds; :data:`graphrec.graph.typed.NO_TIME` if unknown.
    """

    item: Any
    kind: str
    weight: float = 1.0
    time: int = NO_TIME


_INTERACTION = partial(tuple.__new__, Interaction)


def read_history(db: Database, schema: GraphSchema, users: Sequence[Any]) -> dict[Any, list[Interaction]]:
    """Return user key → all interactions, unordered; empty for users without any, or unknown ones.

    Parameters
    ----------
    schema
        A mapping with resolved behaviours, as in a run.
    users
        Keys as stored.

    Raises
    ------
    GraphError
        A strength is invalid. A time that is none counts as missing, as in the export.
    """
    found: dict[Any, list[Interaction]] = {user: [] for user in users}
    (row,) = db.read(
        queries.load("query/done", schema, BEHAVIOUR=tuple(schema.behaviours) or "BEHAVIOUR"),
        users=list(users),
        kinds=list(schema.behaviours),
        strengths={kind: b.key(b.strength) for kind, b in schema.behaviours.items() if b.strength is not None},
        times={kind: b.key(b.time_property) for kind, b in schema.behaviours.items() if b.time_property is not None},
        noTime=NO_TIME,
        ungraded=UNGRADED,
    )
    for user, *interactions in row["done"]:
        found[user] += _interactions(schema, *interactions)
    for user, *meant in read_searched(db, schema, users):
        found[user].append(Interaction(*meant))
    return found


def _interactions(
    schema: GraphSchema, kind: str, items: list[Any], strengths: list[Any], times: list[Any]
) -> Iterator[Interaction]:
    """Return one user's interactions of one type; the lists of strengths and times may be empty."""
    mapped, size = schema.behaviours[kind], len(items)
    graded = _graded(kind, mapped, strengths) if strengths else np.full(size, UNGRADED)
    given = np.where(graded == UNGRADED, 1.0, graded)
    kinds = [kind] * size
    if mapped.dislike is not None:
        kinds = [disliked(kind) if bad else kind for bad in (graded <= mapped.dislike).tolist()]
    at = _seconds(times) if times else np.full(size, NO_TIME, np.int64)
    # As Interaction(...) of each, without a call in Python for each.
    return map(_INTERACTION, zip(items, kinds, weights(given, kind, mapped).tolist(), at.tolist(), strict=True))


def _graded(kind: str, mapped: Behaviour, strengths: list[Any]) -> NDArray[np.float64]:
    """Return strengths, float64 ``[n]``; :data:`graphrec.graph.values.UNGRADED` where missing."""
    if {*map(type, strengths)} <= {int, float}:
        return np.array(strengths, np.float64)
    values = Values(kind, mapped)
    found = [UNGRADED if one == UNGRADED else values.strength(one) for one in strengths]
    values.check_strengths()
    return np.array(found, np.float64)


def _seconds(times: list[Any]) -> Ints:
    """Return times as epoch seconds, int64 ``[n]``; :data:`graphrec.graph.typed.NO_TIME` where missing or no time."""
    if {*map(type, times)} != {int}:
        times = [moment[0] if (moment := read_time(one)) else NO_TIME for one in times]
    return seconds(np.array(times, np.int64))
