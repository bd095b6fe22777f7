"""What posts say by day."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from graphrec.client.models_trends import Trends
from graphrec.posts.trend_limits import DAYS, FEWEST_DAYS, LEAST_RATE, LIMIT, MOST, MOST_DAYS, MOST_RATE, RATE
from graphrec.posts.trend_rows import to_dict
from graphrec.posts.trends import read_trends
from graphrec.service.access import Admin
from graphrec.service.problem import responses
from graphrec.service.state import service_of

router = APIRouter(tags=["admin"])


@router.get("/trends", operation_id="trends", responses=responses(404, 409))
def trends(
    request: Request,
    caller: Admin,
    entity: Annotated[str | None, Query(max_length=1_000, description="Id or name of an item or entity.")] = None,
    days: Annotated[int, Query(ge=FEWEST_DAYS, le=MOST_DAYS, description="Days up to that of the newest post.")] = DAYS,
    k: Annotated[int, Query(ge=0, le=LIMIT, description="Items and entities, those with the most posts.")] = MOST,
    rate: Annotated[
        float, Query(ge=LEAST_RATE, le=MOST_RATE, description="Chance of a false alarm in a series.")
    ] = RATE,
) -> Trends:
    """Return the volume and the tone of posts by day, and sudden changes: of all posts, and what has most of them."""
    service = service_of(request)
    if (entity, days, k, rate) == (None, DAYS, MOST, RATE):
        found = service.trends.get()
    else:
        found = read_trends(service.db, service.settings, entity, days=days, most=k, rate=rate)
    return Trends.model_validate(to_dict(found, service.settings.graph))
