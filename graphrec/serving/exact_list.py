"""Exact recommendation lists from the scores of all items, with filters, the rules of ``[recommend]`` and blocks.

All items are ranked by the published run, whose directory must be on this machine; the published links are not read.
Users who are not in the run, or who have extra interactions, are folded in (:mod:`graphrec.serving.live`). Requests are
answered together: histories, blocks, and the titles of all candidates are read by one query each, and all users are
folded in at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from graphrec.common.console import warn
from graphrec.common.errors import ConfigError
from graphrec.graph.history import Interaction, read_history
from graphrec.publishing.shown_scores import RELATIVE, by_best
from graphrec.runs.store import published_run
from graphrec.serving import availability
from graphrec.serving.availability import Availability
from graphrec.serving.in_context import with_context
from graphrec.serving.item_sets import ItemSets
from graphrec.serving.live import LiveRecommender, Scored, liked, score_histories, searched_items
from graphrec.serving.rerank import Shown, best, best_first, scores_of
from graphrec.serving.rules import Rules, blocked_items, read_boosts, read_rules
from graphrec.serving.session import session_history

if TYPE_CHECKING:
    from graphrec.config.settings import Settings
    from graphrec.db.database import Database
    from graphrec.runs.run import Run
    from graphrec.serving.request import Request
    from graphrec.serving.rerank import Ints
    from graphrec.serving.user_status import UserStatus

#: Candidates looked at, as a multiple of the list length, where interests take turns and rules leave some out.
_DEEP = 5
#: Candidates looked up at first: more than the list length, in case some may not be shown; and with limits per entity.
_SPARE, _LIMITED = 6, 64


class Asked(NamedTuple):
    """One request: the user's status, the most items, and what is asked for beyond the published links."""

    status: UserStatus
    k: int
    request: Request


#: The rows of a list, and why they may be fewer than requested.
Answer = tuple[list[dict[str, Any]], str]


class ExactLists:
    """Answers requests from one run; opened once, it answers in milliseconds.

    Parameters
    ----------
    db, settings
        As in :func:`graphrec.serving.recommend.recommend`.
    run_id
        The published name of the run.
    run
        The run; None: the one of that name on this machine.

    Raises
    ------
    NotFoundError
        The run's directory is not on this machine.
    ConfigError
        A boost is invalid, or rules exclude each other.
    """

    def __init__(self, db: Database, settings: Settings, run_id: str, run: Run | None = None) -> None:
        rules = settings.recommend
        if rules.interests > 1 and rules.boost:
            raise ConfigError(
                "[recommend] interests and boost: a boost has no place where interests take turns",
                hint="keep one of them",
            )
        self.run_id, self.run = run_id, run or published_run(settings, run_id)
        self._db, self._settings = db, settings
        self._recommender = LiveRecommender(self.run)
        self._boosts = read_boosts(db, settings.graph, rules)
        self._shown = availability.load("query/shown", settings.graph, Availability.of(settings, db))

    def answer(self, asked: Sequence[Asked]) -> list[Answer]:
        """Return the best items for each request, scores including boosts.

        Raises
        ------
        ConfigError
            A predicate is invalid.
        InputError
            An event has a type that the run does not have.
        NotFoundError
            A category does not exist.
        """
        run, rules = self.run, self._settings.recommend
        sets = ItemSets(self._db, self._settings.graph)
        blocking = [one.status.user for one in asked if one.status.blocks]
        blocked = blocked_items(self._db, self._settings.graph, rules.blocked, blocking)
        lists = []
        for one, scored in zip(asked, self._scores(asked), strict=True):
            user = one.status.user
            done = np.union1d(scored.done, np.array(run.themselves(user), np.int64))
            mine = blocked.get(user, ())
            seen = done[:0] if rules.seen or one.request.found else done
            allowed = read_rules(sets, one.request, user, run.item_positions, seen, mine, self._boosts)
            now = with_context(self._db, run, one.status, one.request.situation, scored)
            lists.append(_List(self._recommender, one.k, now, allowed, rules.max_per_entity, rules.interests))
        titles = self._titles([place for one in lists for place in one.first.tolist()])
        return [self._rows(one, titles) for one in lists]

    def _scores(self, asked: Sequence[Asked]) -> list[Scored]:
        """Return the scores of all items for each request: stored in the run, or folded in now."""
        run = self.run
        always = self._settings.recommend.interests > 1
        folds = [always or one.request.folds or not one.status.known for one in asked]
        users = dict.fromkeys(
            one.status.user for one, fold in zip(asked, folds, strict=True) if fold and one.status.user is not None
        )
        histories = read_history(self._db, run.schema, list(users)) if users else {}
        found: list[Scored | None] = []
        waiting: list[tuple[list[Interaction], list[Interaction]]] = []
        for one, fold in zip(asked, folds, strict=True):
            acts = [*(histories.get(one.status.user, ()) if fold else ()), *session_history(run, one.request.events)]
            self._report_strange(one.request.likes)
            sought = searched_items(self._db, self._settings, run, one.request.searches)
            if one.status.known and not (acts or one.request.likes or sought):
                scores, done = scores_of(run, one.status.user)
                # Who has done nothing, then or since, gets the run's own scores: the answer of the links.
                if not fold or not len(done):
                    found.append(Scored(scores, done, ["model"] * len(scores)))
                    continue
            found.append(None)
            waiting.append(([*acts, *liked(run, one.request.likes, acts)], sought))
        if not waiting:
            return [one for one in found if one is not None]
        folded = iter(score_histories(self._db, self._recommender, *map(list, zip(*waiting, strict=True))))
        return [one if one is not None else next(folded) for one in found]

    def _report_strange(self, likes: Sequence[Any]) -> None:
        run = self.run
        strange = [item for item in likes if item not in run.item_positions]
        if strange:
            warn(
                f"not in run {run.run_id}, so they count only if nothing else is known: {', '.join(map(repr, strange))}"
            )

    def _titles(self, places: Sequence[int]) -> dict[int, Shown | None]:
        """Return what to show of items by their index; None for one that may not be shown or no longer exists."""
        items, wanted = self.run.items, list(dict.fromkeys(places))
        found = dict[int, Shown | None].fromkeys(wanted)
        if not wanted:
            return found
        at = {items[place]: place for place in wanted}
        rows = self._db.read(self._shown, items=list(at), types=list(self._settings.recommend.max_per_entity))
        for key, title, ties in rows[0]["shown"]:
            found[at[key]] = Shown(key, title, [(kind, entity) for kind, entity in ties])
        return found

    def _rows(self, one: _List, titles: dict[int, Shown | None]) -> Answer:
        """Return the rows of one list; ``titles`` has those of the first candidates, and gets further ones."""

        def look(places: Ints) -> list[Shown | None]:
            wanted = places.tolist()
            missing = [place for place in wanted if place not in titles]
            titles.update(self._titles(missing))
            return [titles[place] for place in wanted]

        most = self._settings.recommend.max_per_entity
        chosen = best(chain([one.first], one.others), one.k, look, most)
        scores = one.scores[[place for place, _ in chosen]]
        if self._settings.publish.scores == RELATIVE and len(scores):
            scores = by_best(scores)
        rows = [
            {"rank": rank, "item": shown.item, "title": shown.title, "score": float(scores[rank - 1])}
            | {"runId": self.run_id, "source": one.scored.sources[place]}
            | ({"interest": one.interest[place] + 1} if one.interest else {})
            for rank, (place, shown) in enumerate(chosen, 1)
        ]
        return rows, one.rules.reason(len(rows))


class _List:
    """One list before titles are known: ``first`` has the best candidates, ``others`` yields further ones."""

    def __init__(
        self,
        recommender: LiveRecommender,
        k: int,
        scored: Scored,
        rules: Rules,
        most: dict[str, int],
        interests: int,
    ) -> None:
        self.k, self.scored, self.rules = k, scored, rules
        self.scores = rules.scores(scored.scores)
        self.interest: dict[int, int] = {}
        order, allowed = self.scores, rules.allowed
        if interests > 1 and any(scored.interactions):
            # Interests take turns, so an item further down may have a higher score.
            listed = recommender.multi_interest_list(scored, _DEEP * k, interests, rules.allowed)
            order, allowed = np.full_like(order, -np.inf), np.zeros_like(allowed)
            places = listed.items.numpy()
            order[places], allowed[places] = -np.arange(len(places)), True
            self.scores[places] = listed.scores.numpy()
            self.interest = dict(zip(places.tolist(), listed.interest.tolist(), strict=True))
        size = max(k, _LIMITED) if most else k + _SPARE
        self.others = best_first(order, allowed, size, rules.last)
        self.first: Ints = next(self.others, np.zeros(0, np.int64))
