"""The users of a segment, with what is first on their lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from graphrec.config.settings import Settings
from graphrec.copywriting.wording import segment_of
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.predicate import Predicate
from graphrec.serving import availability
from graphrec.serving.availability import Availability

_WHERE = "(true)"


class Addressed(NamedTuple):
    """A user and an item to write about: ids, element ids, the item's title."""

    user: Any
    item: Any
    user_node: str
    item_node: str
    title: str


@dataclass(frozen=True)
class UserPredicate(Predicate):
    """A predicate on the user ``u``."""

    def query(self, query: str) -> str:
        """Return a query with the predicate in its place."""
        before, _, after = query.partition(_WHERE)
        return f"{before}(\n{self.text}\n){after}"


def addressed(db: Database, settings: Settings, segment: str, run_id: str, top: int) -> list[Addressed]:
    """Return the users of a segment with the first items of their published lists, in the order of their ids.

    Raises
    ------
    NotFoundError
        There is no such segment.
    ConfigError
        Its predicate is not valid.
    """
    query = availability.load("query/segment", settings.graph, Availability.of(settings, db))
    where = segment_of(settings.copy, segment).where
    given = {"runId": run_id, "top": top}
    if where:
        predicate = UserPredicate(where, f"[copy.segments.{segment}] where")
        predicate.check_personal(settings.graph)
        # Names of the database are wanted in the predicate alone, not where items may be hidden.
        predicate.explain(db, predicate.query(queries.load("query/segment", settings.graph)), strict=True, **given)
        rows = predicate.ask(db, predicate.query(query), **given).records
    else:
        rows = db.read(query, **given)
    return [Addressed(row["user"], row["item"], row["userNode"], row["itemNode"], str(row["title"])) for row in rows]
