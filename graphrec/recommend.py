"""Ask Neo4j what is recommended to a user and what resembles an item: arrays stay out, so this starts at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from graphrec import queries
from graphrec.db import Database
from graphrec.errors import GraphError, NotFoundError
from graphrec.lookup import stored_forms, user_missing
from graphrec.schema import VECTOR_INDEXES, GraphSchema

if TYPE_CHECKING:
    from graphrec.config import Settings
    from graphrec.ranking import Ints, Shown
    from graphrec.run import Run
    from graphrec.where import Where

By = Literal["embedding", "content", "text", "image", "audio"]

NOTHING_PUBLISHED = "no run is published in this database"
PUBLISH = "`graphrec train`, then `graphrec publish`"


class Standing(NamedTuple):
    """How a user stands to the published run: the user's id as it is stored, the run, and its links per user.

    ``blocks``: whether the user has blocked anything.
    """

    user: Any
    run_id: str
    k: int
    blocks: bool


def standing(db: Database, schema: GraphSchema, text: str, blocked: Sequence[str] = ()) -> Standing:
    """Return how a user stands to the published run.

    Parameters
    ----------
    text
        The id as it was typed; ``"196"`` finds ``'196'`` and ``196``.
    blocked
        Types of relationships by which users block.

    Raises
    ------
    NotFoundError
        No run is published, no such user, or the run does not know the user.
    """
    row = db.read(queries.load("query/standing", schema), users=stored_forms(text), blocked=list(blocked))[0]
    if row["runId"] is None:
        raise NotFoundError(NOTHING_PUBLISHED, hint=PUBLISH)
    if row["user"] is None:
        raise user_missing(db, schema, text)
    if not row["inRun"]:
        raise NotFoundError(
            f"user {text!r} is in the graph but not in the published run {row['runId']}",
            hint="the user came after the training: `graphrec train` and `graphrec publish` again",
        )
    return Standing(row["user"], row["runId"], row["k"], row["blocks"])


def find_user(db: Database, schema: GraphSchema, text: str) -> tuple[Any, int]:
    """Return the id of a user as it is stored, and how many links a user of the published run has.

    Raises
    ------
    NotFoundError
        See :func:`standing`.
    """
    found = standing(db, schema, text)
    return found.user, found.k


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
        ``rank, item, title, score, runId``; empty where the user has done everything already.

    Raises
    ------
    NotFoundError
        See :func:`find_user`.
    """
    key, _ = find_user(db, schema, user)
    return links(db, schema, key, k)


def links(db: Database, schema: GraphSchema, user: Any, k: int) -> list[dict[str, Any]]:
    """Return what :func:`recommend` does, for the id of a user as it is stored."""
    return [dict(row) for row in db.read(queries.load("query/recommend", schema), user=user, k=k)]


def ranked(
    db: Database, settings: Settings, found: Standing, k: int, where: Where | None = None
) -> tuple[list[dict[str, Any]], str]:
    """Return the best items under a filter and the rules of ``[recommend]``, exactly, and why they are less than ``k``.

    All items are ranked by the published run, whose directory has to be on this machine; the links are not read.

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
    from graphrec.ranking import Shown, best, scores_of
    from graphrec.rules import read_rules

    run = _published_run(settings, found.run_id)
    scores, done = scores_of(run, found.user)
    rules = read_rules(db, settings.graph, settings.recommend, found.user, run.items, done, where)
    most = settings.recommend.most
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

    scores = rules.scores(scores)
    rows = [
        {"rank": rank, "item": shown.item, "title": shown.title, "score": float(scores[place]), "runId": found.run_id}
        for rank, (place, shown) in enumerate(best(scores, rules.allowed, k, look, most), 1)
    ]
    return rows, rules.reason(len(rows))


def _published_run(settings: Settings, run_id: str) -> Run:
    """Return the run of a published name, which may end in ``~2``."""
    from graphrec.run import open_run

    name = run_id.partition("~")[0]
    try:
        return open_run(settings, name)
    except NotFoundError as error:
        raise NotFoundError(
            f"run {name} is published, but its directory {settings.runs / name} is not on this machine: a filter and "
            "the rules of [recommend] need the scores of all items",
            hint="copy it there, or train and publish here; without filter and rules the published links are enough",
        ) from error


def similar(db: Database, schema: GraphSchema, item: Any, k: int = 10, by: By = "embedding") -> list[dict[str, Any]]:
    """Return the items most like one.

    Parameters
    ----------
    item
        Id of the item as it is stored (see :func:`graphrec.lookup.find_item`).
    by
        ``"embedding"``: who likes it, by the published run; otherwise what it is.

    Returns
    -------
    list of dict
        ``item, title, score``; the score is a cosine.

    Raises
    ------
    NotFoundError
        No run is published, or the item has no such vector.
    GraphError
        No item has such a vector.
    """
    if by == "embedding":
        rows = db.read(queries.load("query/similar", schema), item=item, k=k)
    else:
        rows = _alike(db, schema, item, k, by)
    if not rows:
        raise _no_vector(db, schema, item, by)
    return [dict(row) for row in rows]


def _alike(db: Database, schema: GraphSchema, item: Any, k: int, by: By) -> list[Any]:
    """Compare by what items are: by the index, or with every item where there is none that fits."""
    found = {row["name"]: row for row in db.read(queries.load("embed/indexes"))}
    index = found.get(VECTOR_INDEXES[by])
    names = {"item": item, "k": k, "property": f"{by}Vector"}
    if index and index["state"] == "ONLINE" and index["properties"] == [names["property"]]:
        size = index["config"]["vector.dimensions"]
        rows = db.read(queries.load("query/similar_indexed", schema), index=index["name"], dimensions=size, **names)
        if rows:
            return rows
    return db.read(queries.load("query/similar_content", schema), **names)


def _no_vector(db: Database, schema: GraphSchema, item: Any, by: By) -> GraphError | NotFoundError:
    if by == "embedding":
        standing = db.read(queries.load("query/standing", schema), users=[], blocked=[])[0]
        if standing["runId"] is None:
            return NotFoundError(NOTHING_PUBLISHED, hint=f"{PUBLISH}; or compare by content: --by content")
        return NotFoundError(
            f"item {item!r} has no embedding in the published run {standing['runId']}, or no other item has",
            hint="it came after the training: train and publish again; or compare by content: --by content",
        )
    return GraphError(
        f"item {item!r} has no {by} vector, or no other item has",
        hint=f"`graphrec embed` makes them, where there is {'text, an image or audio' if by == 'content' else by}",
    )
