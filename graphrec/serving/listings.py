"""Items in an order that is the same for everybody: the most users, or the newest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphrec.common.errors import GraphError
from graphrec.config.settings import Settings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.times import time_properties
from graphrec.serving import availability
from graphrec.serving.availability import Availability
from graphrec.serving.cypher_filter import Where
from graphrec.serving.item_sets import ItemSets

_SAMPLE = 1000
#: Longest ranking of popular items.
RANKED = 100_000


def popular(
    db: Database, settings: Settings, k: int = 10, *, where: Sequence[Where] = (), category: Any = None
) -> list[dict[str, Any]]:
    """Return the items with the most users that may be shown now: item, title, users.

    Parameters
    ----------
    where
        Filters; an item must match all of them.
    category
        Id or name of an entity that items are tied to.

    Raises
    ------
    NotFoundError
        The category does not exist.
    """
    wanted = [kind for kind, mapped in settings.graph.behaviours.items() if not mapped.negative] or None
    return _listed(db, settings, "query/popular", where, category, behaviours=wanted, k=k)


def ranking(db: Database, settings: Settings) -> list[tuple[Any, int]]:
    """Return the items with the most users, at most :data:`RANKED`, and the number of their users.

    It reads every behaviour: who answers many keeps it for a while, and asks :func:`popular_of`.
    """
    return [(row["item"], row["users"]) for row in popular(db, settings, RANKED)]


def popular_of(
    db: Database,
    settings: Settings,
    ranked: Sequence[tuple[Any, int]],
    k: int,
    *,
    where: Sequence[Where] = (),
    category: Any = None,
) -> list[dict[str, Any]]:
    """Return what :func:`popular` does, from a :func:`ranking`; whether an item may be shown is read now."""
    items = _chosen(db, settings, where, category)
    left = [pair for pair in ranked if items is None or pair[0] in items]
    query = availability.load("query/shown", settings.graph, Availability.of(settings, db))
    found: list[dict[str, Any]] = []
    step = max(2 * k, 20)
    for start in range(0, len(left), step):
        part = left[start : start + step]
        (row,) = db.read(query, items=[item for item, _ in part], types=[])
        titles = {item: title for item, title, _ in row["shown"]}
        found += [{"item": item, "title": titles[item], "users": users} for item, users in part if item in titles]
        if len(found) >= k:
            break
    return found[:k]


def latest(
    db: Database,
    settings: Settings,
    k: int = 10,
    *,
    where: Sequence[Where] = (),
    category: Any = None,
    time: str | None = None,
) -> list[dict[str, Any]]:
    """Return the newest items that may be shown now: item, title, at.

    Parameters
    ----------
    where, category
        As in :func:`popular`.
    time
        The property with the items' times; None: it is looked for (:func:`item_time`).

    Raises
    ------
    GraphError
        No property of the items is a time.
    NotFoundError
        The category does not exist.
    """
    found = time or item_time(db, settings)
    if found is None:
        raise GraphError(
            f"no property of ({settings.graph.item.name}) is a time, so no item is the newest",
            hint="give the items one, such as createdAt: a datetime, a date, epoch seconds or a year",
        )
    return _listed(db, settings, "query/latest", where, category, property=found, k=k)


def item_time(db: Database, settings: Settings) -> str | None:
    """Return the property with the items' times, by its values and its name; None if there is none."""
    role = settings.graph.item
    rows = db.read(queries.load("inspect/node_keys", settings.graph, role), sample=_SAMPLE)
    found = time_properties(row for row in rows if row["key"] != settings.serve.expires and row["key"] not in role.keys)
    return found[0].name if found else None


def _listed(
    db: Database, settings: Settings, name: str, where: Sequence[Where], category: Any, **parameters: Any
) -> list[dict[str, Any]]:
    chosen = _chosen(db, settings, where, category)
    query = availability.load(name, settings.graph, Availability.of(settings, db))
    rows = db.read(query, items=None if chosen is None else list(chosen), **parameters)
    return [row.data() for row in rows]


def _chosen(db: Database, settings: Settings, where: Sequence[Where], category: Any) -> set[Any] | None:
    """Return the items that match all filters and the category; None: any."""
    sets = ItemSets(db, settings.graph)
    chosen = [set(sets.matching(one, None)) for one in where]
    if category is not None:
        chosen.append(set(sets.category(category)))
    return set.intersection(*chosen) if chosen else None
