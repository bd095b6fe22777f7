"""Whether the service lives, whether it can answer, and its numbers. Open to everybody."""

from __future__ import annotations

from contextlib import suppress

from fastapi import APIRouter, Request, Response

from graphrec.client.models import Health
from graphrec.common.errors import GraphrecError
from graphrec.db import queries
from graphrec.service import metrics
from graphrec.service.freshness import freshness
from graphrec.service.problem import told
from graphrec.service.schedule import read_schedule
from graphrec.service.state import service_of

router = APIRouter(tags=["health"])


@router.get("/health/live", operation_id="live")
async def live() -> Health:
    """Say that the process runs."""
    return Health(status="ok")


@router.get("/health/ready", operation_id="ready", responses={503: {"model": Health}})
def ready(request: Request, response: Response) -> Health:
    """Say whether recommendations can be answered: Neo4j is there, and a run is published."""
    try:
        rows = service_of(request).db.read(queries.load("query/active_run"))
    except GraphrecError as error:
        response.status_code = 503
        return Health(status="unavailable", detail=told(error, request))
    if not rows:
        response.status_code = 503
        return Health(status="unavailable", detail="no run is published: `graphrec train`, then `graphrec publish`")
    return Health(status="ok", run_id=rows[0]["runId"])


@router.get("/metrics", operation_id="metrics", response_class=Response)
def numbers(request: Request) -> Response:
    """Return the service's numbers in Prometheus' text format."""
    service = service_of(request)
    depth, oldest, dead = service.events.on_disk()
    metrics.QUEUED.set(depth)
    metrics.OLDEST.set(oldest)
    metrics.DEAD.set(dead)
    fresh = None
    with suppress(GraphrecError):  # while Neo4j is away, the numbers are those of before
        fresh = freshness(service.db, service.settings)
        metrics.staleness(fresh, read_schedule(service.settings))
    return Response(metrics.exposition(fresh), media_type="text/plain; version=1.0.0; charset=utf-8")
