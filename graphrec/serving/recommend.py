"""Recommend items to users: the single entry point for links, rules and blocks.

The command line and Python get the same answer. Users whom the published links serve fully are answered from these, all
in one query. Filters, rules of ``[recommend]``, blocks, and interactions since the run was published need the scores of
all items: :mod:`graphrec.serving.exact_list`. That module imports arrays, so it is imported only when needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphrec.common.errors import InputError, NotFoundError
from graphrec.db.database import Database
from graphrec.graph.situation import situation
from graphrec.serving import availability
from graphrec.serving.availability import Availability
from graphrec.serving.cypher_filter import Where
from graphrec.serving.lookup import find_item
from graphrec.serving.request import Request
from graphrec.serving.rules import check_types
from graphrec.serving.user_status import UserStatus, user_statuses

if TYPE_CHECKING:
    from graphrec.config.settings import Settings

Rows = list[dict[str, Any]]

#: Users whose scores of all items are held at once.
_BLOCK = 64


@dataclass(frozen=True)
class Recommended:
    """Recommendations for one user.

    Attributes
    ----------
    user
        Id as stored; None for an anonymous visitor.
    run_id
        The run that produced them.
    rows
        Best first: ``rank, item, title, score, runId, source``; ``interest`` (1, 2, …) where several interests take
        turns; ``why`` if reasons were requested.
    reason
        Why there are fewer rows than requested; else empty.
    """

    user: Any
    run_id: str
    rows: Rows
    reason: str = ""


def recommend(
    db: Database,
    settings: Settings,
    users: Sequence[Any] | None,
    k: int = 10,
    *,
    where: str | Where | None = None,
    likes: Sequence[Any] = (),
    searches: Sequence[str] = (),
    now: bool = False,
    why: bool = False,
    at: Any = None,
    context: Mapping[str, Any] | None = None,
) -> list[Recommended]:
    """Return the published run's recommendations to users, with the rules of ``[recommend]`` and the users' blocks.

    Items that may not be shown now (:mod:`graphrec.serving.availability`) are left out.

    Parameters
    ----------
    db, settings
        The database, and the project's settings: mapping, rules, location of runs.
    users
        Ids, stored or typed: ``"196"`` finds ``'196'``, else ``196``. None: an anonymous visitor, described by
        ``likes`` or ``searches``.
    k
        Maximum items per user.
    where
        A Cypher predicate on the item ``i`` and the user ``u`` (:mod:`graphrec.serving.cypher_filter`).
    likes
        Items, by id or title, that count as interactions of every requested user.
    searches
        Search texts; each counts as one interaction.
    now
        Whether to include the users' interactions since the run was published; always done for users who are not in
        the run.
    why
        Whether to add a one-line reason to each row; takes a query per row.
    at, context
        The time and the circumstances that the lists are for: see :func:`graphrec.graph.situation.situation`.

    Returns
    -------
    list of Recommended
        One per user, in the order of ``users``; one if ``users`` is None.

    Raises
    ------
    NotFoundError
        No run is published, a user or item does not exist, or the run's directory is needed and not on this machine.
    ConfigError
        A rule names a relationship type that the graph does not have, or a predicate is invalid.
    InputError
        ``users`` is None without likes and searches, or with ``now`` or ``why``; or one of the users is None; or ``at``
        is no time, or ``context`` names what no behaviour has.
    GraphError, EncoderError
        A text cannot be compared with the items.
    """
    if users is None and (now or why or not (likes or searches)):
        raise InputError(
            "an anonymous visitor needs likes or searches, without now and why",
            hint="name a user, or give likes or searches and leave out now and why",
        )
    if users is not None and any(user is None for user in users):
        raise InputError("an id among the users is None", hint="leave it out, or give None instead of the list")
    wanted = Where(where, "where") if isinstance(where, str) else where
    liked = [find_item(db, settings.graph, item)[0] for item in likes]
    wish = situation(settings.graph, at, context)
    request = Request(() if wanted is None else (wanted,), liked, searches, now, situation=wish)
    check_types(db, settings.graph, settings.recommend)
    found = user_statuses(db, settings.graph, [None] if users is None else users, settings.recommend.blocked)
    answers = answer(db, settings, found, k, request)
    if why:
        from graphrec.serving.explain import evidence

        for one in answers:
            for row in one.rows:
                row["why"] = evidence(db, settings.graph, one.user, row["item"], one.run_id)
    return answers


def answer(
    db: Database, settings: Settings, found: Sequence[UserStatus], k: int, request: Request
) -> list[Recommended]:
    """Return recommendations to users whose status has been read: from the links where these are enough."""
    rules = settings.recommend
    linked = [n for n, one in enumerate(found) if one.known and not (request or rules.beyond_links or one.blocks)]
    answers = dict(zip(linked, by_links(db, settings, [found[n] for n in linked], k), strict=True))
    others = [n for n in range(len(found)) if n not in answers]
    answers |= zip(others, by_scores(db, settings, [found[n] for n in others], k, request), strict=True)
    short = [n for n in linked if len(answers[n].rows) < min(k, found[n].k)]
    few = [answers[n] for n in short]
    answers |= zip(short, filled(db, settings, [found[n] for n in short], k, few), strict=True)
    return [answers[n] for n in range(len(found))]


def by_links(db: Database, settings: Settings, found: Sequence[UserStatus], k: int) -> list[Recommended]:
    """Return the published links of users, read by one query and so from one run."""
    if not found:
        return []
    rows: dict[Any, Rows] = {one.user: [] for one in found}
    query = availability.load("query/recommend_users", settings.graph, Availability.of(settings, db))
    for row in db.read(query, users=list(rows), k=k):
        rest = row.data()
        mine = rows[rest.pop("user")]
        mine.append({**rest, "rank": len(mine) + 1, "source": "model"})
    answers = []
    for one in found:
        mine, reason = [dict(row) for row in rows[one.user]], "there is nothing else to recommend"
        if len(mine) == one.k:
            reason = f"the run has {one.k} a user"
        run_id = mine[0]["runId"] if mine else one.run_id
        answers.append(Recommended(one.user, run_id, mine, reason if len(mine) < k else ""))
    return answers


def filled(
    db: Database, settings: Settings, found: Sequence[UserStatus], k: int, links: Sequence[Recommended]
) -> list[Recommended]:
    """Return lists by all scores for users whose links are too few, as some items are gone or may not be shown.

    Where the run's directory is not on this machine, the links are returned, with the reason.
    """
    try:
        longer = list(by_scores(db, settings, found, k, Request()))
    except NotFoundError as error:
        why = f"of the {{}} links, others may not be shown now, or their items are gone; {error.message}"
        return [
            Recommended(one.user, few.run_id, few.rows, why.format(one.k))
            for one, few in zip(found, links, strict=True)
        ]
    return [exact if len(exact.rows) > len(few.rows) else few for exact, few in zip(longer, links, strict=True)]


def by_scores(
    db: Database, settings: Settings, found: Sequence[UserStatus], k: int, request: Request
) -> Iterator[Recommended]:
    """Yield the best items by all scores of the run, with filters, rules and blocks."""
    if not found:
        return
    from graphrec.serving.exact_list import Asked, ExactLists

    lists = ExactLists(db, settings, found[0].run_id)
    for start in range(0, len(found), _BLOCK):
        block = found[start : start + _BLOCK]
        for one, (rows, reason) in zip(block, lists.answer([Asked(one, k, request) for one in block]), strict=True):
            yield Recommended(one.user, one.run_id, rows, reason if len(rows) < k else "")
