"""Read users' current histories from Neo4j."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from graphrec.config.schema import GraphSchema, disliked
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.behaviours import seconds, weights
from graphrec.graph.search_log import read_searched
from graphrec.graph.typed import NO_TIME
from graphrec.graph.values import Values, read_time


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
    rows = db.read(
        queries.load("query/done", schema),
        users=list(users),
        kinds=list(schema.behaviours),
        strengths={kind: b.key(b.strength) for kind, b in schema.behaviours.items() if b.strength is not None},
        times={kind: b.key(b.time_property) for kind, b in schema.behaviours.items() if b.time_property is not None},
        noTime=NO_TIME,
    )
    read = {kind: Values(kind, mapped) for kind, mapped in schema.behaviours.items()}
    for row in rows:
        kind, strength, time = row["kind"], row["strength"], row["time"]
        mapped, values = schema.behaviours[kind], read[kind]
        given = 1.0 if strength is None else values.strength(strength)
        at = _time(moment[0]) if (moment := read_time(time)) else NO_TIME
        values.check_strengths()
        weight = float(weights(np.array([given]), kind, mapped)[0])
        act = Interaction(row["item"], kind, weight, at)
        if mapped.dislike is not None and strength is not None and given <= mapped.dislike:
            act = act._replace(kind=disliked(kind))
        found[row["user"]].append(act)
    for user, *meant in read_searched(db, schema, users):
        found[user].append(Interaction(*meant))
    return found


def _time(given: int) -> int:
    return int(seconds(np.array([given], np.int64))[0])
