"""One piece of long work, as its folder describes it: ``job.json``, ``log``, ``result.json``.

The process that does the work holds the lock of ``alive.lock`` from before its first step until it ends, however it
ends. So a job is alive as long as the lock is held, whatever has become of the service that started it, and whichever
process has its number by now.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from graphrec.common.errors import InputError, NotFoundError
from graphrec.common.file_lock import is_held
from graphrec.common.files import write_json
from graphrec.config.settings import Settings

FOLDER = "jobs"
JOB, LOG, RESULT, PROGRESS, ALIVE, STOP = "job.json", "log", "result.json", "progress.json", "alive.lock", "stop"
#: Most bytes of a log that are returned at once.
LOG_BYTES = 65_536
_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")

State = Literal["queued", "running", "done", "failed", "stopped"]
LOST = "the process ended without a word: it was killed, or the machine went down"


class Progress(msgspec.Struct, frozen=True):
    """What the command does now; ``done`` of ``total``, each None if not known."""

    what: str
    done: float | None = None
    total: float | None = None


class Job(msgspec.Struct, frozen=True, rename="camel"):
    """A piece of long work.

    Attributes
    ----------
    job_id, kind, options
        Its name; the command, and its options.
    state
        ``queued``: waits for the end of another one of its kind. ``stopped``: by request, or interrupted.
    by
        Who started it: ``person`` or ``schedule``.
    created_at, started_at, ended_at
        ISO 8601 in UTC.
    process
        Number of its process.
    exit_code
        Of the command.
    message
        Why it failed.
    progress
        How far it is.
    result
        What the command printed.
    """

    job_id: str
    kind: str
    options: dict[str, Any]
    state: State
    created_at: str
    by: str = "person"
    started_at: str | None = None
    ended_at: str | None = None
    process: int | None = None
    exit_code: int | None = None
    message: str | None = None
    progress: Progress | None = None
    result: Any = None

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self.state in ("done", "failed", "stopped")

    def to_dict(self) -> dict[str, Any]:
        """Return the fields under their JSON names."""
        return dict(msgspec.to_builtins(self))


class LogPart(msgspec.Struct, frozen=True):
    """Part of a log: its text, the offset of what follows, and whether nothing more will follow."""

    text: str
    offset: int
    ended: bool


def now() -> str:
    """Return the time, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def jobs_folder(settings: Settings) -> Path:
    """Return the folder of all jobs, which may be missing."""
    return settings.home / "service" / FOLDER


def folder_of(settings: Settings, job_id: str) -> Path:
    """Return the folder of a job.

    Raises
    ------
    NotFoundError
        There is no such job.
    """
    folder = jobs_folder(settings) / job_id
    if not _ID.fullmatch(job_id) or not (folder / JOB).is_file():
        raise NotFoundError(f"no job {job_id!r}", hint="the list of jobs names them; old ones are removed")
    return folder


def read_job(folder: Path) -> Job:
    """Read a job; one whose process is gone without a word counts as failed, or stopped where that was asked.

    Raises
    ------
    InputError
        Its file is damaged.
    """
    alive = is_held(folder / ALIVE)  # first: what the process wrote before it ended is then read below
    job = stored_job(folder)
    if not job.ended and not alive:
        asked = (folder / STOP).exists()
        job = msgspec.structs.replace(
            job, state="stopped" if asked else "failed", message=None if asked else LOST, ended_at=now()
        )
    return msgspec.structs.replace(
        job,
        progress=None if job.state == "queued" else _part(folder / PROGRESS, Progress),
        result=_part(folder / RESULT, Any) if job.state == "done" else None,
    )


def stored_job(folder: Path) -> Job:
    """Read a job as it was last written down.

    Raises
    ------
    InputError
        Its file is damaged.
    """
    try:
        return msgspec.json.decode((folder / JOB).read_bytes(), type=Job)
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"{folder / JOB}: not a job: {error}", hint="remove that folder") from error


def _part(path: Path, kind: Any) -> Any:
    """Read a JSON file that may be missing or incomplete."""
    with suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(path.read_bytes(), type=kind)
    return None


def write_job(folder: Path, job: Job) -> None:
    """Store a job in one step; progress and result have files of their own."""
    write_json(folder / JOB, {**job.to_dict(), "progress": None, "result": None})


def all_jobs(settings: Settings) -> list[Job]:
    """Return the jobs, the newest first; without damaged ones, which :func:`read_job` tells of."""
    found = []
    for folder in job_folders(settings):
        with suppress(InputError):
            found.append(read_job(folder))
    return found


def job_folders(settings: Settings) -> list[Path]:
    """Return the folders of the jobs, the newest first."""
    found = [path for path in jobs_folder(settings).glob("*") if _ID.fullmatch(path.name) and (path / JOB).is_file()]
    return sorted(found, key=lambda path: (_created(path), path.name), reverse=True)


def _created(folder: Path) -> str:
    with suppress(OSError, ValueError, KeyError):
        return str(json.loads((folder / JOB).read_text(encoding="utf-8"))["createdAt"])
    return ""


def read_log(folder: Path, offset: int = 0) -> LogPart:
    """Return whole lines of a log from a byte offset on, at most :data:`LOG_BYTES`; the last line once it has ended.

    Raises
    ------
    InputError
        The offset is negative.
    """
    if offset < 0:
        raise InputError(f"offset {offset}: is negative", hint="begin with 0, and go on with the offset returned")
    ended = read_job(folder).ended  # first: then the log is complete
    with (folder / LOG).open("rb") as file:
        file.seek(offset)
        found = file.read(LOG_BYTES)
        rest = bool(file.read(1))
    if rest or not ended:  # a line longer than all that is returned at once is cut anywhere
        found = found[: found.rfind(b"\n") + 1] or (found if len(found) == LOG_BYTES else b"")
    return LogPart(found.decode("utf-8", "replace"), offset + len(found), ended and not rest)
