"""Long work: start, follow, stop."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Request

from graphrec.client.models_admin import Job, JobLog, Jobs, NewJob
from graphrec.service import jobs as work
from graphrec.service.access import Admin
from graphrec.service.job import Job as Stored
from graphrec.service.job import all_jobs, folder_of, read_job, read_log
from graphrec.service.problem import responses
from graphrec.service.state import service_of

router = APIRouter(tags=["jobs"])

JobId = Annotated[str, Path(min_length=1, max_length=100, examples=["20261130-090000-0a1b"])]
RunId = Annotated[str, Path(min_length=1, max_length=100, examples=["20261130-090000-0a1b"])]


@router.get("/jobs", operation_id="jobs", responses=responses())
def jobs(request: Request, caller: Admin) -> Jobs:
    """Return the jobs, the newest first; the oldest are removed as new ones come."""
    return Jobs(jobs=[shown(job) for job in all_jobs(service_of(request).settings)])


@router.post("/jobs", operation_id="start_job", status_code=202, responses=responses(409))
def start(request: Request, caller: Admin, body: NewJob) -> Job:
    """Start long work; of a kind one runs and one waits at most."""
    return shown(work.start(service_of(request).settings, body.kind, body.options))


@router.get("/jobs/{job}", operation_id="job", responses=responses(404))
def job_detail(request: Request, caller: Admin, job: JobId) -> Job:
    """Return a job: its state, progress and result."""
    return shown(read_job(folder_of(service_of(request).settings, job)))


@router.delete("/jobs/{job}", operation_id="stop_job", status_code=202, responses=responses(404))
def stop(request: Request, caller: Admin, job: JobId) -> Job:
    """Ask a job to stop, as Ctrl-C does; one that does not listen is ended in the end. What has ended stays."""
    return shown(work.stop(service_of(request).settings, job))


@router.get("/jobs/{job}/log", operation_id="job_log", responses=responses(404))
def log(
    request: Request,
    caller: Admin,
    job: JobId,
    offset: Annotated[int, Query(ge=0, le=2**53, description="Where to begin: the offset of the answer before.")] = 0,
) -> JobLog:
    """Return what a job has said, from an offset on."""
    part = read_log(folder_of(service_of(request).settings, job), offset)
    return JobLog(text=part.text, offset=part.offset, ended=part.ended)


@router.post("/runs/{run}/publish", operation_id="publish", status_code=202, responses=responses(404, 409))
def publish(request: Request, caller: Admin, run: RunId) -> Job:
    """Publish a trained run, as a job."""
    from graphrec.runs.store import open_run

    settings = service_of(request).settings
    open_run(settings, run.partition("~")[0])
    return shown(work.start(settings, "publish", {"run": run.partition("~")[0]}))


def shown(job: Stored) -> Job:
    """Return a job as the service answers it."""
    fields: dict[str, Any] = {name: getattr(job, name) for name in Job.model_fields}
    fields["progress"] = None if job.progress is None else msgspec.to_builtins(job.progress)
    return Job.model_validate(fields)
