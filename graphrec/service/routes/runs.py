"""The published runs: list, go back."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request

from graphrec.client.models import Run, Runs, Switched
from graphrec.publishing.registry import PublishedRun, published_runs
from graphrec.publishing.registry import rollback as go_back
from graphrec.runs.store import list_runs
from graphrec.service.access import Admin
from graphrec.service.problem import responses
from graphrec.service.state import service_of

router = APIRouter(tags=["runs"])


@router.get("/runs", operation_id="runs", responses=responses())
def runs(request: Request, caller: Admin) -> Runs:
    """Return the runs published in the database, the active one first, and the trained ones that are not."""
    service = service_of(request)
    published = published_runs(service.db)
    known = {run.directory for run in published}
    return Runs(
        active=next((run.run_id for run in published if run.active), None),
        runs=[_run(run) for run in published],
        unpublished=[run.run_id for run in list_runs(service.settings) if run.run_id not in known],
    )


@router.post("/runs/rollback", operation_id="rollback", responses=responses(404, 409))
def rollback(request: Request, caller: Admin) -> Switched:
    """Switch readers back to the run published before the active one."""
    now, before = go_back(service_of(request).db)
    return Switched(run_id=now, before=before)


def _run(run: PublishedRun) -> Run:
    fields = ("run_id", "active", "state", "created_at", "published_at", "users", "items", "links", "k")
    return Run(**{name: getattr(run, name) for name in fields}, metrics=json.loads(run.metrics))
