"""Users: what they did, and why an item is recommended to them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from graphrec.client.models import Past, User
from graphrec.config.ids import json_id, with_lists_within
from graphrec.db import queries
from graphrec.graph.history import read_history
from graphrec.graph.typed import NO_TIME
from graphrec.service.access import Reader
from graphrec.service.problem import responses
from graphrec.service.routes.items import ItemId
from graphrec.service.routes.recommendations import UserId
from graphrec.service.state import service_of
from graphrec.serving.user_status import user_in_graph

router = APIRouter(tags=["users"])


@router.get("/users/{user:path}/items/{item:path}/explanation", operation_id="explain", responses=responses(404, 409))
def explanation(
    request: Request,
    caller: Reader,
    user: UserId,
    item: ItemId,
    k: Annotated[int, Query(ge=1, le=100, description="Most reasons of each kind.")] = 5,
    lang: Literal["en", "zh"] = "en",
) -> dict[str, Any]:
    """Return what the score of an item for a user is made of: components, past items, paths, each with its share."""
    from graphrec.serving.explain_score import explain_score

    caller.require_user(user)
    service = service_of(request)
    run = service.experiment.run_of(user)
    found = explain_score(service.db, service.settings, user, item, k, run_id=run).to_dict(lang)
    answer: dict[str, Any] = with_lists_within(found, service.settings.graph.user, service.settings.graph.item)
    return answer


@router.get("/users/{user:path}", operation_id="user", responses=responses(404, 409))
def user_detail(
    request: Request,
    caller: Reader,
    user: UserId,
    k: Annotated[int, Query(ge=1, le=1_000, description="Most behaviours, the latest.")] = 50,
) -> User:
    """Return what a user did, the latest first."""
    caller.require_user(user)
    service = service_of(request)
    schema = service.settings.graph
    key, known = user_in_graph(service.db, schema, user)
    acts = sorted(read_history(service.db, service.resolved, [key])[key], key=lambda act: -act.time)
    rows = service.db.read(queries.load("query/pictures", schema), items=list({act.item for act in acts[:k]}))
    titles = {row["item"]: row["title"] for row in rows}
    return User(
        user_id=json_id(key, schema.user),
        in_run=known,
        total=len(acts),
        behaviours=[
            Past(
                item_id=json_id(act.item, schema.item),
                title=str(titles.get(act.item) or act.item),
                type=act.kind,
                weight=act.weight,
                at=None if act.time == NO_TIME else datetime.fromtimestamp(act.time, UTC),
            )
            for act in acts[:k]
        ],
    )
