"""Recommendations that the published links alone cannot give: filters, new behaviour, visitors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphrec.client.models import AnonymousRequest
from graphrec.common.errors import NotFoundError, nearest
from graphrec.config.ids import with_lists
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.serving.cypher_filter import Where

if TYPE_CHECKING:
    from graphrec.serving.recommend import Recommended


@dataclass(frozen=True)
class Wanted:
    """What a request asks for beyond the links: filters, items to leave out, a category, and behaviour since."""

    where: Sequence[Where] = ()
    exclude: Sequence[Any] = ()
    category: Any = None
    now: bool = False


class Answers:
    """Answers from all scores of the published run.

    Parameters
    ----------
    db, settings
        The database and the project's settings.
    filters
        Name → predicate.
    """

    def __init__(self, db: Database, settings: Settings, filters: dict[str, Where]) -> None:
        self._db, self._settings, self._filters = db, settings, filters

    def request(
        self, *, where: Sequence[str] = (), exclude: Sequence[Any] = (), category: Any = None, now: bool = False
    ) -> Wanted:
        """Return a request with its filters looked up.

        Raises
        ------
        NotFoundError
            A filter is not in ``[serve.filters]``.
        """
        for name in where:
            if name not in self._filters:
                raise NotFoundError(f"no filter {name!r} in [serve.filters]", hint=nearest(name, self._filters))
        return Wanted([self._filters[name] for name in where], exclude, category, now)

    def to_user(self, user: str, k: int, wanted: Wanted, explain: bool = False) -> dict[str, Any]:
        """Return recommendations to a user, as the API answers them."""
        from graphrec.serving.recommend import recommend

        where = wanted.where[0] if wanted.where else None
        (found,) = recommend(self._db, self._settings, [user], k, where=where, now=wanted.now, why=explain)
        return self.as_json(found)

    def to_visitor(self, body: AnonymousRequest) -> dict[str, Any]:
        """Return recommendations to an anonymous visitor, as the API answers them."""
        from graphrec.serving.recommend import recommend

        wanted = self.request(where=body.where, exclude=body.exclude, category=body.category)
        where = wanted.where[0] if wanted.where else None
        likes = [*body.likes, *(event.item_id for event in body.events)]
        (found,) = recommend(self._db, self._settings, None, body.k, where=where, likes=likes, searches=body.searches)
        return self.as_json(found)

    def as_json(self, found: Recommended) -> dict[str, Any]:
        """Return recommendations as the API answers them."""
        schema = self._settings.graph
        items = []
        for row in with_lists(found.rows, schema.user, schema.item):
            why = row.get("why")
            shown = {"rank": row["rank"], "item_id": row["item"], "title": row["title"], "score": row["score"]}
            shown |= {"source": row["source"]} | ({"interest": row["interest"]} if "interest" in row else {})
            items.append(shown | ({"why": [why]} if why else {}))
        user = with_lists([{"user": found.user}], schema.user, schema.item)[0]["user"]
        return {"user_id": user, "run_id": found.run_id, "stale": False, "reason": found.reason, "items": items}
