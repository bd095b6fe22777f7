"""The process of a job, ``python -m graphrec.service.job_process FOLDER``: waits for its turn, becomes the command.

It writes down itself how the command has ended. It is in a session of its own, so that it outlives the service, and at
low priority, so that answers stay quick.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

from graphrec.common.file_lock import waited_for
from graphrec.journal.recording import in_process
from graphrec.service.job import LOG, STOP, Job, now, stored_job, write_job
from graphrec.service.job_options import arguments

#: Added to the niceness of the process.
NICE = 10
#: Bytes at the end of a log in which the error is looked for.
_TAIL = 4_096


def main(folder: Path) -> int:
    """Do the work of a job, and return the exit code."""
    # A service manager that ends everything asks by SIGTERM: training then keeps its best weights, as on Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    job = msgspec.structs.replace(stored_job(folder), process=os.getpid())
    write_job(folder, job)
    code = 130
    try:
        with waited_for(folder.parent / f"{job.kind}.lock"):
            job = msgspec.structs.replace(job, state="running", started_at=now())
            write_job(folder, job)
            code = _run(job)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
    finally:
        _end(folder, job, code)
    return code


def _run(job: Job) -> int:
    """Run the command in this process, and return its exit code."""
    with suppress(OSError, AttributeError):
        os.nice(NICE)
    in_process(through="job", job=job.job_id, startedBy=job.by)
    sys.argv = ["graphrec", *arguments(job.kind, job.options)]
    try:
        runpy.run_module("graphrec", run_name="__main__", alter_sys=True)
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 0
    return 0


def _end(folder: Path, job: Job, code: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    stopped = code == 130 or (code != 0 and (folder / STOP).exists())
    state = "done" if code == 0 else "stopped" if stopped else "failed"
    message = _said(folder / LOG) if state == "failed" else None
    write_job(folder, msgspec.structs.replace(job, state=state, ended_at=now(), exit_code=code, message=message))


def _said(log: Path) -> str:
    """Return the error at the end of a log, or its last line."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL))
        lines = file.read().decode("utf-8", "replace").splitlines()
    errors = [place for place, line in enumerate(lines) if line.startswith("error: ")]
    return "\n".join(lines[errors[-1] :]).removeprefix("error: ") if errors else "".join(lines[-1:])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
