"""Query a graph in Neo4j: recommendations, similar items, search. torch is imported only if needed."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args

from graphrec.api.explainer import GraphExplainer
from graphrec.api.face import python_faces
from graphrec.api.journal import journaled_calls
from graphrec.common.errors import InputError, nearest
from graphrec.serving.similar_items import By

if TYPE_CHECKING:
    from pandas import DataFrame


@python_faces
@journaled_calls
class GraphReader(GraphExplainer):
    """An open graph for queries."""

    def recommend(
        self,
        users: Hashable | Iterable[Hashable] | None = None,
        k: int = 10,
        *,
        where: str | None = None,
        likes: Hashable | Iterable[Hashable] = (),
        searches: str | Sequence[str] = (),
        now: bool = False,
        at: str | float | datetime | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> DataFrame:
        """Return recommendations from the published run, with the rules of ``[recommend]``.

        Parameters
        ----------
        users
            One id or several; None with ``likes`` or ``searches``: an anonymous visitor.
        k
            Most items per user.
        where
            A Cypher predicate on an item ``i``, such as ``"i.year >= 1990"``. Where it matches nothing because of its
            types or values, a :class:`graphrec.GraphrecWarning` says so.
        likes
            Ids or titles of items that count as interactions.
        searches
            Texts; matching items count as interest.
        now
            Include users' interactions since the run was published.
        at
            The time that the lists are for, where the run has learned from contexts: ``"now"``, ``"18:30"`` (today),
            ISO 8601 text, epoch seconds or a datetime; without a zone in that of ``[graph] time_zone``.
        context
            The situation that the lists are for, such as ``{"presence": "alone"}``.

        Returns
        -------
        DataFrame
            ``user_id, item_id, rank, score, title, source``, best first. The score is the model's: higher
            is better, comparable among the items of one user and one run. ``source`` is ``model``, or ``content``,
            ``knowledge`` or ``popularity`` for users that the model cannot rank.

        Raises
        ------
        NotFoundError
            No run is published, or the user or item does not exist.
        InputError
            ``at`` is no time, or ``context`` names what no behaviour has.
        ConfigError
            ``where`` is not a valid predicate, or names a property, label or type that the graph does not have.
        """
        import pandas as pd

        from graphrec.api.ids import check_k, check_text, listed, with_tuples
        from graphrec.serving.recommend import recommend

        check_k(k)
        if where is not None:
            check_text("where", where)
        likes, texts = (
            listed(likes, self.settings.graph.item),
            [check_text("searches", text) for text in listed(searches)],
        )
        if users is None and (now or not (likes or texts)):
            raise InputError("no users to recommend to", hint="give users; or likes or searches, without now=True")
        asked = None if users is None else listed(users, self.settings.graph.user)
        found = recommend(
            self._db,
            self.settings,
            asked,
            k,
            where=where,
            likes=likes,
            searches=texts,
            now=now,
            at=at,
            context=context,
        )
        rows = [{"user_id": one.user, **row} for one in found for row in one.rows]
        frame = pd.DataFrame(rows, columns=["user_id", "item", "rank", "score", "title", "source"])
        return with_tuples(frame.rename(columns={"item": "item_id"}), self.settings.graph)

    def similar_items(self, items: Hashable | Iterable[Hashable], k: int = 10, *, by: By = "embedding") -> DataFrame:
        """Return the items most similar to given items.

        Parameters
        ----------
        items
            Ids or titles, one or several.
        k
            Most similar items per item.
        by
            ``embedding``: similarity by users' behaviour, from the published run; others: by content.

        Returns
        -------
        DataFrame
            ``item_id, similar_item_id, rank, score, title``; the score is a cosine.

        Raises
        ------
        NotFoundError
            No run is published, the item does not exist, or it has no such vector.
        """
        import pandas as pd

        from graphrec.api.ids import check_k, listed, with_tuples
        from graphrec.serving.availability import Availability
        from graphrec.serving.lookup import find_item
        from graphrec.serving.similar_items import similar

        check_k(k)
        if by not in get_args(By):
            raise InputError(f"by={by!r}", hint=nearest(str(by), get_args(By)))
        rows: list[dict[str, Any]] = []
        for item in listed(items, self.settings.graph.item):
            key, _ = find_item(self._db, self.settings.graph, item)
            found = similar(self._db, self.settings.graph, key, k, by, Availability.of(self.settings, self._db))
            rows += [{"item_id": key, "rank": rank, **row} for rank, row in enumerate(found, start=1)]
        frame = pd.DataFrame(rows, columns=["item_id", "item", "rank", "score", "title"])
        return with_tuples(frame.rename(columns={"item": "similar_item_id"}), self.settings.graph)

    def search(
        self,
        text: str,
        k: int = 10,
        *,
        user: Hashable | None = None,
        at: str | float | datetime | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> DataFrame:
        """Return the items with content nearest to a text, or those among them that suit a user.

        Parameters
        ----------
        text
            Words.
        k
            Most items.
        user
            Rank what is clearly near by this user's interest.
        at, context
            The time and the circumstances, for a user: as in :meth:`recommend`.

        Returns
        -------
        DataFrame
            ``rank, item_id, title, score``; the score is a cosine, from -1 to 1. For a user the score is
            the model's, and the cosine is in ``match``.

        Raises
        ------
        GraphError
            The items are not embedded yet.
        EncoderError
            The encoder of their vectors cannot be loaded, or cannot encode texts.
        NotFoundError
            There is no such user; or for a user, no run is published, or its directory is not here.
        """
        import pandas as pd

        from graphrec.api.ids import check_k, check_text, with_tuples
        from graphrec.serving.personal_search import search_for
        from graphrec.serving.search import search

        check_k(k)
        check_text("text", text)
        if not text.strip():
            raise InputError("the text to search for is empty", hint="describe what to look for")
        columns = ["rank", "item", "title", "score"]
        if user is None:
            rows = search(self._db, self.settings, text, k)
        else:
            found = search_for(self._db, self.settings, user, text, k, at=at, context=context)
            rows, columns = found.rows, [*columns, "match"]
        frame = pd.DataFrame(rows, columns=columns).rename(columns={"item": "item_id"})
        return with_tuples(frame, self.settings.graph)
