"""Long work as processes of its own: started, queued, followed, stopped, lost, tidied; and updates on a schedule."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from graphrec.common.console import progress
from graphrec.common.errors import BusyError, InputError, NotFoundError, TrainingError
from graphrec.common.file_lock import waited_for
from graphrec.common.files import write_json
from graphrec.common.private import private_folder
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.erasure import in_jobs
from graphrec.publishing.publish import publish
from graphrec.publishing.registry import active_run, rollback
from graphrec.runs.run import Run
from graphrec.service import job as stored
from graphrec.service import jobs, schedule
from graphrec.service.freshness import freshness
from graphrec.service.job import Job, all_jobs, folder_of, read_job, read_log
from graphrec.service.job_options import arguments, checked
from graphrec.updating.published import require_same

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows gives its locks to no child")


@pytest.fixture(autouse=True)
def no_jobs(settings: Settings) -> None:
    """Remove what other tests have left in the home of the server."""
    shutil.rmtree(settings.home / "service", ignore_errors=True)


def ended(settings: Settings, job: Job) -> Job:
    """Wait for the end of a job."""
    while not (found := read_job(folder_of(settings, job.job_id))).ended:
        time.sleep(0.02)
    return found


def stored_lock(path: Path) -> AbstractContextManager[None]:
    """Hold the lock of a kind of job, as a running one does."""
    return waited_for(private_folder(path.parent) / path.name)


def test_only_what_is_listed_may_be_started() -> None:
    assert arguments("train", checked("train", {"epochs": 3, "refit": False, "resume": None})) == [
        *("train", "--json", "--epochs=3", "--no-refit")
    ]
    for kind, options in (
        ("db", {}),
        ("train", {"wandb": "project"}),
        ("train", {"epochs": "3; rm"}),
        ("train", {"device": "--help"}),
        ("train", {"resume": "../runs"}),
        ("publish", {}),
        ("publish", {"run": "--yes"}),
        ("publish", {"run": "a/../b"}),
        ("publish", {"run": "a\n"}),
        ("publish", {"run": "20261130-090000-0a1b", "k": 10**9}),
        ("embed", {"text": "somebody/else"}),
    ):
        with pytest.raises(InputError):
            checked(kind, options)


def test_progress_is_written_for_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "progress.json"
    monkeypatch.setenv("GRAPHREC_PROGRESS_FILE", str(file))
    with progress() as bar:
        task = bar.add_task("links", total=4)
        bar.advance(task, 3)
    assert json.loads(file.read_text()) == {"what": "links", "done": 3, "total": 4}


def test_two_of_a_kind_wait_for_each_other_and_outlive_who_started_them(films: Database, settings: Settings) -> None:
    """The first is started by another process, as of another worker, which is then killed."""
    root = stored.jobs_folder(settings)
    program = (
        "from graphrec.config.settings import load_settings; from graphrec.service import jobs; import time\n"
        "print(jobs.start(load_settings(), 'quality', {'burst': 5}).job_id, flush=True)\n"
        "time.sleep(60)"
    )
    with stored_lock(root / "quality.lock"):  # so that the first cannot end before the others are there
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdout is not None
            first = worker.stdout.readline().strip()
            worker.kill()
        assert read_job(folder_of(settings, first)).state == "queued"
        second = jobs.start(settings, "quality")
        with pytest.raises(BusyError, match="runs and one waits already"):
            jobs.start(settings, "quality")
        jobs.stop(settings, second.job_id)
        assert ended(settings, second).state == "stopped"
    done = ended(settings, read_job(folder_of(settings, first)))
    assert (done.state, done.exit_code, done.result["counts"]["RATED"]) == ("done", 0, 6)
    assert done.progress is not None
    assert (done.progress.what, done.progress.done, done.progress.total) == ("checking behaviours", 6, 6)
    assert [job.job_id for job in all_jobs(settings)] == [second.job_id, first]
    # Who is an example in its report can be forgotten there.
    assert in_jobs.look(settings, ["cleo"]) == 0
    report = json.loads((folder_of(settings, first) / "result.json").read_text())
    report["findings"][0]["examples"] = ["cleo", ["cleo", "1", "RATED"], "ben"]
    write_json(folder_of(settings, first) / "result.json", report)
    assert in_jobs.look(settings, ["cleo"]) == 2
    in_jobs.remove(settings, ["cleo"])
    assert read_job(folder_of(settings, first)).result["findings"][0]["examples"] == ["ben"]
    for path in (root, *root.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    failed = ended(settings, jobs.start(settings, "publish", {"run": "20260101-000000-abcd"}))
    assert failed.state == "failed"
    assert "no run" in str(failed.message)
    log = read_log(folder_of(settings, failed.job_id))
    assert log.ended
    assert log.text.startswith("error: no run")
    assert read_log(folder_of(settings, failed.job_id), log.offset).text == ""
    for name in ("../..", "20260101-000000-abcd"):
        with pytest.raises(NotFoundError):
            folder_of(settings, name)


def test_what_is_stopped_or_lost_is_said_and_old_ones_go(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, db: Database
) -> None:
    lock = stored.jobs_folder(settings) / "embed.lock"
    with stored_lock(lock):
        lost = jobs.start(settings, "embed")
        while read_job(folder_of(settings, lost.job_id)).process is None:
            time.sleep(0.02)
        os.kill(int(read_job(folder_of(settings, lost.job_id)).process or 0), signal.SIGKILL)
        gone = ended(settings, lost)
        assert (gone.state, gone.message) == ("failed", stored.LOST)
        assert not stored.stored_job(folder_of(settings, lost.job_id)).ended  # seen, not yet written down
        jobs.recover(settings)
        assert stored.stored_job(folder_of(settings, lost.job_id)).state == "failed"
        # One that hears no signal but the last.
        monkeypatch.setattr(jobs, "PATIENCE", 0.2)
        deaf = jobs.start(settings, "embed")
        while (process := read_job(folder_of(settings, deaf.job_id)).process) is None:
            time.sleep(0.02)
        os.kill(process, signal.SIGSTOP)
        jobs.stop(settings, deaf.job_id)
        assert ended(settings, deaf).state == "stopped"
    monkeypatch.setattr(jobs, "KEPT", 1)
    last = jobs.start(settings, "update")
    assert [job.job_id for job in all_jobs(settings)] == [last.job_id, deaf.job_id]
    assert ended(settings, last).state == "failed"  # an empty graph


def test_updates_on_a_schedule(
    films: Database, film_run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure is tried again; a rollback is not undone; of two processes only one has the schedule."""
    monkeypatch.setattr(schedule, "FIRST", 0.2)
    publish(films, film_run, k=2)
    assert freshness(films, settings).behaviours == 0
    films.write("MATCH (u:User {userId: 'anna'}), (i:Item {itemId: '5'}) CREATE (u)-[:RATED]->(i)")
    fresh = freshness(films, settings)
    assert (fresh.run_id, fresh.behaviours, fresh.users) == (film_run.run_id, 1, 0)
    assert fresh.seconds is not None
    away = film_run.path.rename(film_run.path.with_name("away"))
    over = threading.Event()
    both = [
        threading.Thread(target=schedule.run_schedule, args=(settings, 3600.0, over)),
        threading.Thread(target=schedule.run_schedule, args=(settings, 3600.0, over)),
    ]
    for thread in both:
        thread.start()
    until(lambda: (schedule.read_schedule(settings) or schedule.Schedule(0)).failures == 2)
    over.set()
    for thread in both:
        thread.join()
    tried = all_jobs(settings)
    assert {job.by for job in tried} == {"schedule"}
    assert len({job.job_id for job in tried if job.state == "failed"}) >= 2
    assert "its directory" in str((schedule.read_schedule(settings) or schedule.Schedule(0)).message)
    away.rename(film_run.path)
    # What is published later has a higher number; going back is seen by it.
    publish(films, film_run, k=3)
    active = active_run(films)
    assert active is not None
    rollback(films)
    require_same(active_run(films), active_run(films))
    with pytest.raises(TrainingError, match="which this update began with: nothing is published"):
        require_same(active, active_run(films))  # somebody goes back while an update works
    went_back = schedule.Schedule(3600.0, publication=active.publication)
    said = schedule._turn(settings, went_back, over)
    assert "would undo that" in str(said.paused)
    compared = settings.override("serve", experiment={"a": 0.5, "b": 0.5})
    assert "compared" in str(schedule._turn(compared, went_back, over).paused)
    assert all_jobs(settings)[0].job_id == tried[0].job_id


def test_a_worker_only_updates(films: Database, settings: Settings, interrupted: Callable[..., Any]) -> None:
    def paused() -> str | None:
        return (schedule.read_schedule(settings) or schedule.Schedule(0)).paused

    left = interrupted(paused, "serve", "--worker")
    assert left.exit_code == 130
    assert "takes changes in every 15m" in left.stdout
    assert paused() == "no run is published yet"


def until(true: Callable[[], object]) -> None:
    while not true():
        time.sleep(0.05)
