"""One line of reason for each row of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphrec.db import queries
from graphrec.serving import why
from graphrec.serving.explain import evidence

if TYPE_CHECKING:
    from graphrec.config.settings import Settings
    from graphrec.db.database import Database
    from graphrec.serving.recommend import Recommended

#: Said to an anonymous visitor who asks for reasons.
NONE = "reasons need a user in the graph: for an anonymous visitor there are none"


def add_reasons(db: Database, settings: Settings, answer: Recommended) -> str:
    """Add ``why``, a list of sentences, to each row; return why there are none, or ``""``.

    Rows that are published links of the answer's run have the reasons stored with them, those that the graph still
    bears out; for others, the graph is asked what connects the user and the item, one query each.
    """
    if answer.user is None:
        return NONE
    stored = _stored(db, settings, answer)
    for row in answer.rows:
        why = stored.get(row["item"]) or [evidence(db, settings.graph, answer.user, row["item"], answer.run_id)]
        row["why"] = [line for line in why if line]
    return ""


def _stored(db: Database, settings: Settings, answer: Recommended) -> dict[object, list[str]]:
    query = queries.load("query/why", settings.graph)
    given = why.parameters(settings.graph, settings.publish.reason_users, answer.run_id)
    found: dict[object, list[str]] = {}
    for row in db.read(query, user=answer.user, item=None, **given):
        if row["exists"]:
            found.setdefault(row["item"], []).append(row["sentence"])
    return found
