"""What killed trainings leave: taken up, removed, and never taken for runs; what still runs is left alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphrec.common.errors import NotFoundError, TrainingError
from graphrec.config.settings import Settings
from graphrec.runs.begin import new_run
from graphrec.runs.run import Run
from graphrec.runs.store import list_runs, open_resumable
from graphrec.runs.unfinished import LOCK, held, remove_useless, unfinished

ABOUT = {"settings": {}, "schema": {}, "fingerprint": "f"}


def killed(folder: Path, **about: Any) -> Run:
    """Leave what a training leaves that was killed in an epoch."""
    run = new_run(folder, ABOUT | about)
    (run.path / "checkpoint.pt").write_bytes(b"state")
    (run.path / "tb").mkdir()
    (run.path / "tb" / "events").write_bytes(b"x" * 100)
    return run


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A project without a database."""
    monkeypatch.chdir(tmp_path)
    return Settings(root=tmp_path, home=tmp_path / ".graphrec", runs=tmp_path / "runs", neo4j=None)


def test_what_killed_commands_leave_is_named_and_removed(project: Settings, run: Callable[..., Any]) -> None:
    first, early = killed(project.runs), new_run(project.runs, ABOUT)
    update = killed(project.runs, base="another")
    finished = killed(project.runs, state="finished")
    for one in (early, update):
        (one.path / LOCK).touch()
    empty = project.runs / "20260101-000000-abcd"
    empty.mkdir()
    (project.runs / "notes").mkdir()
    assert [one.run_id for one in list_runs(project)] == [finished.run_id]
    assert open_resumable(project).run_id == first.run_id  # not those that nothing can continue
    left = {one.path.name: one.resumable for one in unfinished(project.runs)}
    assert left == {empty.name: False, first.run_id: True, early.run_id: False, update.run_id: False}
    assert [one.path for one in remove_useless(project.runs)] == [empty, first.path]
    assert {path.name for path in project.runs.iterdir()} == {empty.name, first.run_id, finished.run_id, "notes"}
    assert not (finished.path / "checkpoint.pt").exists()
    assert run("runs", "clean").exit_code == 2  # nobody to ask
    assert f"removed {first.path}" in run("runs", "clean", "--yes").stdout
    assert {path.name for path in project.runs.iterdir()} == {finished.run_id, "notes"}
    assert "nothing is unfinished" in run("runs", "clean").stderr
    with pytest.raises(NotFoundError, match="no training"):
        open_resumable(project)


def test_a_run_that_is_being_made_is_left_alone_until_its_maker_is_killed(project: Settings) -> None:
    run = killed(project.runs)
    code = (
        "import sys, time; from pathlib import Path; from graphrec.runs.unfinished import held\n"
        "with held(Path(sys.argv[1])):\n  print('held', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code, run.path], stdout=subprocess.PIPE, text=True) as maker:
        assert maker.stdout is not None
        assert maker.stdout.readline() == "held\n"
        assert unfinished(project.runs) == []
        with pytest.raises(TrainingError, match="another command is training it"), held(run.path):
            raise AssertionError("two at once")
        maker.kill()
    (left,) = unfinished(project.runs)
    assert (left.path, left.resumable) == (run.path, True)
    with held(run.path):
        assert unfinished(project.runs) == []
    assert sorted(path.name for path in run.path.iterdir()) == ["checkpoint.pt", "run.json", "tb"]
