"""The published runs of a database: list, active run, rollback."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from graphrec.common.errors import NotFoundError
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.runs.run import Run


class Sizes(NamedTuple):
    """How much of a run is published.

    ``k``: links per user. ``similar``: ``SIMILAR`` edges per item. ``reasons``: reasons per link. ``reason_users``:
    others who must have both items of a reason that rests on their behaviour. ``left_out``: hash of the items that are
    never proposed. ``similar_users``: users who must have both items of an edge. ``scores``: ``exact`` or ``relative``.
    """

    k: int
    similar: int = 0
    reasons: int = 0
    reason_users: int = 0
    left_out: str = ""
    similar_users: int = 0
    scores: str = "exact"


class PublishedRun(msgspec.Struct, frozen=True, rename="camel"):
    """A ``(:Run)`` node; ``metrics``, ``settings``, ``modalities``, ``interest`` are JSON text, dates ISO 8601 text.

    ``items_run_id``: the run that wrote its item embeddings and edges, itself or an earlier one.
    """

    run_id: str
    active: bool
    state: str
    created_at: str
    published_at: str | None
    publication: int
    users: int
    items: int
    links: int
    k: int
    similar: int
    similar_k: int
    similar_items: int
    reasons: int
    reason_users: int
    left_out: str
    similar_users: int
    scores: str
    metrics: str
    settings: str
    fingerprint: str
    encoders: list[str]
    modalities: str
    interest: str
    slot: str
    item_slot: str
    items_run_id: str

    @property
    def directory(self) -> str:
        """The directory name of the published run; a run published again may have another name in the database."""
        return self.run_id.partition("~")[0]

    def matches(self, run: Run) -> bool:
        """Return whether this is the given run in its present state: not trained further or rewritten since."""
        return self.directory == run.run_id and datetime.fromisoformat(self.created_at) == datetime.fromisoformat(
            run.trained
        )

    @property
    def sizes(self) -> Sizes:
        """How much of it is published."""
        reasons = self.reasons, self.reason_users
        return Sizes(self.k, self.similar_k, *reasons, self.left_out, self.similar_users, self.scores)

    @property
    def kept(self) -> bool:
        """Whether readers see it, can be switched to it, or it is being written."""
        return self.state in ("writing", "ready")


def published_runs(db: Database) -> list[PublishedRun]:
    """Return the runs of this database: the active one first, then the newest."""
    rows = db.read(queries.load("query/runs"))
    return [msgspec.convert({name: _plain(value) for name, value in dict(row).items()}, PublishedRun) for row in rows]


def _plain(value: Any) -> Any:
    """Return a time as ISO text, and other values as they are."""
    native = getattr(value, "to_native", None)
    return native().isoformat(timespec="milliseconds").replace("+00:00", "Z") if native else value


def active_run(db: Database) -> PublishedRun | None:
    """Return the run that readers see; None if no run is active."""
    return next((run for run in published_runs(db) if run.active), None)


def rollback(db: Database) -> tuple[str, str]:
    """Switch readers back to the run published before the active one.

    Returns
    -------
    tuple of str
        The run that readers see now, and the one they saw before.

    Raises
    ------
    NotFoundError
        No run is published, or no earlier one is kept.
    """
    rows = db.write_once(queries.load("publish/rollback")).records
    if rows:
        return rows[0]["runId"], rows[0]["before"]
    active = active_run(db)
    if active is None:
        raise NotFoundError("no run is published in this database", hint="`graphrec publish`")
    raise NotFoundError(
        f"no run before {active.run_id} is kept, so there is nothing to go back to",
        hint="`graphrec runs` lists the trained ones; `graphrec publish RUN` publishes any of them",
    )
