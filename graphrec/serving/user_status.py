"""What the database knows of a user before anything is recommended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from graphrec.common.errors import NotFoundError
from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.serving.lookup import stored_forms, user_missing

NOTHING_PUBLISHED = "no run is published in this database"


PUBLISH = "`graphrec train`, then `graphrec publish`"


class UserStatus(NamedTuple):
    """How a user stands to the published run.

    Attributes
    ----------
    user
        The id as it is stored; None: nobody in the graph.
    run_id, k
        The run, and its links per user.
    blocks
        Whether the user has blocked anything.
    known
        Whether the run knows the user.
    """

    user: Any
    run_id: str
    k: int
    blocks: bool
    known: bool


def user_status(db: Database, schema: GraphSchema, text: str | None, blocked: Sequence[str] = ()) -> UserStatus:
    """Return how a user stands to the published run.

    Parameters
    ----------
    text
        The id as it was typed; ``"196"`` finds ``'196'`` and ``196``. None: nobody in the graph.
    blocked
        Types of relationships by which users block.

    Raises
    ------
    NotFoundError
        No run is published, or no such user.
    """
    forms = [] if text is None else stored_forms(text)
    row = db.read(queries.load("query/user_status", schema), users=forms, blocked=list(blocked))[0]
    if row["runId"] is None:
        raise NotFoundError(NOTHING_PUBLISHED, hint=PUBLISH)
    if row["user"] is None and text is not None:
        raise user_missing(db, schema, text)
    return UserStatus(row["user"], row["runId"], row["k"], bool(row["blocks"]), bool(row["inRun"]))


def find_user(db: Database, schema: GraphSchema, text: str) -> tuple[Any, int]:
    """Return the id of a user as it is stored, and how many links a user of the published run has.

    Raises
    ------
    NotFoundError
        See :func:`user_status`; or the run does not know the user.
    """
    found = user_status(db, schema, text)
    if not found.known:
        raise NotFoundError(
            f"user {text!r} is in the graph but not in the published run {found.run_id}",
            hint="the user came after the training: `graphrec update` takes them in",
        )
    return found.user, found.k
