"""An update that goes on: it takes in what comes, says nothing while nothing does, and ends with Ctrl-C."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from graphrec.publishing.publish import publish
from graphrec.publishing.registry import published_runs, rollback
from graphrec.training.train import train

NEXT = """
MATCH (u:User), (i:Item)
WHERE NOT (u)--(i)
WITH u, i ORDER BY u.userId, i.itemId LIMIT 3
CREATE (u)-[:PURCHASED {at: datetime('2030-01-01T00:00:00Z')}]->(i)
"""


def test_what_comes_is_taken_in_until_ctrl_c(sample_project: Callable[..., Any], tmp_path: Path) -> None:
    with sample_project(tmp_path, "[train]\nepochs = 2\n", users=40, items=30) as (settings, db):
        publish(db, train(db, settings).run)
        seen = [published_runs(db)[0].run_id]
        command = [sys.executable, "-m", "graphrec", "update", "--every", "1", "--prune", "--json"]
        # A process of its own: Ctrl-C comes at any moment, and what it cuts off must not be left in this one.
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            for _ in range(2):
                db.write(NEXT)
                while published_runs(db)[0].run_id in seen:
                    assert process.poll() is None
                    time.sleep(0.1)
                seen.append(published_runs(db)[0].run_id)
            time.sleep(3)  # it looks once or twice more, and finds nothing
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "Traceback" not in errors
        assert "Exception" not in errors
        said = [json.loads(line) for line in out.splitlines()]
        assert [one["published"]["runId"] for one in said] == seen[1:]
        assert [one["pairs"] for one in said] == [3, 3]
        assert published_runs(db)[0].run_id == seen[-1]


def test_whoever_goes_back_is_not_overruled(
    sample_project: Callable[..., Any], tmp_path: Path, run: Callable[..., Any]
) -> None:
    with sample_project(tmp_path, "[train]\nepochs = 2\n", users=40, items=30) as (settings, db):
        base = train(db, settings).run
        publish(db, base)
        db.write(NEXT)

        def back() -> None:
            while published_runs(db)[0].run_id == base.run_id:
                time.sleep(0.05)
            rollback(db)

        person = threading.Thread(target=back)
        person.start()
        left = run("update", "--every", "3")
        person.join()
        assert left.exit_code == 2
        assert "has been rolled back" in left.stderr
        assert "pairs" in left.stdout


def test_it_follows_the_published_run(run: Callable[..., Any]) -> None:
    for more in (("20260101-000000-abcd",), ("--no-publish",)):
        left = run("update", "--every", "10", *more)
        assert left.exit_code == 2
        assert "--every follows the published run" in left.stderr
    assert run("update", "--every", "0").exit_code == 2
