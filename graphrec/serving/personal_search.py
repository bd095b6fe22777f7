"""Search for a user: of what words find, what is clearly near comes first, in the order of the user's interest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.graph.situation import situation
from graphrec.serving.recommend import Recommended, answer
from graphrec.serving.request import Request
from graphrec.serving.rules import check_types
from graphrec.serving.search import search
from graphrec.serving.user_status import user_statuses

#: Items that a search takes into account.
FOUND = 200
#: Why a list is empty.
NOTHING = "no item that may be shown is near to these words"


def found_by(db: Database, settings: Settings, text: str, by: str | None = None) -> dict[Any, float]:
    """Return item → cosine with a text, of the nearest items: ``found`` of a request.

    Raises
    ------
    GraphError, EncoderError, InputError
        As for :func:`graphrec.serving.search.search`.
    """
    return {row["item"]: row["score"] for row in search(db, settings, text, FOUND, by)}


def search_for(
    db: Database,
    settings: Settings,
    user: Any,
    text: str,
    k: int,
    by: str | None = None,
    *,
    at: Any = None,
    context: Mapping[str, Any] | None = None,
) -> Recommended:
    """Return the items that a text finds, ranked for a user.

    Parameters
    ----------
    user
        An id, stored or typed.
    k
        Most items.
    by
        As for :func:`graphrec.serving.search.search`.
    at, context
        The time and the circumstances: see :func:`graphrec.graph.situation.situation`.

    Returns
    -------
    Recommended
        Rows have ``match``, the cosine; ``score`` is the model's.

    Raises
    ------
    NotFoundError
        No run is published, its directory is not on this machine, or the user does not exist.
    GraphError, EncoderError, InputError
        As for :func:`graphrec.serving.search.search`; or there is no such time or context.
    """
    request = Request(situation=situation(settings.graph, at, context))
    found = found_by(db, settings, text, by)
    check_types(db, settings.graph, settings.recommend)
    status = user_statuses(db, settings.graph, [user], settings.recommend.blocked)
    if not found:
        return Recommended(status[0].user, status[0].run_id, [], NOTHING)
    (ranked,) = answer(db, settings, status, k, replace(request, found=found))
    return with_matches(ranked, found)


def with_matches(ranked: Recommended, found: dict[Any, float]) -> Recommended:
    """Return an answer whose rows have the cosine of the search."""
    return replace(ranked, rows=[{**row, "match": found[row["item"]]} for row in ranked.rows])
