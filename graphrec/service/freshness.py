"""How old the published run is, and how much has come into the graph that it does not have.

The numbers come from Neo4j's count store, so they cost nothing at any size. They are compared with those of the moment
at which the run took in the graph: known where the service ran the update, otherwise those of the moment at which the
service first saw the run.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from graphrec.common.file_lock import waited_for
from graphrec.common.files import write_json
from graphrec.common.private import private_folder
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.mapping import shape
from graphrec.publishing.registry import PublishedRun, active_run
from graphrec.service.job import now

#: Runs whose totals are kept.
_KEPT = 10


class Totals(msgspec.Struct, frozen=True):
    """Numbers of users, items and behaviours in the graph at a time (ISO 8601)."""

    at: str
    users: int
    items: int
    behaviours: int


class Freshness(msgspec.Struct, frozen=True, rename="camel"):
    """The age of the active run.

    Attributes
    ----------
    run_id, published_at
        The run; None: none is published.
    seconds
        Since it was published.
    counted_since
        From when on changes are counted.
    users, items, behaviours
        How many more there are now; fewer where more have gone than come.
    """

    run_id: str | None = None
    published_at: str | None = None
    seconds: float | None = None
    counted_since: str | None = None
    users: int = 0
    items: int = 0
    behaviours: int = 0


def freshness(db: Database, settings: Settings) -> Freshness:
    """Return how fresh the active run is.

    Raises
    ------
    DatabaseError
        Neo4j refuses or is unreachable.
    """
    active = active_run(db)
    if active is None:
        return Freshness()
    there = totals(db, settings.graph)
    before = _known(settings, active.run_id) or remember(settings, active.run_id, there)
    return Freshness(
        active.run_id,
        active.published_at,
        age(active),
        before.at,
        there.users - before.users,
        there.items - before.items,
        there.behaviours - before.behaviours,
    )


def age(run: PublishedRun) -> float | None:
    """Return the seconds since a run was published."""
    if run.published_at is None:
        return None
    return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(run.published_at)).total_seconds())


def totals(db: Database, schema: GraphSchema) -> Totals:
    """Count users, items and behaviours; of a behaviour by a path, the last relationship on it."""
    at = now()
    users, items = (
        db.read(queries.load("inspect/label_count", User=role.labels))[0]["total"]
        for role in (schema.user, schema.item)
    )
    behaviours = sum(db.read(queries.load("inspect/type_count", RATED=kind))[0]["total"] for kind in kinds(db, schema))
    return Totals(at, users, items, behaviours)


def kinds(db: Database, schema: GraphSchema) -> list[str]:
    """Return the relationship types that count behaviours; where none is mapped, all from users to items."""
    if not schema.behaviours:
        users, items = schema.user.labels, schema.item.labels
        return sorted({kind for a, kind, b in shape(db).triples if a in users and b in items})
    return sorted({counted_type(schema, kind) for kind in schema.behaviours})


def counted_type(schema: GraphSchema, kind: str) -> str:
    """Return the relationship type that counts a behaviour: of one by a path, the last on it."""
    path = schema.paths.get(kind)
    return kind if path is None else [part.name for part in path.elements if part.kind != "node"][-1]


def remember(settings: Settings, run_id: str, found: Totals) -> Totals:
    """Store the totals that a run was made from; those already known of a run stay. Return what is stored."""
    path = _path(settings)
    with suppress(OSError):  # a full disk, or one that is only read, is no reason to tell nothing
        private_folder(path.parent)
        with waited_for(path.with_suffix(".lock")):
            stored = _read(path)
            if run_id not in stored:
                stored[run_id] = found
                kept = dict(list(stored.items())[-_KEPT:])
                write_json(path, msgspec.to_builtins(kept))
            return stored[run_id]
    return found


def _known(settings: Settings, run_id: str) -> Totals | None:
    return _read(_path(settings)).get(run_id)


def _path(settings: Settings) -> Path:
    return settings.home / "service" / "totals.json"


def _read(path: Path) -> dict[str, Totals]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Totals])
    except (OSError, msgspec.DecodeError):  # counted anew
        return {}
