"""`update --every` takes in what comes until Ctrl-C; it, a load and a read go on when the server is killed."""

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

import psutil
import pytest

from graphrec.config.schema import GraphSchema
from graphrec.db.outage import restarted
from graphrec.db.server import ensure, status
from graphrec.publishing.publish import publish
from graphrec.publishing.registry import published_runs
from graphrec.training.train import train
from graphrec_etl.atomic import transform
from graphrec_etl.rejects import Rejects
from graphrec_etl.write import Writer

pytestmark = pytest.mark.long

NEXT = """
MATCH (u:User), (i:Item)
WHERE NOT (u)--(i)
WITH u, i ORDER BY u.userId, i.itemId LIMIT 3
CREATE (u)-[:PURCHASED {at: datetime('2030-01-01T00:00:00Z')}]->(i)
"""
TIMES, BATCH = 6, 500


def test_what_comes_is_taken_in_through_an_outage(sample_project: Callable[..., Any], tmp_path: Path) -> None:
    with sample_project(tmp_path, "[train]\nepochs = 2\n", users=40, items=30) as (settings, db):
        publish(db, train(db, settings).run)
        seen = [published_runs(db)[0].run_id]

        def taken_in() -> None:
            """Wait for the update that takes in three more behaviours."""
            db.write(NEXT)
            while published_runs(db)[0].run_id in seen:
                assert process.poll() is None
                time.sleep(0.1)
            seen.append(published_runs(db)[0].run_id)

        command = [sys.executable, "-m", "graphrec", "update", "--every", "1", "--prune", "--json"]
        # A process of its own: Ctrl-C comes at any moment, and what it cuts off must not be left in this one.
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            try:
                taken_in()
                _load_through_an_outage(settings, db, tmp_path / "more")
                taken_in()
                time.sleep(3)  # it looks once or twice more, and finds nothing
            finally:
                process.send_signal(signal.SIGINT)
                out, errors = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "Traceback" not in errors
        assert "Exception" not in errors
        assert "Neo4j cannot be reached: trying again for up to 60 s" in errors
        assert "Neo4j is back after" in errors
        assert "neo4j." not in errors.lower()  # nothing of the driver's own
        said = [json.loads(line) for line in out.splitlines()]
        assert [one["published"]["runId"] for one in said] == seen[1:]
        assert [one["pairs"] for one in said] == [3, 3]
        assert published_runs(db)[0].run_id == seen[-1]


def _load_through_an_outage(settings: Any, db: Any, folder: Path) -> None:
    """Load behaviours of another type, while a read goes on; kill the server and start it again."""
    rows = "".join(f"u{u:03}\ti{i:03}\t{t}\n" for u in range(1, 31) for i in range(1, 31) for t in range(TIMES))
    folder.mkdir()
    (folder / "x.inter").write_text("user_id:token\titem_id:token\ttimestamp:float\n" + rows)
    server = psutil.Process(status(settings.home).pid)
    loaded = 0

    def advance(what: str, rows: int) -> None:
        nonlocal loaded
        loaded += rows if what == "SAVED" else 0
        if what == "SAVED" and loaded == 3 * BATCH:
            # A little later, so that it falls into the middle of a transaction.
            threading.Timer(0.02, server.kill).start()

    def again() -> None:
        server.wait(60)
        time.sleep(1)
        ensure(settings.home)

    begun: list[int] = []

    @restarted
    def read() -> int:
        begun.append(0)
        count = 0
        for _ in db.stream("UNWIND range(1, 100000) AS k RETURN k"):
            count += 1
            server.wait(120)  # it is killed when the first records are there
        return count

    counts: list[int] = []
    reading = threading.Thread(target=lambda: counts.append(read()), daemon=True)
    starting = threading.Thread(target=again, daemon=True)
    reading.start()
    starting.start()
    Writer(db, GraphSchema(), BATCH, advance).write(transform(folder, Rejects(), behaviour="SAVED"))
    starting.join()
    reading.join()
    assert (counts, len(begun)) == ([100_000], 2)
    found = db.read("MATCH (u:User)-[r:SAVED]->(i:Item) RETURN u.userId, i.itemId, r.at, count(r) AS n")
    assert (len(found), {row["n"] for row in found}) == (30 * 30 * TIMES, {1})
