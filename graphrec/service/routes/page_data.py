"""What the page asks for beyond the API of a shop: names, lists of users, pictures, changes to try, two runs."""

from __future__ import annotations

from importlib import metadata
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from graphrec.client.models import Recommendations
from graphrec.client.models_page import (
    About,
    BehaviourType,
    Comparison,
    ItemUser,
    ItemUsers,
    NamedFilter,
    Picture,
    Pictures,
    Preview,
    RunList,
)
from graphrec.common.errors import GraphError
from graphrec.config.ids import json_id, stored_forms
from graphrec.config.schema import Behaviour
from graphrec.db import queries
from graphrec.publishing.registry import active_run, published_runs
from graphrec.service.access import Admin, Reader
from graphrec.service.answers import Dislike
from graphrec.service.metrics import ANSWERS
from graphrec.service.problem import ProblemError, responses
from graphrec.service.routes.items import ItemId, listed
from graphrec.service.routes.recommendations import Length, UserId, json_answer
from graphrec.service.state import Service, service_of
from graphrec.service.threads import in_thread
from graphrec.serving.lookup import find_item, user_missing

router = APIRouter(tags=["page"])

#: Most pictures in one answer.
_PICTURES = 100


@router.get("/about", operation_id="about", responses=responses(409))
def about(request: Request, caller: Reader) -> About:
    """Return what requests may name (behaviours, searches, filters), and what the caller may do."""
    service = service_of(request)
    active = active_run(service.db)
    try:
        schema = service.resolved
    except GraphError:  # nothing is loaded yet
        schema = service.settings.graph
    media = {"text": schema.item.text, "image": schema.item.image, "audio": schema.item.audio}
    return About(
        version=metadata.version("graphrec"),
        run_id=active.run_id if active else None,
        scopes=sorted(caller.scopes),
        user=caller.user,
        behaviours=[_type(kind, mapped) for kind, mapped in schema.behaviours.items()],
        searches=list(schema.searches),
        filters=[NamedFilter(name=name, parameters=service.filters.parameters(name)) for name in service.filters.names],
        hidden=service.settings.serve.hidden,
        stock=service.settings.serve.stock,
        media=[name for name, mapped in media.items() if mapped],
    )


def _type(kind: str, mapped: Behaviour) -> BehaviourType:
    likes = None
    if mapped.strength is not None:
        likes = 5.0 if mapped.dislike is not None and mapped.dislike < 5 else (mapped.dislike or 0.0) + 1.0
    return BehaviourType(
        type=kind,
        negative=mapped.negative,
        strength=mapped.strength,
        likes=likes,
        dislikes=mapped.dislike,
        recordable=mapped.path is None,
    )


@router.get("/items/{item:path}/users", operation_id="item_users", responses=responses(404, 409))
def item_users(request: Request, caller: Admin, item: ItemId, k: Length = 20) -> ItemUsers:
    """Return users of an item, and what they did."""
    service = service_of(request)
    schema = service.resolved
    key, _ = find_item(service.db, schema, item)
    query = queries.load("query/users_of_item", schema)
    rows = service.db.read(query, item=key, behaviours=list(schema.behaviours), limit=k)
    found = [ItemUser(user_id=json_id(row["user"], schema.user), type=row["type"]) for row in rows]
    return ItemUsers(item_id=json_id(key, schema.item), users=found)


@router.get("/pictures", operation_id="pictures", responses=responses())
def pictures(
    request: Request,
    caller: Reader,
    item: Annotated[list[str], Query(min_length=1, max_length=_PICTURES, description="Ids of items.")],
) -> Pictures:
    """Return the pictures of many items at once; items without one are left out."""
    from graphrec.presentation.recommendation_page import posters

    service = service_of(request)
    role = service.settings.graph.item
    asked = list(dict.fromkeys(form for one in item for form in stored_forms(one, role)))
    found = posters(service.db, service.settings.graph, asked, service.settings.media_folders)
    made = [Picture(item_id=json_id(key, role), image=f"data:image/jpeg;base64,{one}") for key, one in found.items()]
    return Pictures(pictures=made)


@router.post(
    "/users/{user:path}/preview", operation_id="preview", response_model=Recommendations, responses=responses(404, 409)
)
async def preview(request: Request, caller: Reader, user: UserId, body: Preview) -> Response:
    """Return what a user would be recommended after further likes, dislikes or searches; nothing is stored."""
    caller.require_user(user)
    service = service_of(request)
    dislike = await in_thread(_dislike, service) if body.dislikes else None
    found = await service.answers.to_user_after(user, body, dislike, service.experiment.run_of(user))
    ANSWERS.labels("live").inc()
    return json_answer(found)


def _dislike(service: Service) -> Dislike | None:
    for kind, mapped in service.resolved.behaviours.items():
        if mapped.negative or mapped.dislike is not None:
            return Dislike(kind, mapped.dislike)
    return None


@router.get("/comparison/{user:path}", operation_id="compare", responses=responses(404, 409))
async def compare(
    request: Request,
    caller: Admin,
    user: UserId,
    run: Annotated[list[str], Query(min_length=1, max_length=4, description="Published runs.")],
    k: Length = 10,
) -> Comparison:
    """Return what published runs recommend to a user, side by side."""
    service = service_of(request)
    schema = service.settings.graph
    lists = []
    for name in run:
        links = await service.published.of(user, name)
        if links.user is None:
            raise await in_thread(user_missing, service.db, schema, user)
        if links.run_id != name:
            published = await in_thread(published_runs, service.db)
            kept = ", ".join(one.run_id for one in published if one.state == "ready")
            raise ProblemError(404, f"no published run {name!r}", value=name, place="query.run", hint=f"kept: {kept}")
        rows = [{"item": item, "title": title, "score": score} for item, title, score, _ in links.rows[:k]]
        lists.append(RunList(run_id=name, known=links.known, items=listed(service, rows)))
    return Comparison(user_id=json_id(links.user, schema.user), runs=lists)
