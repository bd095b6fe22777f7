"""Query a graph in Neo4j: recommendations, similar items, search, explanations. torch is imported only if needed."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, get_args

from graphrec.api.face import python_faces
from graphrec.common.errors import DatabaseError, InputError, nearest
from graphrec.config.copy_settings import Kind, Lang, Tone
from graphrec.config.ids import with_lists_within
from graphrec.config.settings import Settings
from graphrec.serving.similar_items import By

if TYPE_CHECKING:
    from pandas import DataFrame

    from graphrec.db.database import Database
    from graphrec.explanation.explanation import Explanation
    from graphrec.presentation.explanation_html import PicturedExplanation


@python_faces
class GraphReader:
    """An open graph for queries.

    Parameters
    ----------
    settings
        Settings of the connection and the mapping.
    given
        Names of the arguments that were given to ``connect``, for messages.
    """

    def __init__(self, settings: Settings, given: frozenset[str] = frozenset()) -> None:
        from graphrec.db.local import has_database, require_names

        self.settings = settings
        self._given = given
        self._closed = False
        self._opened: Database | None = None
        require_names(settings)
        if has_database(settings):  # otherwise load() creates it
            self._open()

    def _open(self, *, create: bool = False) -> Database:
        from graphrec.db.database import connect as open_database

        if self._closed:
            raise DatabaseError("this connection is closed", hint="call graphrec.connect() again")
        if self._opened is None:
            self._opened = open_database(self.settings, create=create)
        return self._opened

    @property
    def _db(self) -> Database:
        return self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; a local server keeps running (``graphrec db stop`` stops it)."""
        self._closed = True
        self._disconnect()

    def _disconnect(self) -> None:
        """Close the connection; the next call opens it again."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    @property
    def database(self) -> Database:
        """The open database, for queries of your own.

        Raises
        ------
        DatabaseError
            The project has no database yet; :meth:`load` creates it.
        """
        return self._db

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

    def explain(
        self,
        user: Hashable,
        item: Hashable,
        k: int = 5,
        *,
        at: str | float | datetime | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> DataFrame:
        """Return the paths that carry the score of an item for a user, as sentences with their shares of it.

        Parameters
        ----------
        user
            An id.
        item
            An id or a title.
        k
            Most reasons of each kind.
        at, context
            The time and the situation that the score is for, as for :meth:`recommend`.

        Returns
        -------
        DataFrame
            ``kind, sentence, share, count, name, via, exists``, the largest share first. ``exists``: whether every edge
            of the path is in the database now. :meth:`explanation` has the rest of the score.

        Raises
        ------
        NotFoundError
            No run is published, its directory is not here, or the user or item does not exist or is not in it.
        InputError
            The run is damaged, or of an early release.
        """
        import pandas as pd

        from graphrec.api.ids import with_tuple

        rows = [
            {
                "kind": reason.kind,
                "sentence": reason.sentence(),
                "share": reason.share,
                "count": reason.count,
                "name": reason.name,
                "via": [with_tuple(via.item, self.settings.graph.item) for via in reason.via],
                "exists": reason.exists,
            }
            for reason in self._explained(user, item, k, at, context).reasons
        ]
        return pd.DataFrame(rows, columns=["kind", "sentence", "share", "count", "name", "via", "exists"])

    def explanation(
        self,
        user: Hashable,
        item: Hashable,
        k: int = 5,
        *,
        at: str | float | datetime | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> PicturedExplanation:
        """Return what the score of an item for a user is made of, with titles and paths as the graph has them now.

        A notebook shows it as a picture, with the items' images that are on this machine.

        Parameters
        ----------
        user, item, k, at, context
            As for :meth:`explain`.

        Raises
        ------
        NotFoundError, InputError
            As :meth:`explain`.
        """
        from graphrec.presentation.explanation_html import PicturedExplanation, pictured
        from graphrec.presentation.recommendation_page import posters

        found = self._explained(user, item, k, at, context)
        images = posters(self._db, self.settings.graph, pictured(found), self.settings.media_folders)
        return PicturedExplanation.of(found, images)

    def _explained(
        self, user: Hashable, item: Hashable, k: int, at: Any, context: Mapping[str, Any] | None
    ) -> Explanation:
        from graphrec.api.ids import check_k
        from graphrec.graph.situation import situation
        from graphrec.serving.explain_score import explain_score

        check_k(k)
        return explain_score(self._db, self.settings, user, item, k, situation(self.settings.graph, at, context))

    def write(
        self,
        user: Hashable | None,
        item: Hashable,
        *,
        kind: Kind | None = None,
        lang: Lang | None = None,
        tone: Tone | None = None,
        segment: str | None = None,
    ) -> dict[str, Any]:
        """Return a text about an item for a user, from facts of the graph, with the verdict on every sentence.

        Parameters
        ----------
        user
            An id; None: for everybody, from facts about the item alone.
        item
            An id or a title.
        kind, lang, tone
            ``blurb``, ``email``, ``push`` or ``article``; ``en`` or ``zh``; ``neutral``, ``warm``, ``playful`` or
            ``formal``; by default as ``segment``, or ``[copy]``, says.
        segment
            A name of ``[copy.segments]``.

        Returns
        -------
        dict
            ``text``; ``how``: ``template``, or ``model NAME``; ``why`` a template took the model's place; ``share`` of
            the sentences that are supported; ``sentences`` with the verdict on each; ``facts`` that the text states,
            with the element ids of their nodes and relationships; and ``user, item, title, kind, lang, tone, segment,
            run_id``.

        Raises
        ------
        NotFoundError
            No run is published, its directory is not here, or there is no such user, item or segment.
        EncoderError, ConfigError
            A model that the settings name cannot be opened.
        """
        from graphrec.copywriting.write import write_copy

        found = write_copy(self._db, self.settings, user, item, kind=kind, lang=lang, tone=tone, segment=segment)
        return dict(with_lists_within(found.to_dict(), self.settings.graph.user, self.settings.graph.item))

    def what_if(self, user: Hashable, item: Hashable, k: int = 10) -> dict[str, Any]:
        """Return what an item's place in a user's list depends on: see :meth:`graphrec.Model.what_if`.

        Parameters
        ----------
        user, item
            As for :meth:`explain`.
        k
            Length of the list.

        Raises
        ------
        NotFoundError
            As :meth:`explain`.
        InputError
            The user has done or dislikes the item.
        """
        from graphrec.api.ids import check_k
        from graphrec.serving.explain_score import what_if_score

        check_k(k)
        found = what_if_score(self._db, self.settings, user, item, k)[0].to_dict()
        return dict(with_lists_within(found, self.settings.graph.user, self.settings.graph.item))

    def evidence(self, user: Hashable, item: Hashable, k: int = 5) -> DataFrame:
        """Return what connects a user with an item in the graph, whatever the model makes of it.

        Parameters
        ----------
        user
            An id.
        item
            An id or a title.
        k
            Most reasons of each kind.

        Returns
        -------
        DataFrame
            ``kind, sentence, score, count, total, entity, via``: the most specific reason of each kind first.

        Raises
        ------
        NotFoundError
            No run is published, or the user or item does not exist.
        """
        import pandas as pd

        from graphrec.api.ids import check_k
        from graphrec.serving.explain import explain
        from graphrec.serving.lookup import find_item
        from graphrec.serving.user_status import find_user

        check_k(k)
        key, _ = find_user(self._db, self.settings.graph, user)
        found, _ = find_item(self._db, self.settings.graph, item)
        reasons = [reason.to_dict() for reason in explain(self._db, self.settings.graph, key, found, k)]
        return pd.DataFrame(reasons, columns=["kind", "sentence", "score", "count", "total", "entity", "via"])
