"""Recommendations that the published links alone cannot give: filters, new behaviour, visitors."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from graphrec.client.models import AnonymousRequest
from graphrec.client.models_page import Preview
from graphrec.common.errors import GraphrecError
from graphrec.config.ids import with_lists
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.graph.situation import situation
from graphrec.service.threads import in_thread
from graphrec.serving.lookup import user_missing
from graphrec.serving.named_filters import NamedFilters
from graphrec.serving.request import Event, Request

if TYPE_CHECKING:
    from graphrec.serving.live_answers import LiveAnswers
    from graphrec.serving.recommend import Recommended


class Dislike(NamedTuple):
    """The behaviour by which users say that they dislike an item; ``strength``: null where it needs none."""

    kind: str
    strength: float | None


class Answers:
    """Answers from all scores of the published run.

    Parameters
    ----------
    db, settings
        The database and the project's settings.
    filters
        Those of ``[serve.filters]``.
    """

    def __init__(self, db: Database, settings: Settings, filters: NamedFilters) -> None:
        self._db, self._settings, self._filters = db, settings, filters
        self._live: LiveAnswers | None = None
        self._lock = threading.Lock()

    def request(
        self,
        *,
        where: Sequence[str] = (),
        context: Mapping[str, Any] | None = None,
        exclude: Sequence[Any] = (),
        category: Any = None,
        now: bool = False,
        at: str | None = None,
    ) -> Request:
        """Return a request with its filters looked up.

        The context holds the parameters of the filters, and what the mapping calls the context of behaviours; a name
        may be both.

        Raises
        ------
        InputError
            A filter is not in ``[serve.filters]``, its parameters are not those of the context, or ``at`` is no time.
        """
        given, schema = context or {}, self._settings.graph
        parameters = self._filters.asked(where)
        wish = {name: value for name, value in given.items() if name in schema.context_names}
        values = {name: value for name, value in given.items() if name in parameters or name not in wish}
        picked = self._filters.pick(where, values)
        return Request(picked, now=now, exclude=exclude, category=category, situation=situation(schema, at, wish))

    async def to_user(
        self, user: str, k: int, request: Request, explain: bool = False, run_id: str | None = None
    ) -> dict[str, Any]:
        """Return recommendations to a user from a published run, by default the active one, as the API answers them."""
        serve = self._settings.serve
        if request or self._settings.recommend.beyond_links or serve.cool_down or serve.experiment:
            found = await self._by_scores(user, k, request, run_id)
        else:
            found = await in_thread(self._by_links, user, k)
        return await in_thread(self._explained, found) if explain else self._answer(found)

    async def to_visitor(self, body: AnonymousRequest) -> dict[str, Any]:
        """Return recommendations to an anonymous visitor, as the API answers them."""
        return self._answer(await self._by_scores(None, body.k, self._given(body)))

    async def to_user_after(
        self, user: str, body: Preview, dislike: Dislike | None, run_id: str | None = None
    ) -> dict[str, Any]:
        """Return what a user would be recommended after further behaviour, none of which is stored.

        A disliked item is left out; it lowers others where ``dislike`` names a behaviour that says so.
        """
        request = self._given(body)
        if dislike is not None:
            events = [Event(dislike.kind, item, strength=dislike.strength) for item in body.dislikes]
            request = replace(request, events=[*request.events, *events])
        request = replace(request, exclude=[*request.exclude, *body.dislikes])
        return self._answer(await self._by_scores(user, body.k, request, run_id))

    async def searched(
        self, user: str, text: str, k: int, by: str | None, request: Request, run_id: str | None = None
    ) -> dict[str, Any]:
        """Return what words find, ranked for a user."""
        from graphrec.serving.personal_search import NOTHING, found_by, with_matches

        found = await in_thread(found_by, self._db, self._settings, text, by)
        ranked = await self._by_scores(user, k, replace(request, found=found), run_id)
        if not found:
            ranked = replace(ranked, rows=[], reason=NOTHING)
        return self._answer(with_matches(ranked, found))

    def _given(self, body: AnonymousRequest) -> Request:
        request = self.request(
            where=body.where, context=body.context, exclude=body.exclude, category=body.category, at=body.at
        )
        events = [
            Event(one.type, one.item_id, None if one.at is None else int(one.at.timestamp()), one.value)
            for one in body.events
        ]
        return replace(request, likes=body.likes, searches=body.searches, events=events)

    def preload(self) -> None:
        """Open the active run in the background; what is wrong with it is said to the first request that needs it."""

        def work() -> None:
            with suppress(GraphrecError):
                self.live().open()

        threading.Thread(target=work, name="preload", daemon=True).start()

    def close(self) -> None:
        """End the thread that answers."""
        if self._live is not None:
            self._live.close()

    async def _by_scores(self, user: str | None, k: int, request: Request, run_id: str | None = None) -> Recommended:
        live = await in_thread(self.live) if self._live is None else self._live
        found = await asyncio.wrap_future(live.ask(user, k, request, run_id))
        if found is None:
            raise await in_thread(user_missing, self._db, self._settings.graph, str(user))
        return found

    def live(self) -> LiveAnswers:
        """Return what scores all items; PyTorch is imported at the first request that needs it."""
        from graphrec.serving.live_answers import LiveAnswers

        with self._lock:
            if self._live is None:
                self._live = LiveAnswers(self._db, self._settings)
            return self._live

    def _by_links(self, user: str, k: int) -> Recommended:
        """Return the links of a user, filled up by all scores where too few may be shown."""
        from graphrec.serving.recommend import recommend

        (found,) = recommend(self._db, self._settings, [user], k)
        return found

    def _explained(self, found: Recommended) -> dict[str, Any]:
        from graphrec.serving.row_reasons import add_reasons

        none = add_reasons(self._db, self._settings, found)
        return self._answer(found) | ({"reason": found.reason or none} if none else {})

    def _answer(self, found: Recommended) -> dict[str, Any]:
        schema = self._settings.graph
        items = []
        for row in with_lists(found.rows, schema.user, schema.item):
            why = row.get("why")
            shown = {"rank": row["rank"], "item_id": row["item"], "title": row["title"], "score": row["score"]}
            shown |= {"source": row["source"]} | {name: row[name] for name in ("interest", "match") if name in row}
            items.append(shown | ({} if why is None else {"why": why}))
        user = with_lists([{"user": found.user}], schema.user, schema.item)[0]["user"]
        return {"user_id": user, "run_id": found.run_id, "stale": False, "reason": found.reason, "items": items}
