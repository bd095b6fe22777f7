"""Publishing the newest run: only what validates better than the active one goes out unasked."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.publishing.publish import publish
from graphrec.publishing.registry import active_run
from graphrec.runs.run import Run

SPLIT = {"method": "random", "seed": 0}


@pytest.fixture
def made(films: Database, make_run: Callable[..., Run]) -> Callable[..., Run]:
    """Make a run of the films that validates at a value."""
    numbers = iter(range(100))

    def make(ndcg: float | None, fingerprint: str = "f00d", split: dict[str, Any] = SPLIT, **info: Any) -> Run:
        users, items = [[1.0, 0.0]] * 3, [[0.1 * n, 1.0] for n in range(5)]
        run = make_run(["anna", "ben", "cleo"], ["1", "2", "3", "4", "5"], users, items)
        run.update(
            settings={"split": split, "train": {"metric_k": 10}},
            fingerprint=fingerprint,
            metrics={} if ndcg is None else {"ndcg@10": ndcg},
            **info,
        )
        # The newest is the one of the last name: these are made within one second.
        return Run(run.path.rename(run.path.with_name(f"30000101-000000-{next(numbers):04d}")), run.info)

    return make


def active(db: Database) -> str:
    found = active_run(db)
    assert found is not None
    return found.run_id


def test_a_worse_newest_run_is_refused_and_the_next_step_named(films: Database, made: Any, run: Any):
    good, bad = made(0.30), made(0.20)
    publish(films, good)
    left = run("publish")
    assert (left.exit_code, left.stdout) == (2, "")
    assert (
        f"run {bad.run_id} is worse: validation ndcg@10 0.2000, 0.3000 for the active run {good.run_id}" in left.stderr
    )
    assert f"graphrec publish {bad.run_id}" in left.stderr
    assert "--if-better" in left.stderr
    assert active(films) == good.run_id
    # By its name, or asked for with --yes, it is what was meant.
    assert run("publish", bad.run_id).exit_code == 0
    assert active(films) == bad.run_id


def test_a_better_or_equal_newest_run_is_published(films: Database, made: Any, run: Any):
    publish(films, made(0.30))
    for value, word in ((0.30, "equal"), (0.35, "better")):
        newest = made(value)
        left = run("publish")
        assert left.exit_code == 0, left.stderr
        assert f"run {newest.run_id} is {word}" in left.stderr
        assert active(films) == newest.run_id
    # The active one itself is compared with nothing.
    assert "already active" in run("publish").stdout


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"fingerprint": "beef"}, "another state of the graph"),
        ({"split": {"method": "user-time", "seed": 0}}, "another split"),
        ({"ndcg": None}, "no validation ndcg@10"),
        ({"base": "20250101-000000-aaaa"}, "another state of the graph"),  # an update of a run that is not here
    ],
)
def test_a_run_that_cannot_be_compared_is_refused(films: Database, made: Any, run: Any, other: Any, reason: str):
    first = made(0.30)
    publish(films, first)
    newest = made(**({"ndcg": 0.40} | other))
    left = run("publish")
    assert left.exit_code == 2
    assert "cannot be compared" in left.stderr
    assert reason in left.stderr
    assert run("publish", "--if-better").exit_code == 0
    assert active(films) == first.run_id
    assert run("publish", "--yes").exit_code == 0
    assert active(films) == newest.run_id


def test_an_update_stands_for_the_run_that_it_updates(films: Database, made: Any, run: Any):
    base = made(0.30)
    updated = made(0.30, fingerprint="beef", base=base.run_id)
    publish(films, updated)
    made(0.20)
    assert "is worse" in run("publish").stderr
    assert active(films) == updated.run_id
    better = made(0.31)
    assert run("publish").exit_code == 0
    assert active(films) == better.run_id


def test_the_active_run_may_be_of_another_machine(films: Database, made: Any, run: Any, settings: Settings, tmp_path):
    away = made(0.30)
    publish(films, away)
    away.path.rename(tmp_path / "away")
    made(0.20)
    assert "is worse" in run("publish").stderr
    made(0.40)
    assert run("publish").exit_code == 0


def test_if_better_publishes_only_what_is_better_and_exits_0(films: Database, made: Any, run: Any):
    first = made(0.30)
    assert run("publish", "--if-better").exit_code == 0  # nothing is active yet
    assert active(films) == first.run_id
    for value in (0.20, 0.30):
        newest = made(value)
        left = run("publish", "--if-better")
        assert left.exit_code == 0, left.stderr
        assert f"not published, {first.run_id} stays active" in left.stdout
        said = json.loads(run("publish", newest.run_id, "--if-better", "--json").stdout)
        assert (said["runId"], said["outcome"]) == (first.run_id, "kept")
        assert said["comparison"]["value"] == value
        assert active(films) == first.run_id
    better = made(0.31)
    assert json.loads(run("publish", "--if-better", "--json").stdout)["outcome"] == "written"
    assert active(films) == better.run_id


def test_lists_beyond_reason_are_refused_unless_they_are_meant(
    films: Database, made: Any, run: Any, settings: Settings
):
    made(0.30)
    for options, said in (
        (("-k", "1001"), "-k 1001: that many links for each of 3 users; there are 5 items"),
        (("-k", "6"), "there are 5 items"),
        (("--similar", "1001"), "--similar 1001"),
    ):
        left = run("publish", *options)
        assert left.exit_code == 2
        assert said in left.stderr
        assert "--yes" in left.stderr
    assert active_run(films) is None
    assert run("publish", "-k", "5").exit_code == 0
    assert run("publish", "-k", "6", "--yes").exit_code == 0
    (settings.root / "graphrec.toml").write_text("[publish]\nk = 2000\n", encoding="utf-8")
    assert run("publish").exit_code == 2


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 130)])
def test_on_a_terminal_it_asks(films: Database, made: Any, settings: Settings, answer: str, code: int):
    good, bad = made(0.30), made(0.20)
    publish(films, good)
    ours, theirs = pty.openpty()
    try:
        os.write(ours, f"{answer}\n".encode())
        command = [sys.executable, "-m", "graphrec", "publish"]
        done = subprocess.run(
            command, cwd=settings.root, stdin=theirs, capture_output=True, text=True, check=False, timeout=120
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == code, done.stderr
    assert "Publish it anyway?" in done.stderr
    assert active(films) == (bad if code == 0 else good).run_id
