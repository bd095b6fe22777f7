"""The state of users in the database, read before anything is recommended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from graphrec.common.errors import NotFoundError
from graphrec.config.ids import stored_forms
from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.mapping import unmapped
from graphrec.serving.lookup import user_missing

NOTHING_PUBLISHED = "no run is published in this database"


PUBLISH = "`graphrec train`, then `graphrec publish`"


class UserStatus(NamedTuple):
    """A user and the published run.

    Attributes
    ----------
    user
        Id as stored; None for an anonymous visitor.
    run_id, k
        The run, and its links per user.
    blocks
        Whether the user blocks anything.
    known
        Whether the run includes the user.
    """

    user: Any
    run_id: str
    k: int
    blocks: bool
    known: bool


def user_statuses(
    db: Database,
    schema: GraphSchema,
    users: Sequence[Any],
    blocked: Sequence[str] = (),
    runs: Sequence[str | None] = (),
) -> list[UserStatus]:
    """Return the status of users in the published run, in one query.

    Parameters
    ----------
    users
        Ids, stored or typed: ``"196"`` finds ``'196'``, else ``196``, and 196 the other way round. None: an anonymous
        visitor.
    blocked
        Relationship types by which users block.
    runs
        See :func:`read_statuses`.

    Raises
    ------
    NotFoundError
        No run is published, or a user does not exist.
    GraphError
        The database is empty, or its graph does not use the mapping's names.
    """
    found = read_statuses(db, schema, users, blocked, runs)
    missing = [user for user, one in zip(users, found, strict=True) if one is None]
    if missing:
        raise user_missing(db, schema, str(missing[0]), len(missing) - 1)
    return [one for one in found if one is not None]


def read_statuses(
    db: Database,
    schema: GraphSchema,
    users: Sequence[Any],
    blocked: Sequence[str] = (),
    runs: Sequence[str | None] = (),
) -> list[UserStatus | None]:
    """Return the status of users, and None for a user who does not exist: see :func:`user_statuses`.

    Parameters
    ----------
    runs
        The run of each user; None, or one that is not kept: the active one, which is everybody's by default.

    Raises
    ------
    NotFoundError, GraphError
        No run is published.
    """
    if not users:
        return []
    rows = _rows(db, schema, users, blocked, runs)
    if rows[0]["runId"] is None:
        raise unmapped(db, schema) or NotFoundError(NOTHING_PUBLISHED, hint=PUBLISH)
    return [
        UserStatus(row["user"], row["runId"], row["k"], bool(row["blocks"]), bool(row["inRun"]))
        if user is None or row["user"] is not None
        else None
        for user, row in zip(users, rows, strict=True)
    ]


def _rows(
    db: Database,
    schema: GraphSchema,
    users: Sequence[Any],
    blocked: Sequence[str] = (),
    runs: Sequence[str | None] = (),
) -> list[Any]:
    forms = [[] if user is None else stored_forms(user, schema.user) for user in users]
    query = queries.load("query/user_status", schema, BLOCKED=tuple(blocked) or "BLOCKED")
    return db.read(query, users=forms, runs=list(runs), blocked=list(blocked))


def user_in_graph(db: Database, schema: GraphSchema, user: Any) -> tuple[Any, bool]:
    """Return the id of a user as stored, and whether the published run includes them; none need be published.

    Raises
    ------
    NotFoundError
        The user does not exist.
    """
    (row,) = _rows(db, schema, [user])
    if row["user"] is None:
        raise user_missing(db, schema, str(user))
    return row["user"], row["runId"] is not None and bool(row["inRun"])


def find_user(db: Database, schema: GraphSchema, user: Any) -> tuple[Any, int]:
    """Return the id of a user as stored, and the number of links per user of the published run.

    Raises
    ------
    NotFoundError
        See :func:`user_statuses`; or the run does not include the user.
    """
    (found,) = user_statuses(db, schema, [user])
    if not found.known:
        raise NotFoundError(
            f"user {str(user)!r} is in the graph but not in the published run {found.run_id}",
            hint="the user came after the training: `graphrec update` takes them in",
        )
    return found.user, found.k
