"""The published links of users, read by shared queries, and remembered for the time when Neo4j is away."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from graphrec.common.errors import DatabaseError
from graphrec.config.ids import stored_forms
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.ingest.withdrawn import Withdrawn
from graphrec.service.shared_reads import SharedReads
from graphrec.serving import availability
from graphrec.serving.availability import Availability
from graphrec.serving.expiry import expires_at
from graphrec.serving.impressions import shown_often

#: Seconds for Neo4j to answer before an earlier answer is given.
_PATIENCE = 5.0
#: Where the links of the user that a request asks for are kept in its scope, once they are read.
LINKS = "graphrec.links"


@dataclass(frozen=True)
class Links:
    """The links of a user.

    Attributes
    ----------
    user
        Id as stored; None: no such user.
    run_id
        The run; None: none is published.
    known
        Whether the run includes the user.
    blocks
        Whether the user blocks anything, so that links are not enough.
    rows
        Item, title, score, and when the item expires, seconds since 1970, None: never; best first.
    often
        Items that were shown so often without a reaction that they step back.
    stale
        Whether this is an earlier answer, as Neo4j is away.
    """

    user: Any
    run_id: str | None
    known: bool
    blocks: bool
    rows: Sequence[tuple[Any, str, float, float | None]]
    often: Collection[Any] = ()
    stale: bool = False


class PublishedLinks:
    """Reads the links of users.

    Parameters
    ----------
    db
        The database; it should not wait while it is down (:meth:`graphrec.db.database.Database.hurried`).
    settings
        The project's settings.
    resolved
        Returns the mapping with the behaviours that the graph has; asked where items step back that were shown often.
    """

    def __init__(self, db: Database, settings: Settings, resolved: Callable[[], GraphSchema]) -> None:
        self._db, self._settings, self._resolved = db, settings, resolved
        self._query = availability.load(
            "query/links_of_users",
            settings.graph,
            Availability.of(settings, db),
            BLOCKED=settings.recommend.blocked or "BLOCKED",
        )
        self._remembered: OrderedDict[tuple[str, str | None], bytes] = OrderedDict()
        self._withdrawn = Withdrawn(settings.home)
        self._reads: SharedReads[tuple[str, str | None], Links] = SharedReads(self._read, "published links")

    async def of(self, user: str, run_id: str | None = None) -> Links:
        """Return the links of a user.

        Parameters
        ----------
        user
            Id as given.
        run_id
            A published run; None: the active one.

        Raises
        ------
        DatabaseError
            Neo4j is away, and nothing is remembered of the user.
        """
        asked, began = (user, run_id), time.time()
        try:
            links = await asyncio.wait_for(self._reads.ask(asked), _PATIENCE)
        except (DatabaseError, TimeoutError) as error:
            known = self._earlier(asked)
            if known is not None:
                return known
            if isinstance(error, TimeoutError):
                raise DatabaseError(f"Neo4j has not answered within {_PATIENCE:g} s", hint="try again") from error
            raise
        self._remember(asked, began, links)
        return links

    def _earlier(self, asked: tuple[str, str | None]) -> Links | None:
        """Return what is remembered, without items that have expired, or that the API has hidden or deleted, since.

        After somebody was forgotten, nothing is. What was hidden by plain Cypher, only Neo4j knows.
        """
        packed = self._remembered.get(asked)
        if packed is None:
            return None
        began, links = msgspec.msgpack.decode(packed, type=tuple[float, Links])
        if self._withdrawn.all_since(began):
            return None
        now = time.time()
        rows = [
            (item, title, score, end)
            for item, title, score, end in links.rows
            if not ((end is not None and end <= now) or self._withdrawn.since(began, item))
        ]
        return replace(links, stale=True, rows=rows)

    def _remember(self, asked: tuple[str, str | None], began: float, links: Links) -> None:
        self._remembered.pop(asked, None)
        if links.user is None:
            return
        # As bytes: Python's collector would walk through the parts of ten thousand answers, for a tenth of a second.
        self._remembered[asked] = msgspec.msgpack.encode((began, links))
        while len(self._remembered) > self._settings.serve.remember:
            self._remembered.popitem(last=False)

    def _read(self, asked: Sequence[tuple[str, str | None]]) -> list[Links | Exception]:
        forms = [stored_forms(user, self._settings.graph.user) for user, _ in asked]
        (row,) = self._db.read(
            self._query, users=forms, runs=[run for _, run in asked], blocked=list(self._settings.recommend.blocked)
        )
        often = self._shown_often([user for user, *_ in row["users"] if user is not None])
        return [
            Links(user, run_id, bool(known), bool(blocks), [_row(*link) for link in links], often.get(user, ()))
            for user, run_id, known, blocks, links in row["users"]
        ]

    def _shown_often(self, users: Sequence[Any]) -> Mapping[Any, Collection[Any]]:
        serve = self._settings.serve
        if not serve.cool_down:
            return {}
        return shown_often(self._db, self._resolved(), users, serve.cool_down, serve.cool_down_days)

    def close(self) -> None:
        """End the thread that reads."""
        self._reads.close()


def _row(item: Any, title: str, score: float, expires: Any) -> tuple[Any, str, float, float | None]:
    return item, title, score, None if expires is None else expires_at(expires)
