"""The items that users were shown often without a reaction.

:mod:`graphrec.ingest` writes impressions: ``(user)-[:SHOWN {runId, times, firstAt, lastAt}]->(item)``.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database

_DAY_MS = 86_400_000


def shown_often(
    db: Database, schema: GraphSchema, users: Sequence[Any], least: int, days: float
) -> dict[Any, dict[Any, int]]:
    """Return user → item → number of showings, of items shown at least so often without a reaction.

    Parameters
    ----------
    schema
        A mapping with its behaviours.
    users
        Ids as stored.
    least, days
        How often, and how many days ago at most the last time.
    """
    if not users:
        return {}
    since = time.time_ns() // 1_000_000 - round(days * _DAY_MS)
    targets = {kind: one for kind, one in schema.behaviours.items() if one.target}
    times = {kind: one.key(one.time_property) for kind, one in targets.items() if one.time_property is not None}
    rows = db.read(
        queries.load("query/shown_often", schema),
        users=list(users),
        least=least,
        since=since,
        kinds=list(targets),
        times=times,
    )
    found: dict[Any, dict[Any, int]] = {}
    for row in rows:
        found.setdefault(row["user"], {})[row["item"]] = row["times"]
    return found
