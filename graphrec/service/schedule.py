"""Updates on a schedule: ``graphrec update`` as a job, every so often, by one process of the service at a time.

A failure is written down and tried again, at first soon, then ever later. After a rollback nothing is updated, since
that would undo it, until somebody publishes a run.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from threading import Event

import msgspec

from graphrec.common.console import note, warn
from graphrec.common.errors import BusyError, GraphrecError
from graphrec.common.file_lock import lock
from graphrec.common.files import write_json
from graphrec.common.private import open_private, private_folder
from graphrec.config.settings import Settings
from graphrec.db.database import connect
from graphrec.publishing.registry import PublishedRun, active_run, published_runs
from graphrec.service import jobs
from graphrec.service.freshness import Totals, remember, totals
from graphrec.service.job import Job, folder_of, read_job

#: Seconds between two looks whether the process that has the schedule lives, and between looks at a job.
LOOK, POLL = 5.0, 0.3
#: Seconds before the first repetition after a failure, each the double of the one before, and the longest.
FIRST, LONGEST = 30.0, 3_600.0


class Schedule(msgspec.Struct, frozen=True, rename="camel"):
    """What the schedule has done, and will do next.

    Attributes
    ----------
    every
        Seconds from one update to the next.
    next_at
        When, in seconds since 1970.
    failures
        Failed updates since the last that succeeded.
    last_job, last_state
        The last update.
    paused
        Why nothing is updated; None: it is.
    message
        Why the last one failed.
    publication
        Number of the publication that the last update left active.
    """

    every: float
    next_at: float = 0.0
    failures: int = 0
    last_job: str | None = None
    last_state: str | None = None
    paused: str | None = None
    message: str | None = None
    publication: int = 0


def read_schedule(settings: Settings) -> Schedule | None:
    """Return the state of the schedule; None where there has been none."""
    with suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(_path(settings).read_bytes(), type=Schedule)
    return None


def run_schedule(settings: Settings, every: float, ended: Event) -> None:
    """Update every so often until ``ended`` is set; wait as long as another process does it.

    As long as runs are compared (``[serve.experiment]``), nothing is updated: publishing would take one of them away.

    Parameters
    ----------
    settings
        The project.
    every
        Seconds from one update to the next.
    ended
        Ends the schedule; an update that runs goes on by itself.
    """
    path = private_folder(_path(settings).parent) / "schedule.lock"
    with open_private(path, "ab") as file:
        while lock(file) is False:
            if ended.wait(LOOK):
                return
        before = read_schedule(settings)
        state = msgspec.structs.replace(before, every=every) if before else Schedule(every)
        # A shorter interval than before holds at once.
        state = _stored(settings, msgspec.structs.replace(state, next_at=min(state.next_at, time.time() + every)))
        # Short waits: a signal that comes just before the system call of a wait does not end that wait.
        while not ended.wait(max(0.0, min(state.next_at - time.time(), LOOK))):
            if time.time() >= state.next_at:
                state = _stored(settings, _turn(settings, state, ended))


def _turn(settings: Settings, state: Schedule, ended: Event) -> Schedule:
    """Update once, and return the new state."""
    later = msgspec.structs.replace(state, next_at=time.time() + state.every, paused=None)
    try:
        with connect(settings) as db:
            active = active_run(db)
            found = totals(db, settings.graph)
        later = msgspec.structs.replace(later, paused=_why_not(state, active, settings.serve.experiment))
        if later.paused is not None:
            return later
        # New content is encoded only where the run has learned from content.
        job = jobs.start(settings, "update", {"embed": bool(active and active.encoders), "prune": True}, by="schedule")
    except BusyError:  # somebody has started one
        return later
    except GraphrecError as error:
        return _failed(later, error.message)
    job = _awaited(settings, job, ended)
    later = msgspec.structs.replace(later, last_job=job.job_id, last_state=job.state)
    if job.state == "failed":
        return _failed(later, job.message or "it said nothing")
    if job.state != "done":
        return later
    note(f"update {job.job_id}: done")
    publication = max(state.publication, _taken_in(settings, job, found))
    return msgspec.structs.replace(later, failures=0, message=None, publication=publication)


def _why_not(state: Schedule, active: PublishedRun | None, experiment: Collection[str]) -> str | None:
    """Return why nothing is to be updated now."""
    if experiment:
        return f"the runs {', '.join(experiment)} are compared, and publishing an update would take one of them away"
    if active is None:
        return "no run is published yet"
    if active.publication < state.publication:
        return f"somebody has gone back to {active.run_id}, and an update would undo that; publish a run to go on"
    return None


def _awaited(settings: Settings, job: Job, ended: Event) -> Job:
    """Return a job when it has ended, or when the schedule ends."""
    folder = folder_of(settings, job.job_id)
    while not job.ended and not ended.wait(POLL):
        job = read_job(folder)
    return job


def _taken_in(settings: Settings, job: Job, found: Totals) -> int:
    """Store what the published run was made from; return the number of its publication."""
    name = ((job.result or {}).get("published") or {}).get("runId")
    with suppress(GraphrecError), connect(settings) as db:
        run = next((one for one in published_runs(db) if one.run_id == name), None)
        if run is not None:
            remember(settings, run.run_id, found)
            return run.publication
    return 0


def _failed(state: Schedule, message: str) -> Schedule:
    """Return the state after a failure: tried again after 30 s, 1 min, 2 min … up to an hour, or the interval."""
    wait = min(FIRST * 2**state.failures, max(state.every, LONGEST))
    warn(f"the update failed: {message}; tried again in {wait:.0f} s")
    failures = min(state.failures + 1, 30)
    return msgspec.structs.replace(
        state, next_at=time.time() + wait, failures=failures, last_state="failed", message=message
    )


def _stored(settings: Settings, state: Schedule) -> Schedule:
    write_json(_path(settings), msgspec.to_builtins(state))
    return state


def _path(settings: Settings) -> Path:
    return settings.home / "service" / "schedule.json"
