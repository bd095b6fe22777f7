"""Recommendations to users and to anonymous visitors."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from graphrec.client.models import AnonymousRequest, Recommendations
from graphrec.config.ids import json_id, stored_forms
from graphrec.graph.situation import named_values
from graphrec.service.access import Reader
from graphrec.service.metrics import ANSWERS
from graphrec.service.problem import responses
from graphrec.service.published import LINKS, Links
from graphrec.service.state import Service, service_of

router = APIRouter(tags=["recommendations"])

_Given = Annotated[str, Path(description="Id of the user.", min_length=1, max_length=1_000, examples=["196"])]


def stored_user(request: Request, user: _Given) -> str:
    """Return the id under which a user of a path is stored: the pseudonym, where the project has a key of them."""
    return str(service_of(request).door.user(user))


UserId = Annotated[str, Depends(stored_user)]
Length = Annotated[int, Query(ge=1, le=1_000, description="Most items.")]
Filters = Annotated[list[str], Query(max_length=20, description="Names of filters of `[serve.filters]`; all must fit.")]
Excluded = Annotated[list[str], Query(max_length=1_000, description="Ids of items to leave out.")]
Category = Annotated[
    str | None, Query(min_length=1, max_length=1_000, description="Id or name of an entity that items are tied to.")
]

Time = Annotated[
    str | None,
    Query(min_length=1, max_length=40, description="The time that the list is for: now, 18:30, ISO 8601, seconds."),
]
Situation = Annotated[
    list[str], Query(max_length=50, description="Values of filters' parameters and of the context: presence=alone.")
]


@router.get(
    "/users/{user:path}/recommendations",
    operation_id="recommend",
    response_model=Recommendations,
    responses=responses(404, 409),
)
async def recommend(
    request: Request,
    caller: Reader,
    user: UserId,
    k: Length = 10,
    where: Filters = [],  # noqa: B006  # FastAPI copies defaults
    exclude: Excluded = [],  # noqa: B006
    category: Category = None,
    explain: Annotated[bool, Query(description="Give the reasons of each item.")] = False,
    now: Annotated[bool, Query(description="Count what the user did since the run was published.")] = False,
    at: Time = None,
    context: Situation = [],  # noqa: B006
) -> Response:
    """Return a user's recommendations from the published run."""
    caller.require_user(user)
    service = service_of(request)
    more = bool(where or category is not None or explain or now or at is not None or context)
    if not more and not service.settings.recommend.beyond_links:
        links = request.scope.get(LINKS) or await service.published.of(user, service.experiment.run_of(user))
        answer = by_links(service, links, k, exclude)
        if answer is not None:
            ANSWERS.labels("stale" if links.stale else "links").inc()
            return json_answer(answer)
    wanted = service.answers.request(
        where=where, exclude=exclude, category=category, now=now, at=at, context=named_values(context)
    )
    found = await service.answers.to_user(user, k, wanted, explain, service.experiment.run_of(user))
    ANSWERS.labels("live").inc()
    return json_answer(found)


@router.post(
    "/recommendations",
    operation_id="recommend_anonymous",
    response_model=Recommendations,
    responses=responses(404, 409),
)
async def recommend_anonymous(request: Request, caller: Reader, body: AnonymousRequest) -> Response:
    """Return recommendations to an anonymous visitor, by what they like, looked for or did."""
    found = await service_of(request).answers.to_visitor(body)
    ANSWERS.labels("live").inc()
    return json_answer(found)


def by_links(service: Service, links: Links, k: int, exclude: Collection[str] = ()) -> dict[str, Any] | None:
    """Return the answer of the links; None where they are not enough.

    They are the exact beginning of the whole list, so leaving items out of them is exact while ``k`` are left. Of items
    that step back, they do not have those that come before.
    """
    if links.user is None or links.run_id is None or not links.known or links.blocks:
        return None
    schema = service.settings.graph
    rows = links.rows
    if exclude or links.often:
        left_out = {form for item in exclude for form in stored_forms(item, schema.item)}.union(links.often)
        rows = [row for row in rows if row[0] not in left_out]
    if len(rows) < k and not links.stale:
        return None
    items = [
        {"rank": rank, "item_id": json_id(item, schema.item), "title": title, "score": score, "source": "model"}
        for rank, (item, title, score, _) in enumerate(rows[:k], 1)
    ]
    user = json_id(links.user, schema.user)
    return {"user_id": user, "run_id": links.run_id, "stale": links.stale, "reason": "", "items": items}


def json_answer(answer: dict[str, Any]) -> Response:
    """Return an answer as JSON, encoded without a model."""
    return Response(msgspec.json.encode(answer), media_type="application/json")
