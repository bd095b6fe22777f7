"""Start, stop and tidy long work: each job is a process of its own (:mod:`graphrec.service.job_process`).

Several processes of the service share the folder: what changes the list is done under a lock. Of a kind one job runs
and one waits at most. A job that writes to the database waits for other writers as any command does
(:mod:`graphrec.db.write_lock`).
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from graphrec.common.errors import BusyError, ResourceError
from graphrec.common.file_lock import is_held, lock, waited_for
from graphrec.common.private import open_private, private_file, private_folder
from graphrec.config.settings import Settings
from graphrec.journal.recording import fact
from graphrec.service.job import (
    ALIVE,
    LOG,
    PROGRESS,
    RESULT,
    STOP,
    Job,
    all_jobs,
    folder_of,
    jobs_folder,
    now,
    read_job,
    stored_job,
    write_job,
)
from graphrec.service.job_options import checked

#: Jobs that are kept once they have ended; of each kind the newest that is done is kept too.
KEPT = 50
#: Seconds after which a stop is repeated with the next signal.
PATIENCE = 20.0


def start(settings: Settings, kind: str, options: dict[str, Any] | None = None, by: str = "person") -> Job:
    """Start a job; it waits until another one of its kind has ended.

    Parameters
    ----------
    settings
        The project.
    kind, options
        See :mod:`graphrec.service.job_options`.
    by
        Who starts it.

    Raises
    ------
    InputError
        There is no such command, or an option does not fit.
    BusyError
        One of its kind waits already.
    ResourceError
        The machine starts no more processes.
    """
    given = checked(kind, options or {})
    root = private_folder(jobs_folder(settings))
    with waited_for(root / "list.lock"):
        there = _recovered(settings)
        alive = [job.job_id for job in there if job.kind == kind and not job.ended]
        if len(alive) > 1:
            raise BusyError(
                f"a job {kind!r} runs and one waits already: {', '.join(alive)}", hint="wait for its end, or stop one"
            )
        job = Job(f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}", kind, given, "queued", now(), by)
        fact(job=job.job_id, started=kind)
        process = _spawn(settings, job)
        _prune(settings, there)
    # Without someone who waits for it, an ended child stays as a zombie.
    threading.Thread(target=process.wait, name=f"job {job.job_id}", daemon=True).start()
    return job


def _spawn(settings: Settings, job: Job) -> subprocess.Popen[bytes]:
    """Start the process of a job, which inherits the lock that says that it lives."""
    folder = private_folder(jobs_folder(settings) / job.job_id)
    private_file(folder / RESULT)
    named = {"GRAPHREC_HOME": settings.home, "GRAPHREC_RUNS": settings.runs, "GRAPHREC_CONFIG": settings.file}
    environment = {name: str(path) for name, path in named.items() if path is not None}
    environment |= {"GRAPHREC_PROGRESS_FILE": str(folder / PROGRESS), "PYTHONUNBUFFERED": "1"}
    with (
        open_private(folder / ALIVE, "ab") as alive,
        open_private(folder / LOG, "ab") as log,
        open_private(folder / RESULT, "wb") as result,
    ):
        lock(alive)
        write_job(folder, job)  # only now can others see it
        try:
            return subprocess.Popen(
                [sys.executable, "-P", "-m", "graphrec.service.job_process", str(folder)],
                cwd=settings.root,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=result,
                stderr=log,
                start_new_session=True,
                pass_fds=[alive.fileno()],
            )
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise ResourceError(
                f"no process can be started: {error.strerror}", hint="end others, or wait a while"
            ) from error


def stop(settings: Settings, job_id: str) -> Job:
    """Ask a job to stop, as Ctrl-C does; one that goes on is asked again, and killed in the end. Ended: do nothing.

    Raises
    ------
    NotFoundError
        There is no such job.
    """
    folder = folder_of(settings, job_id)
    job = read_job(folder)
    if not job.ended:
        open_private(folder / STOP, "ab").close()
        threading.Thread(target=_insist, args=(folder,), name=f"stopping {job_id}", daemon=True).start()
    return job


def _insist(folder: Path) -> None:
    """Send one signal after the other until the job has ended."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        until = time.monotonic() + PATIENCE
        sent = False
        while is_held(folder / ALIVE):
            # The number is its own: it wrote it down, and lives. A process that is just starting has not yet.
            process = stored_job(folder).process
            if not sent and process is not None:
                with suppress(ProcessLookupError):
                    os.kill(process, number)
                sent = True
            if time.monotonic() > until:
                break
            time.sleep(0.1)
        else:
            return


def recover(settings: Settings) -> None:
    """Write down which jobs have been lost."""
    root = jobs_folder(settings)
    if root.is_dir():
        with waited_for(root / "list.lock"):
            _recovered(settings)


def _recovered(settings: Settings) -> list[Job]:
    """Write down which jobs have been lost, under the lock of the list; return all, the newest first."""
    found = all_jobs(settings)
    for job in found:
        folder = jobs_folder(settings) / job.job_id
        if job.ended and not stored_job(folder).ended:
            write_job(folder, job)
    return found


def running(settings: Settings, kind: str) -> Job | None:
    """Return the job of a kind that runs or waits, if any."""
    return next((job for job in all_jobs(settings) if job.kind == kind and not job.ended), None)


def newest_result(settings: Settings, kind: str) -> Job | None:
    """Return the newest job of a kind that is done."""
    return next((job for job in all_jobs(settings) if job.kind == kind and job.state == "done"), None)


def _prune(settings: Settings, there: list[Job]) -> None:
    """Remove the oldest jobs that have ended."""
    ended = [job for job in there if job.ended]
    done = {job.kind: job.job_id for job in reversed(ended) if job.state == "done"}
    for job in ended[KEPT:]:
        if job.job_id != done.get(job.kind):
            shutil.rmtree(jobs_folder(settings) / job.job_id, ignore_errors=True)
