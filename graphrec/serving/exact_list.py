"""Exact recommendation lists from the scores of all items, with a filter, the rules of ``[recommend]`` and blocks.

All items are ranked by the published run, whose directory must be on this machine; the published links are not read.
Users who are not in the run, or who have extra interactions, are folded in (:mod:`graphrec.serving.live`). Blocks and
histories of all users are read in one query each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from graphrec.common.console import warn
from graphrec.common.errors import ConfigError
from graphrec.db import queries
from graphrec.graph.history import Interaction, read_history
from graphrec.runs.store import published_run
from graphrec.serving.live import LiveRecommender, Scored, liked, score_history, searched_items
from graphrec.serving.rerank import Shown, best, scores_of
from graphrec.serving.rules import Rules, blocked_items, read_rules

if TYPE_CHECKING:
    from graphrec.config.settings import Settings
    from graphrec.db.database import Database
    from graphrec.serving.request import Request
    from graphrec.serving.rerank import Ints
    from graphrec.serving.user_status import UserStatus

#: Candidates looked at, as a multiple of the list length, where interests take turns and rules leave some out.
_DEEP = 5


def exact_lists(
    db: Database, settings: Settings, found: Sequence[UserStatus], k: int, request: Request
) -> Iterator[tuple[list[dict[str, Any]], str]]:
    """Yield each user's best items, and why they may be fewer than ``k``.

    Parameters
    ----------
    db, settings
        As in :func:`graphrec.serving.recommend.recommend`.
    found
        The users; one or more.
    k
        Maximum length of a list.
    request
        Filter and additional interactions.

    Yields
    ------
    rows, reason
        See :class:`graphrec.serving.recommend.Recommended`; scores include boosts.

    Raises
    ------
    NotFoundError
        The run's directory is not on this machine.
    ConfigError
        A predicate is invalid, or rules exclude each other.
    """
    if settings.recommend.interests > 1 and settings.recommend.boost:
        raise ConfigError(
            "[recommend] interests and boost: a boost has no place where interests take turns", hint="keep one of them"
        )
    run = published_run(settings, found[0].run_id)
    recommender, users = LiveRecommender(run), [one.user for one in found if one.user is not None]
    blocked = blocked_items(db, settings.graph, settings.recommend.blocked, users)
    for one, scores in zip(found, _scores(db, settings, recommender, found, request), strict=True):
        done = np.union1d(scores.done, np.array(run.themselves(one.user), np.int64))
        rules = read_rules(
            db, settings.graph, settings.recommend, one.user, run.item_positions, done, blocked, request.where
        )
        rows = _best(db, settings, recommender, scores, rules, k, one.run_id)
        yield rows, rules.reason(len(rows))


def _scores(
    db: Database, settings: Settings, recommender: LiveRecommender, found: Sequence[UserStatus], request: Request
) -> Iterator[Scored]:
    """Yield the scores of all items for each user: stored in the run, or folded in now."""
    run = recommender.run
    more = bool(request.likes or request.searches or request.now or settings.recommend.interests > 1)
    folded = [one.user for one in found if (more or not one.known) and one.user is not None]
    history = read_history(db, run.schema, folded) if folded else {}
    strange = [item for item in request.likes if item not in run.item_positions]
    if strange:
        warn(f"not in run {run.run_id}, so they count only if nothing else is known: {', '.join(map(repr, strange))}")
    sought = searched_items(db, settings, run, request.searches)
    for one in found:
        acts: list[Interaction] = history.get(one.user, [])
        if one.known and not (acts or request.likes or sought):
            scores, done = scores_of(run, one.user)
            # Who has done nothing, then or since, gets the run's own scores: the answer of the links.
            if not more or not len(done):
                yield Scored(scores, done, ["model"] * len(scores))
                continue
        yield score_history(db, recommender, [*acts, *liked(run, request.likes, acts)], sought)


def _best(
    db: Database, settings: Settings, recommender: LiveRecommender, asked: Scored, rules: Rules, k: int, run_id: str
) -> list[dict[str, Any]]:
    """Return the rows of one user's list."""
    run, most = recommender.run, settings.recommend.max_per_entity
    query = queries.load("query/shown", settings.graph)

    def look(places: Ints) -> list[Shown | None]:
        keys = [run.items[place] for place in places.tolist()]
        there = {row["item"]: row for row in db.read(query, items=keys, types=list(most))}
        return [
            Shown(key, row["title"], [(kind, entity) for kind, entity in row["ties"]])
            if (row := there.get(key))
            else None
            for key in keys
        ]

    scores = rules.scores(asked.scores)
    order, allowed, interest = scores, rules.allowed, {}
    if settings.recommend.interests > 1 and any(asked.interactions):
        # Interests take turns, so an item further down may have a higher score.
        listed = recommender.multi_interest_list(asked, _DEEP * k, settings.recommend.interests, rules.allowed)
        order, allowed = np.full_like(scores, -np.inf), np.zeros_like(rules.allowed)
        places = listed.items.numpy()
        order[places], allowed[places] = -np.arange(len(places)), True
        scores[places] = listed.scores.numpy()
        interest = dict(zip(places.tolist(), listed.interest.tolist(), strict=True))
    return [
        {"rank": rank, "item": shown.item, "title": shown.title, "score": float(scores[place])}
        | {"runId": run_id, "source": asked.sources[place]}
        | ({"interest": interest[place] + 1} if interest else {})
        for rank, (place, shown) in enumerate(best(order, allowed, k, look, most), 1)
    ]
