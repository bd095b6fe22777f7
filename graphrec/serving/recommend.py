"""Recommend items to users: the one place where links, rules and blocks come together.

Whoever asks, from the command line or from Python, gets the same answer. A user of whom the published links say all is
answered by these, all such users in one query. Filters, rules of ``[recommend]``, blocks, and whatever was done since
the run was published need the scores of all items: :mod:`graphrec.serving.exact_list`, which imports arrays, and is
imported only then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphrec.common.errors import InputError
from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.serving.cypher_filter import Where
from graphrec.serving.lookup import find_item
from graphrec.serving.request import Request
from graphrec.serving.rules import check_types
from graphrec.serving.user_status import UserStatus, user_statuses

if TYPE_CHECKING:
    from graphrec.config.settings import Settings

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Recommended:
    """What is recommended to one user.

    Attributes
    ----------
    user
        The id as it is stored; None: nobody in the graph.
    run_id
        The run that answers.
    rows
        Best first: ``rank, item, title, score, runId, source``, and ``interest`` (1, 2, …) where several interests take
        turns, ``why`` where reasons were asked for.
    reason
        Why there are fewer rows than were asked for; empty where there are not.
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
) -> list[Recommended]:
    """Return what the published run recommends to users, the rules of ``[recommend]`` and the users' blocks observed.

    Parameters
    ----------
    db, settings
        The database, and the project: its mapping, its rules, where its runs are.
    users
        Ids, as they are stored or as they were typed: ``"196"`` finds ``'196'`` and else ``196``. None: somebody who is
        not in the graph, for whom ``likes`` or ``searches`` speak.
    k
        Items for each user, at most.
    where
        A predicate on the item ``i`` and the user ``u`` in Cypher (:mod:`graphrec.serving.cypher_filter`).
    likes
        Items, by id or title, that count as done by everybody who is asked for.
    searches
        Texts that are looked for; each counts as much as one behaviour.
    now
        Whether what the users have done since the run was published counts. It does for users whom the run does not
        know.
    why
        Whether each row is to say in one line why the item is there; it takes a query a row.

    Returns
    -------
    list of Recommended
        One a user, in the order of ``users``; one where ``users`` is None.

    Raises
    ------
    NotFoundError
        No run is published, there is no such user or item, or the run's directory is needed and not on this machine.
    ConfigError
        A rule names a relationship type that the graph does not have, or a predicate is not one.
    InputError
        ``users`` is None and there is nothing to go by, or ``now`` or ``why`` is asked for; or one of them is None.
    GraphError, EncoderError
        A text cannot be compared with the items.
    """
    if users is None and (now or why or not (likes or searches)):
        raise InputError(
            "who is not in the graph is recommended something by likes and searches alone",
            hint="name a user; or give likes or searches, and leave out now and why",
        )
    if users is not None and any(user is None for user in users):
        raise InputError("an id among the users is None", hint="leave it out, or give None instead of the list")
    rules = settings.recommend
    check_types(db, rules)
    request = _request(db, settings, where, likes, searches, now)
    found = user_statuses(db, settings.graph, [None] if users is None else users, rules.blocked)

    def needs_scores(one: UserStatus) -> bool:
        return bool(request or rules.beyond_links or one.blocks) or not one.known

    by_links = iter(_by_links(db, settings.graph, [one for one in found if not needs_scores(one)], k))
    by_scores = iter(_by_scores(db, settings, [one for one in found if needs_scores(one)], k, request))
    answers = [next(by_scores if needs_scores(one) else by_links) for one in found]
    if why:
        for answer in answers:
            _explain(db, settings.graph, answer)
    return answers


def _request(
    db: Database,
    settings: Settings,
    where: str | Where | None,
    likes: Sequence[Any],
    searches: Sequence[str],
    now: bool,
) -> Request:
    """Return what is asked for beside the links, the predicate read and the items found."""
    wanted = Where(where, "where") if isinstance(where, str) else where
    return Request(wanted, [find_item(db, settings.graph, item)[0] for item in likes], searches, now)


def _by_links(db: Database, schema: GraphSchema, found: Sequence[UserStatus], k: int) -> list[Recommended]:
    """Return the published links of users, all read by one query and so of one run."""
    if not found:
        return []
    rows: dict[Any, Rows] = {one.user: [] for one in found}
    for row in db.read(queries.load("query/recommend_users", schema), users=list(rows), k=k):
        rest = row.data()
        rows[rest.pop("user")].append({**rest, "source": "model"})
    answers = []
    for one in found:
        mine, reason = [dict(row) for row in rows[one.user]], "there is nothing else to recommend"
        if len(mine) == one.k:
            reason = f"the run has {one.k} a user"
        run_id = mine[0]["runId"] if mine else one.run_id
        answers.append(Recommended(one.user, run_id, mine, reason if len(mine) < k else ""))
    return answers


def _by_scores(
    db: Database, settings: Settings, found: Sequence[UserStatus], k: int, request: Request
) -> list[Recommended]:
    """Return the best items by all scores of the run, filter, rules and blocks observed."""
    if not found:
        return []
    from graphrec.serving.exact_list import exact_lists

    lists = exact_lists(db, settings, found, k, request)
    return [
        Recommended(one.user, one.run_id, rows, reason if len(rows) < k else "")
        for one, (rows, reason) in zip(found, lists, strict=True)
    ]


def _explain(db: Database, schema: GraphSchema, answer: Recommended) -> None:
    from graphrec.serving.explain import explain, in_one_line

    for row in answer.rows:
        row["why"] = in_one_line(explain(db, schema, answer.user, row["item"], k=1))
