"""Numbers about the service for Prometheus, and the measuring of every request."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import datetime
from functools import partial

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphrec.service.freshness import Freshness
from graphrec.service.metrics_folder import FOLDER
from graphrec.service.problem import route_of
from graphrec.service.schedule import Schedule

if os.environ.get(FOLDER):
    # A process of the service never forks, so its number need not be asked for at each of five numbers of a request.
    values.ValueClass = values.MultiProcessValue(partial(int, os.getpid()))  # type: ignore[no-untyped-call]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

REQUESTS = Counter("graphrec_requests", "Requests by route, method and status", ("route", "method", "status"))
LATENCY = Histogram("graphrec_request_seconds", "Seconds until the answer is sent", ("route",), buckets=_SECONDS)
ANSWERS = Counter("graphrec_answers", "Recommendations by where they come from: links, live, stale", ("source",))
EVENTS = Counter("graphrec_events", "Events and impressions that were acknowledged", ("what", "outcome"))
QUEUED = Gauge("graphrec_events_queued", "Events on the disk that wait for Neo4j", multiprocess_mode="mostrecent")
OLDEST = Gauge("graphrec_events_oldest_seconds", "Age of the first of them", multiprocess_mode="mostrecent")
DEAD = Gauge("graphrec_events_dead", "Events that could not be written", multiprocess_mode="mostrecent")
AGE = Gauge("graphrec_run_age_seconds", "Seconds since the active run was published", multiprocess_mode="mostrecent")
PENDING = Gauge(
    "graphrec_pending_changes",
    "Users, items and behaviours more than the active run has taken in",
    ("kind",),
    multiprocess_mode="mostrecent",
)
FAILURES = Gauge(
    "graphrec_update_failures", "Scheduled updates that have failed one after the other", multiprocess_mode="mostrecent"
)


def staleness(fresh: Freshness, schedule: Schedule | None) -> None:
    """Set the numbers that say how old the answers are."""
    if fresh.seconds is not None:
        AGE.set(fresh.seconds)
    for kind in ("users", "items", "behaviours"):
        PENDING.labels(kind).set(getattr(fresh, kind))
    FAILURES.set(schedule.failures if schedule else 0)


class _ActiveRun(Collector):
    """The active run, and when it was published; asked for, as the processes' own numbers would keep earlier runs."""

    def __init__(self, fresh: Freshness) -> None:
        self._fresh = fresh

    def collect(self) -> Iterator[Metric]:
        """Yield the number."""
        found = GaugeMetricFamily(
            "graphrec_run_published_seconds", "Time of the active run's publication", labels=("run_id",)
        )
        if self._fresh.run_id is not None and self._fresh.published_at is not None:
            found.add_metric((self._fresh.run_id,), datetime.fromisoformat(self._fresh.published_at).timestamp())
        yield found


def exposition(fresh: Freshness | None = None) -> bytes:
    """Return all numbers in Prometheus' text format, of all processes of the service."""
    registry = CollectorRegistry() if os.environ.get(FOLDER) else REGISTRY
    if registry is not REGISTRY:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    text = generate_latest(registry)
    if fresh is None:
        return text
    active = CollectorRegistry()
    active.register(_ActiveRun(fresh))
    return text + generate_latest(active)


class Measured:
    """Middleware that counts and times each request by its route; the path itself may hold personal data."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            route = route_of(scope)
            REQUESTS.labels(route, scope["method"], status).inc()
            LATENCY.labels(route).observe(time.perf_counter() - began)
