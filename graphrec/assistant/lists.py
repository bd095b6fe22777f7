"""Lists of a conversation: for a person's taste, like an item, or by words; all with the conditions in force."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from graphrec.assistant.actions import Filter, WordsFilter
from graphrec.assistant.conditions import matching
from graphrec.assistant.dialogue import Dialogue, Wish
from graphrec.assistant.moments import moment
from graphrec.assistant.reply import Row
from graphrec.common.errors import EncoderError, GraphError, InputError, NotFoundError
from graphrec.config.contexts import zone_of
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.graph.situation import situation
from graphrec.serving.availability import Availability
from graphrec.serving.item_sets import ItemSets
from graphrec.serving.lookup import titles_like
from graphrec.serving.request import Request
from graphrec.serving.rules import blocked_items
from graphrec.serving.search import search
from graphrec.serving.similar_items import similar

if TYPE_CHECKING:
    from graphrec.serving.live_answers import LiveAnswers
    from graphrec.serving.recommend import Recommended

#: Neighbours of an item, or of words, from which those that fit the conditions are taken.
_NEAR = 200


class Listed(NamedTuple):
    """A list; ``without``: words that could not be taken into account."""

    rows: tuple[Row, ...]
    without: str = ""


class Lists:
    """Makes lists by the functions that serve everybody else.

    Parameters
    ----------
    db, settings
        The database and the project's settings.
    live
        Gives what scores all items for a user.
    run_of
        User → the published run that answers them; None: the active one.
    """

    def __init__(
        self, db: Database, settings: Settings, live: Callable[[], LiveAnswers], run_of: Callable[[Any], str | None]
    ) -> None:
        self._db, self._settings, self._live, self._run_of = db, settings, live, run_of

    def of(self, dialogue: Dialogue, wish: Wish, exclude: Sequence[Any] = (), seen: Sequence[Any] = ()) -> Listed:
        """Return a list for a wish.

        Parameters
        ----------
        exclude
            Items to leave out.
        seen
            Items that come after all others of this person's list.

        Raises
        ------
        NotFoundError
            No run is published, or its directory is not on this machine.
        DatabaseError
            Neo4j does not answer.
        """
        k = wish.k or self._settings.assistant.k
        if wish.basis is not None:
            return self._like(dialogue, wish, k, [*exclude, wish.basis.item])
        if wish.words:
            return self._search(dialogue, wish, k, exclude)
        return self._personal(dialogue, wish.filters, k, exclude, at=wish.at, seen=seen)

    def _personal(
        self,
        dialogue: Dialogue,
        filters: Sequence[Filter],
        k: int,
        exclude: Sequence[Any],
        like: Any = None,
        at: str = "",
        seen: Sequence[Any] = (),
    ) -> Listed:
        """Return what suits a person, at a time; ``like``: what suits somebody who likes that item alone."""
        schema = self._settings.graph
        when = moment(at, datetime.now(zone_of(schema.time_zone))) if at else None
        words = [one.words for one in filters if isinstance(one, WordsFilter)]
        where = matching(schema, filters)
        request = Request(
            where=() if where is None else (where,),
            likes=dialogue.liked if like is None else (like,),
            searches=words,
            exclude=[*exclude, *dialogue.avoided],
            step_back=seen,
            situation=situation(schema, when),
        )
        user = dialogue.user if like is None else None
        try:
            found = self._ask(user, k, request)
        except (EncoderError, GraphError, InputError):
            if not words:
                raise
            plain = [one for one in filters if not isinstance(one, WordsFilter)]
            return self._personal(dialogue, plain, k, exclude, like, at, seen)._replace(without=", ".join(words))
        return Listed(tuple(_row(row, row["source"]) for row in found.rows))

    def _ask(self, user: Any, k: int, request: Request) -> Recommended:
        live = self._live()
        if user is not None:
            # What somebody has just done, here or elsewhere, counts.
            known = replace(request, likes=(), now=True)
            found = live.ask(user, k, known, self._run_of(user)).result()
            if found is not None:
                return found
        return live.recommend(None, k, request)

    def _like(self, dialogue: Dialogue, wish: Wish, k: int, exclude: Sequence[Any]) -> Listed:
        assert wish.basis is not None
        try:
            available = Availability.of(self._settings, self._db)
            near = similar(self._db, self._settings.graph, wish.basis.item, _NEAR, available=available)
        except (NotFoundError, GraphError):
            near = []
        rows = self._fitting(dialogue, wish.filters, near, exclude)[:k]
        found = [_row(row, "similar") for row in rows]
        without = ", ".join(one.words for one in wish.filters if isinstance(one, WordsFilter))
        if len(found) < k:
            left_out = [*exclude, *(row.item for row in found)]
            more = self._personal(dialogue, wish.filters, k - len(found), left_out, wish.basis.item)
            found, without = [*found, *more.rows], more.without
        return Listed(_ranked(found), without)

    def _search(self, dialogue: Dialogue, wish: Wish, k: int, exclude: Sequence[Any]) -> Listed:
        words = " ".join([wish.words, *(one.words for one in wish.filters if isinstance(one, WordsFilter))])
        try:
            near = [row for row in search(self._db, self._settings, words, _NEAR) if row["score"] > 0]
        except (EncoderError, GraphError, InputError):  # no vectors, or words that say nothing to the encoder
            named = titles_like(self._db, self._settings.graph, words, _NEAR, Availability.of(self._settings, self._db))
            near = [{"item": item, "title": title, "score": 0.0} for item, title in named]
        rows = self._fitting(dialogue, wish.filters, near, exclude)[:k]
        return Listed(_ranked([_row(row, "search") for row in rows]))

    def _fitting(
        self, dialogue: Dialogue, filters: Sequence[Filter], rows: list[dict[str, Any]], exclude: Sequence[Any]
    ) -> list[dict[str, Any]]:
        """Return the rows that fit the conditions, and that this person has not blocked."""
        left_out = {*exclude, *dialogue.avoided}
        if dialogue.user is not None:
            schema, types = self._settings.graph, self._settings.recommend.blocked
            left_out |= set(blocked_items(self._db, schema, types, [dialogue.user]).get(dialogue.user, ()))
        where = matching(self._settings.graph, filters)
        fitting = (
            None if where is None else set(ItemSets(self._db, self._settings.graph).matching(where, dialogue.user))
        )
        return [row for row in rows if row["item"] not in left_out and (fitting is None or row["item"] in fitting)]


def _row(row: dict[str, Any], source: str) -> Row:
    return Row(row.get("rank", 0), row["item"], str(row["title"]), float(row["score"]), source)


def _ranked(rows: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(Row(rank, row.item, row.title, row.score, row.source) for rank, row in enumerate(rows, 1))
