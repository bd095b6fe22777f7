"""Explain the published score of a user and an item: what the model made it from, in the names of the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphrec.common.errors import NotFoundError
from graphrec.config.settings import Settings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.never_proposed import never_proposed
from graphrec.graph.situation import ANY, Situation
from graphrec.runs.store import published_run
from graphrec.serving.lookup import find_item
from graphrec.serving.user_status import user_statuses

if TYPE_CHECKING:
    from graphrec.explanation.explanation import Explanation
    from graphrec.explanation.what_if import WhatIf
    from graphrec.runs.run import Run

NEEDED = "what a score is made of is computed from its vectors"
INSTEAD = "`graphrec explain --evidence` needs the database alone"


def explainable_run(db: Database, settings: Settings, user: Any, run_id: str | None = None) -> tuple[Run, Any]:
    """Return a published run, by default the active one, with the arrays that explain it, and a user's id as stored.

    Raises
    ------
    NotFoundError
        No run is published, its directory is not here, or the user does not exist or is not in it.
    InputError
        The run is damaged, or of an early release.
    """
    (status,) = user_statuses(db, settings.graph, [user], runs=[run_id])
    run = published_run(settings, status.run_id, needed=NEEDED, instead=INSTEAD)
    run.require_encoder()
    return run, status.user


def explain_score(
    db: Database,
    settings: Settings,
    user: Any,
    item: Any,
    k: int = 5,
    wanted: Situation = ANY,
    run_id: str | None = None,
) -> Explanation:
    """Return the explanation of a score.

    Parameters
    ----------
    db, settings
        The database and the project's settings, with the location of the runs.
    user, item
        Ids; for the item also a title.
    k
        Reasons of each kind, and items of the user, at most.
    wanted
        The situation that the score is for.
    run_id
        A published run; None, or one that is not kept: the active one.

    Raises
    ------
    NotFoundError, InputError
        As :func:`explainable_run`; or the item does not exist or is not in the run.
    """
    # They import PyTorch, which takes seconds.
    from graphrec.explanation.attribution import Attribution
    from graphrec.explanation.explain import Explainer, row_of
    from graphrec.explanation.in_graph import named

    run, key = explainable_run(db, settings, user, run_id)
    found, title = find_item(db, settings.graph, item)
    least = settings.publish.reason_users
    explained = Explainer(Attribution(run), least).explain(row_of(run, key), _place(run, found), k, wanted)
    return named(db, settings.graph, explained, title, least)


def what_if_score(db: Database, settings: Settings, user: Any, item: Any, k: int = 10) -> tuple[WhatIf, dict[Any, str]]:
    """Return what an item's place in a list of the active run depends on, and the titles of the items it speaks of.

    Parameters and errors as in :func:`explain_score`, ``k`` being the length of the list; and

    Raises
    ------
    InputError
        The user has done or dislikes the item, so that it is in no list.
    """
    from graphrec.explanation.attribution import Attribution
    from graphrec.explanation.explain import row_of
    from graphrec.explanation.what_if import what_if

    run, key = explainable_run(db, settings, user)
    found, title = find_item(db, settings.graph, item)
    never = never_proposed(db, settings.graph, settings.recommend.never_propose)
    left_out = [run.item_positions[one] for one in never if one in run.item_positions]
    answer = what_if(Attribution(run), row_of(run, key), _place(run, found), k, left_out)
    rows = db.read(queries.load("query/pictures", settings.graph), items=answer.items())
    titles = {row["item"]: str(row["item"] if row["title"] is None else row["title"]) for row in rows}
    return answer, titles | {found: title}


def _place(run: Run, item: Any) -> int:
    """Return the index of an item."""
    if item not in run.item_positions:
        raise NotFoundError(
            f"item {str(item)!r} is not in run {run.run_id}", hint="`graphrec update` takes new items in"
        )
    return run.item_positions[item]
