"""A log with planted habits: who does what at which hour, on which days, alone or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.graph.contexts import encode
from graphrec.graph.hetero import Graph, to_graph
from graphrec.graph.read import assembled
from graphrec.graph.typed import TypedArrays

#: A Monday, 00:00 UTC.
BEGIN = 1_767_571_200
DAY, HOUR = 86_400, 3_600
PRESENCE = ("alone", "family", "guests")
SCHEMA = GraphSchema(
    behaviours={"USED": Behaviour(context=("presence",))}, knowledge=(), contexts={"presence": PRESENCE}
)


class Act(NamedTuple):
    """One behaviour: epoch seconds, and who was there."""

    user: int
    item: int
    at: int
    presence: str


def planted(
    *,
    users: int,
    items: int,
    acts: int,
    days: int = 60,
    groups: int = 5,
    noise: float = 0.2,
    habits: bool = True,
    seed: int = 0,
) -> list[Act]:
    """Return a log in the order of time.

    Items come in ``groups``. Each user has an hour of the day and a half of the week for each group, each item is for
    one company, and people keep to that but for a share of ``noise``; without ``habits`` time and company are drawn by
    chance.

    Parameters
    ----------
    users, items, acts, days
        Numbers of users and items, of behaviours of each user, and of days.
    groups, noise, habits, seed
        See above.
    """
    rng = np.random.default_rng(seed)
    found = []
    group = np.arange(items) % groups
    company = rng.integers(0, len(PRESENCE), items)
    appeal = rng.dirichlet(np.full(items, 2.0))
    for user in range(users):
        taste = rng.dirichlet(np.full(groups, 2.0))
        hours = rng.uniform(0, 24, groups)
        weekend = rng.random(groups) < 2 / 7
        likes = appeal * taste[group] * rng.gamma(2.0, size=items)
        for item in rng.choice(items, acts, p=likes / likes.sum()).tolist():
            kind = group[item]
            day, hour, there = int(rng.integers(days)), rng.uniform(0, 24), int(rng.integers(len(PRESENCE)))
            if habits and rng.random() > noise:
                fitting = [d for d in range(days) if (d % 7 > 4) == weekend[kind]]
                day, hour, there = int(rng.choice(fitting)), float(rng.normal(hours[kind], 1.0)), int(company[item])
            at = BEGIN + day * DAY + int(hour % 24 * HOUR)
            found.append(Act(user, item, at, PRESENCE[there]))
    return sorted(found, key=lambda act: act.at)


def graph_of(log: Sequence[Act], users: int, items: int, schema: GraphSchema = SCHEMA) -> Graph:
    """Return a log as a graph, as it would be read from Neo4j."""
    acts = sorted(log, key=lambda act: (act.user, act.item, act.at))
    stores = TypedArrays()
    stores["user"].num_nodes, stores["item"].num_nodes = users, items
    edges = stores["user", "USED", "item"]
    edges.edge_index = np.array([[act.user for act in acts], [act.item for act in acts]], np.int64)
    edges.edge_weight = np.ones(len(acts), np.float32)
    edges.time = np.array([act.at for act in acts], np.int64)
    told: dict[str, Any] = {}
    if schema.context_names:
        told["USED"] = np.array([[act.presence] for act in acts], object)
    schema = encode(stores, schema, told)
    return to_graph(assembled(stores, list(range(users)), list(range(items)), [], schema, {}))
