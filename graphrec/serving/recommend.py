"""Ask Neo4j what is recommended to a user and what resembles an item: arrays stay out, so this starts at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphrec.common.console import warn
from graphrec.common.errors import ConfigError
from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.runs.store import published_run
from graphrec.serving.user_status import UserStatus, find_user

if TYPE_CHECKING:
    from graphrec.config.settings import Settings
    from graphrec.serving.cypher_filter import Where
    from graphrec.serving.live import LiveRecommender, Scored
    from graphrec.serving.rerank import Ints, Shown


#: Times the length of a list that is looked at where interests take turns and rules leave some out.
_DEEP = 5


def recommend(db: Database, schema: GraphSchema, user: str, k: int = 10) -> list[dict[str, Any]]:
    """Return what the published run recommends to a user, best first.

    All rows are of one run, also while another is being published.

    Parameters
    ----------
    user
        Id of the user, as typed.
    k
        At most so many.

    Returns
    -------
    list of dict
        ``rank, item, title, score, source, runId``; empty where the user has done everything already.

    Raises
    ------
    NotFoundError
        See :func:`find_user`.
    """
    key, _ = find_user(db, schema, user)
    return links(db, schema, key, k)


def links(db: Database, schema: GraphSchema, user: Any, k: int) -> list[dict[str, Any]]:
    """Return what :func:`recommend` does, for the id of a user as it is stored."""
    rows = db.read(queries.load("query/recommend", schema), user=user, k=k)
    return [{**row.data(), "source": "model"} for row in rows]


@dataclass(frozen=True)
class Request:
    """What is asked for beside the user's published links.

    Attributes
    ----------
    where
        A filter.
    likes
        Ids of items that count as done, as they are stored.
    searches
        Texts that are looked for.
    now
        Whether what the user has done since the run was published counts too.
    """

    where: Where | None = None
    likes: Sequence[Any] = ()
    searches: Sequence[str] = ()
    now: bool = False

    def __bool__(self) -> bool:
        return self.where is not None or bool(self.likes or self.searches) or self.now


def rerank(
    db: Database, settings: Settings, found: UserStatus, k: int, request: Request | None = None
) -> tuple[list[dict[str, Any]], str]:
    """Return the best items under a filter and the rules of ``[recommend]``, exactly, and why they are less than ``k``.

    All items are ranked by the published run, whose directory has to be on this machine; the links are not read. A user
    whom the run does not know, or of whom more is told, is folded in (:mod:`graphrec.serving.live`).

    Returns
    -------
    rows, reason
        As :func:`recommend` has them, with what boosts add in the score; and a sentence.

    Raises
    ------
    NotFoundError
        The run's directory is not here.
    ConfigError
        A predicate is not one.
    """
    import numpy as np

    from graphrec.serving.live import LiveRecommender
    from graphrec.serving.rerank import Shown, best
    from graphrec.serving.rules import read_rules

    request = request or Request()
    run = published_run(settings, found.run_id)
    recommender = LiveRecommender(run)
    asked = _scores(db, settings, recommender, found, request)
    rules = read_rules(db, settings.graph, settings.recommend, found.user, run.items, asked.done, request.where)
    most = settings.recommend.max_per_entity
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
    if settings.recommend.interests > 1 and settings.recommend.boost:
        raise ConfigError(
            "[recommend] interests and boost: a boost has no place where interests take turns", hint="keep one of them"
        )
    if settings.recommend.interests > 1 and any(asked.interactions):
        # Places go by turns: what stands further down may score higher.
        listed = recommender.multi_interest_list(asked, _DEEP * k, settings.recommend.interests, rules.allowed)
        order, allowed = np.full_like(scores, -np.inf), np.zeros_like(rules.allowed)
        places = listed.items.numpy()
        order[places], allowed[places] = -np.arange(len(places)), True
        scores[places] = listed.scores.numpy()
        interest = dict(zip(places.tolist(), listed.interest.tolist(), strict=True))
    rows = [
        {"rank": rank, "item": shown.item, "title": shown.title, "score": float(scores[place])}
        | {"runId": found.run_id, "source": asked.sources[place]}
        | ({"interest": interest[place] + 1} if interest else {})
        for rank, (place, shown) in enumerate(best(order, allowed, k, look, most), 1)
    ]
    return rows, rules.reason(len(rows))


def _scores(
    db: Database, settings: Settings, recommender: LiveRecommender, found: UserStatus, request: Request
) -> Scored:
    """Return the scores of all items: those of the run, or folded in now."""
    from graphrec.graph.history import read_history
    from graphrec.serving.live import Scored, liked, score_history
    from graphrec.serving.rerank import scores_of

    run = recommender.run
    if found.known and not (request.likes or request.searches or request.now or settings.recommend.interests > 1):
        scores, done = scores_of(run, found.user)
        return Scored(scores, done, ["model"] * len(scores))
    history = [] if found.user is None else read_history(db, run.schema, [found.user])[found.user]
    strange = [item for item in request.likes if item not in run.item_positions]
    if strange:
        warn(f"not in run {run.run_id}, and so without weight beside others: {', '.join(map(repr, strange))}")
    return score_history(db, settings, recommender, [*history, *liked(run, request.likes, history)], request.searches)
