"""What users have done by now, read from Neo4j user by user."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from graphrec.config.schema import GraphSchema, disliked
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.behaviours import moment, number, seconds, weights
from graphrec.graph.search_log import read_searched
from graphrec.graph.typed import NO_TIME


class Interaction(NamedTuple):
    """Something done once.

    Attributes
    ----------
    item
        Key of the item.
    kind
        Type of the behaviour, as an exported graph has it.
    weight
        What it counts: weight of the type × strength.
    time
        Epoch seconds; :data:`graphrec.graph.typed.NO_TIME` where unknown.
    """

    item: Any
    kind: str
    weight: float = 1.0
    time: int = NO_TIME


def read_history(db: Database, schema: GraphSchema, users: Sequence[Any]) -> dict[Any, list[Interaction]]:
    """Return user key → all that was done, in no order; who did nothing, or does not exist, has an empty list.

    Parameters
    ----------
    schema
        A mapping with its behaviours resolved, as a run has it.
    users
        Keys as they are stored.

    Raises
    ------
    GraphError
        A strength or a time cannot be understood.
    """
    found: dict[Any, list[Interaction]] = {user: [] for user in users}
    rows = db.read(
        queries.load("query/done", schema),
        users=list(users),
        kinds=list(schema.behaviours),
        strengths={kind: b.strength for kind, b in schema.behaviours.items() if b.strength is not None},
        times={kind: b.time_property for kind, b in schema.behaviours.items() if b.time_property is not None},
        noTime=NO_TIME,
    )
    for row in rows:
        kind, strength, time = row["kind"], row["strength"], row["time"]
        mapped = schema.behaviours[kind]
        given = 1.0 if strength is None else number(strength, kind, mapped)
        weight = float(weights(np.array([given]), kind, mapped)[0])
        act = Interaction(row["item"], kind, weight, _time(moment(time, kind, mapped)))
        if mapped.dislike is not None and strength is not None and given <= mapped.dislike:
            act = act._replace(kind=disliked(kind))
        found[row["user"]].append(act)
    for user, *meant in read_searched(db, schema, users):
        found[user].append(Interaction(*meant))
    return found


def _time(given: int) -> int:
    return int(seconds(np.array([given], np.int64))[0])
