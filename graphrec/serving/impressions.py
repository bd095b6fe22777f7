"""What users were shown, and what came of it: items that were shown often in vain, and the reactions to each run.

:mod:`graphrec.ingest` writes impressions: ``(user)-[:SHOWN {runId, times, firstAt, lastAt}]->(item)``.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database

_DAY_MS = 86_400_000


class Reactions(NamedTuple):
    """What the lists of a run showed.

    Attributes
    ----------
    impressions
        Number of showings.
    users, pairs
        Users who were shown anything, and items that users were shown, each once for each user.
    reactions, reacting_users
        Of these pairs and users, those with a target behaviour after the first showing.
    """

    run_id: str
    impressions: int
    users: int
    pairs: int
    reactions: int
    reacting_users: int


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
    rows = db.read(
        queries.load("query/shown_often", schema), users=list(users), least=least, since=since, **_reactions(schema)
    )
    found: dict[Any, dict[Any, int]] = {}
    for row in rows:
        found.setdefault(row["user"], {})[row["item"]] = row["times"]
    return found


def shown_by_run(db: Database, schema: GraphSchema, runs: Sequence[str]) -> list[Reactions]:
    """Return what came of the lists of runs; nothing of those that showed nothing.

    Parameters
    ----------
    schema
        A mapping with its behaviours.
    """
    rows = db.read(queries.load("query/shown_by_run", schema), runs=list(runs), **_reactions(schema))
    return [Reactions(*row.values()) for row in rows]


def _reactions(schema: GraphSchema) -> dict[str, Any]:
    targets = {kind: one for kind, one in schema.behaviours.items() if one.target}
    times = {kind: one.key(one.time_property) for kind, one in targets.items() if one.time_property is not None}
    return {"kinds": list(targets), "times": times}
