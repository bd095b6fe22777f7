"""What an operator looks at: the overview, the quality of the data, users by the beginning of their id."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request

from graphrec.client.models_admin import (
    FoundUsers,
    Freshness,
    GraphOverview,
    Overview,
    Peers,
    QualityReport,
    Schedule,
    Version,
)
from graphrec.common.errors import GraphError
from graphrec.config.ids import json_id
from graphrec.publishing.registry import active_run
from graphrec.service.access import Admin
from graphrec.service.freshness import freshness
from graphrec.service.jobs import newest_result, running
from graphrec.service.overview import graph_overview, history, peers
from graphrec.service.problem import responses
from graphrec.service.schedule import read_schedule
from graphrec.service.state import Service, service_of
from graphrec.serving.lookup import users_like

router = APIRouter(tags=["admin"])


@router.get("/overview", operation_id="overview", responses=responses())
def overview(request: Request, caller: Admin) -> Overview:
    """Return the graph in numbers and its schema, the active run beside its peers, all runs, and freshness."""
    service = service_of(request)
    active = active_run(service.db)
    graph, problem = _graph(service)
    return Overview(
        graph=graph,
        problem=problem,
        settings=None if active is None else json.loads(active.settings),
        metrics=None if active is None else json.loads(active.metrics),
        peers=Peers.model_validate(msgspec.to_builtins(peers(service.settings, active))),
        history=[Version.model_validate(msgspec.to_builtins(run)) for run in history(service.db, service.settings)],
        freshness=Freshness.model_validate(msgspec.structs.asdict(freshness(service.db, service.settings))),
        schedule=_schedule(service),
    )


def _graph(service: Service) -> tuple[GraphOverview | None, str | None]:
    try:
        found = graph_overview(service.db, service.resolved)
    except GraphError as error:
        return None, str(error)
    return GraphOverview.model_validate(msgspec.to_builtins(found)), None


def _schedule(service: Service) -> Schedule | None:
    found = read_schedule(service.settings) if service.settings.serve.update_every else None
    if found is None:
        return None
    fields = msgspec.structs.asdict(found) | {"next_at": datetime.fromtimestamp(found.next_at, UTC)}
    return Schedule.model_validate({name: fields[name] for name in Schedule.model_fields})


@router.get("/quality", operation_id="quality", responses=responses())
def quality(request: Request, caller: Admin) -> QualityReport:
    """Return the newest report on the data; a job of kind `quality` makes one."""
    settings = service_of(request).settings
    job, making = newest_result(settings, "quality"), running(settings, "quality")
    now = None if making is None else making.job_id
    if job is None or not isinstance(job.result, dict):
        return QualityReport(running=now)
    found = job.result
    return QualityReport(
        job_id=job.job_id,
        at=job.ended_at,  # type: ignore[arg-type]  # pydantic reads ISO 8601
        running=now,
        no_drift=found["noDrift"],
        **{name: found[name] for name in ("counts", "findings", "cut", "drift")},
    )


@router.get("/users", operation_id="find_users", responses=responses())
def find_users(
    request: Request,
    caller: Admin,
    q: Annotated[str, Query(max_length=1_000, description="Beginning of the id.")] = "",
    k: Annotated[int, Query(ge=1, le=100)] = 20,
) -> FoundUsers:
    """Return users whose id begins so."""
    service = service_of(request)
    schema = service.settings.graph
    return FoundUsers(
        users=[json_id(user, schema.user) for user in users_like(service.db, schema, service.door.beginning(q), k)]
    )
