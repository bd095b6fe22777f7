"""Add to scores what a situation makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from graphrec.common.console import note_once
from graphrec.db import queries
from graphrec.graph.contexts import UNKNOWN, timed_codes
from graphrec.graph.situation import category
from graphrec.model.context_log import Evidence

if TYPE_CHECKING:
    from graphrec.db.database import Database
    from graphrec.graph.history import Interaction
    from graphrec.graph.situation import Situation
    from graphrec.model.context import ContextModel
    from graphrec.runs.run import Run
    from graphrec.serving.live import Scored
    from graphrec.serving.rerank import Floats
    from graphrec.serving.user_status import UserStatus


def with_context(db: Database, run: Run, status: UserStatus, wanted: Situation, scored: Scored) -> Scored:
    """Return scores with what a situation adds to them; they stay as they are without one, and without a context.

    Parameters
    ----------
    db, run
        The database and the published run.
    status
        The user, or an anonymous visitor.
    wanted
        The situation.
    scored
        The user's scores of all items.
    """
    if not wanted:
        return scored
    context = run.context
    if context is None:
        note_once(f"run {run.run_id} has no context, as validation gained nothing by it: the list is that of any time")
        return scored
    history, _ = scored.interactions
    mine: dict[str, Evidence] = {}
    if history:
        mine = _evidence(db, run, context, status.user, history)
    elif status.known:
        mine = context.evidence(run.users.index(status.user))
    added = sum(context.shares(wanted, mine).values(), np.zeros_like(scored.scores))
    if "model" not in scored.sources:  # popularity and the like, of another scale
        added *= np.float32(scored.scores.std() / max(context.deviation, 1e-12))
    scores: Floats = scored.scores + added
    return scored._replace(scores=scores)


def _evidence(
    db: Database, run: Run, context: ContextModel, user: Any, acts: Sequence[Interaction]
) -> dict[str, Evidence]:
    """Return what a user did, by variable: hours and weekdays by the times, properties from the database."""
    places, targets = run.item_positions, run.schema.targets
    done = [act for act in acts if act.item in places and act.kind in targets]
    items = np.array([places[act.item] for act in done], np.int64)
    codes = timed_codes(np.array([act.time for act in done], np.int64), context.zone)
    found = {name: Evidence(items, code) for name, code in codes.items()}
    if user is None or not context.properties:
        return found
    names = {kind: [b.key(name) for name in b.context] for kind, b in run.schema.behaviours.items() if b.target}
    rows = db.read(
        queries.load("query/contexts", run.schema, BEHAVIOUR=tuple(names) or "BEHAVIOUR"), user=user, contexts=names
    )
    told = [row.values("kind", "item", "context") for row in rows if row["item"] in places]
    items = np.array([places[item] for _, item, _ in told], np.int64)
    for name in context.properties:
        known = context.tables[name].variable.values
        values = [dict(zip(names[kind], given, strict=True)).get(name) for kind, _, given in told]
        found[name] = Evidence(items, np.array([_place(known, value) for value in values], np.int64))
    return found


def _place(known: Sequence[str], value: Any) -> int:
    name = category(value)
    return known.index(name) if name in known else UNKNOWN
