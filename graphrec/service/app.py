"""The web application: routes, errors, metrics, the page."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib import metadata
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from graphrec.common import collector
from graphrec.common.errors import ConnectionLostError, ServerError
from graphrec.config.settings import Settings
from graphrec.db.driver_errors import RetryableError, StoppedError
from graphrec.db.server import crashed
from graphrec.service import problem
from graphrec.service.direct import Direct
from graphrec.service.examples import SERVERS, TAGS
from graphrec.service.gate import Gate
from graphrec.service.metrics import Measured
from graphrec.service.openapi import Uploads, describe
from graphrec.service.page_files import PageFiles
from graphrec.service.routes import (
    admin,
    catalogue,
    chat,
    copy,
    events,
    experiment,
    health,
    impressions,
    items,
    jobs,
    page_data,
    recommendations,
    runs,
    search,
    tokens,
    trends,
    users,
)
from graphrec.service.state import Service

#: What has routes under /v1; a path that another part's would take comes first.
PARTS = (
    page_data,
    recommendations,
    copy,
    users,
    items,
    search,
    chat,
    events,
    impressions,
    catalogue,
    tokens,
    runs,
    jobs,
    experiment,
    trends,
    admin,
)
#: Seconds for Neo4j to come back while a process of the service is replaced; a local one is started again.
_PATIENCE = 120
#: What a Neo4j that starts again gets over; a wrong password, name or address stays wrong.
_PASSING = (RetryableError, ConnectionLostError, StoppedError, ServerError)
_DESCRIPTION = """
Recommendations from the published run of a graph in Neo4j, with reasons, named filters, versions and rollback; what
visitors do goes back into the graph. Errors are `application/problem+json` and name the value, its place and the next
step.
"""


def create_app(settings: Settings, access_log: bool = False, keyed: bool = False) -> FastAPI:
    """Return the application of a project; it opens the database when it starts. ``keyed``: there were keys before."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.service = opened(settings, keyed, _PATIENCE if multiprocessing.parent_process() else 0)
        collector.leave_alone()
        if settings.serve.preload:
            app.state.service.answers.preload()
        try:
            yield
        finally:
            app.state.service.close()
            collector.look_again()

    app = _App(
        settings,
        access_log,
        title="graphrec",
        version=metadata.version("graphrec"),
        description=_DESCRIPTION,
        openapi_tags=TAGS,
        servers=SERVERS,
        openapi_url="/v1/openapi.json",
        docs_url=None,  # FastAPI's own pages load scripts from the network
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
    )
    problem.add_handlers(app)
    v1 = APIRouter(prefix="/v1")
    for part in PARTS:
        v1.include_router(part.router)
    app.include_router(v1)
    app.include_router(health.router)
    app.mount("/", PageFiles(), name="page")
    app.openapi = partial(describe, app)  # type: ignore[method-assign]
    return app


def opened(settings: Settings, keyed: bool, patience: float) -> Service:
    """Open the project, and wait for a Neo4j that may have ended with the process that this one replaces.

    Parameters
    ----------
    settings, keyed
        See :func:`create_app`.
    patience
        Seconds to wait.
    """
    until = time.monotonic() + patience
    while True:
        waits = time.monotonic() < until
        # A local one that was killed is started again by the process that keeps it running, which says so.
        if not (waits and settings.neo4j.uri is None and crashed(settings.home)):
            try:
                return Service(settings, keyed)
            except _PASSING:
                if not waits:
                    raise
        time.sleep(0.2)


class _App(FastAPI):
    """FastAPI with the service's middleware around all of its own, a third of the time of a plain answer."""

    def __init__(self, settings: Settings, access_log: bool, **options: Any) -> None:
        super().__init__(**options)
        self._settings, self._access_log = settings, access_log

    def build_middleware_stack(self) -> ASGIApp:
        """Return what a request passes, from the outside to the routes."""
        direct = Direct(super().build_middleware_stack())
        return Measured(Gate(direct, self._settings, Uploads(self), self._access_log))
