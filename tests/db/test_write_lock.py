"""Commands that write wait for each other, and no lock outlives its owner."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from graphrec.common.errors import DatabaseError
from graphrec.config.settings import Settings
from graphrec.datasets.sample import write_sample
from graphrec.db import write_lock
from graphrec.db.database import Database, connect
from graphrec.db.write_lock import LASTS, RENEWED, WriteLock, exclusive, writing

LOCKS = "MATCH (lock:GraphrecLock) RETURN lock.command AS command, lock.process AS process ORDER BY command"


def test_one_at_a_time_and_nothing_of_it_stays(db: Database, settings: Settings) -> None:
    """Threads that read and then write: without a lock, they would overwrite each other's numbers."""
    db.write("CREATE (:Counter {n: 0})")

    @exclusive("count")
    def count(own: Database) -> None:
        n = own.read("MATCH (c:Counter) RETURN c.n AS n")[0]["n"]
        with writing(own, "inside"):  # the same lock
            own.write("MATCH (c:Counter) SET c.n = $n", n=n + 1)

    def work() -> None:
        with connect(settings) as own:
            for _ in range(2):
                count(own)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert db.read("MATCH (c:Counter) RETURN c.n AS n")[0]["n"] == 12
    assert db.read(LOCKS) == []


def test_who_holds_it_is_said(db: Database, settings: Settings) -> None:
    with connect(settings) as other, writing(other, "load"):
        db.wait = 0.0
        with (
            pytest.raises(DatabaseError, match=rf"`graphrec load` \(process {os.getpid()} on .+\) writes to this") as e,
            writing(db, "embed"),
        ):
            pytest.fail("two at once")
        assert "within a minute" in str(e.value.hint)
        assert [row["command"] for row in db.read(LOCKS)] == ["load"]
    with writing(db, "embed"):
        assert [row["command"] for row in db.read(LOCKS)] == ["embed"]


ELSEWHERE = """
CREATE (lock:GraphrecLock {command: 'load', host: 'elsewhere', space: '1', process: 1, since: 'noon', token: 'another'})
SET lock.until = datetime.realtime() + duration({seconds: $seconds})
"""


def test_an_owner_elsewhere_keeps_it_as_long_as_it_renews(db: Database) -> None:
    db.write(ELSEWHERE, seconds=60)
    db.wait = 0.0
    with pytest.raises(DatabaseError, match="process 1 on elsewhere, since noon"), writing(db, "embed"):
        pass
    db.write("MATCH (lock:GraphrecLock) SET lock.until = datetime.realtime() - duration('PT1S')")
    db.write("CREATE (:GraphrecLock {userId: 1})")  # the owner's
    with writing(db, "embed"):
        assert [row["command"] for row in db.read(LOCKS)] == ["embed", None]
    assert [dict(row["lock"]) for row in db.read("MATCH (lock:GraphrecLock) RETURN lock")] == [{"userId": 1}]
    assert LASTS >= 3 * RENEWED


def test_who_lost_it_writes_nothing_more(db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a process that was suspended for minutes."""
    monkeypatch.setattr(write_lock, "RENEWED", 0.05)
    with writing(db, "embed"), connect(settings) as other:
        other.write("MATCH (lock:GraphrecLock) DELETE lock")
        other.write(ELSEWHERE, seconds=60)
        assert isinstance(db.lock, WriteLock)
        while db.lock._lost is None:
            time.sleep(0.05)
        with pytest.raises(DatabaseError, match=r"load` \(process 1 on elsewhere, since noon\) has begun to write"):
            db.write("CREATE (:Counter)")
    assert db.read("MATCH (lock:GraphrecLock) RETURN lock.host AS host")[0]["host"] == "elsewhere"


def test_a_killed_owner_on_this_machine_is_passed_over(db: Database, settings: Settings) -> None:
    code = (
        "from graphrec.config.settings import load_settings; from graphrec.db.database import connect\n"
        "from graphrec.db.write_lock import writing\n"
        "import time\n"
        "with connect(load_settings()) as db, writing(db, 'load'): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    with writing(db, "embed"):
        assert [row["command"] for row in db.read(LOCKS)] == ["embed"]
    assert db.read(LOCKS) == []


def test_loads_at_once_and_one_that_repairs(db: Database, settings: Settings, tmp_path: Path, run: Any) -> None:
    write_sample(tmp_path / "sample", users=60, items=40)
    command = [sys.executable, "-m", "graphrec", "load", "atomic", "sample", "--json"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [json.loads(process.communicate(timeout=300)[0]) for process in both]
    counts = "MATCH (:User)-[r]->(:Item) RETURN type(r) AS type, count(r) AS n ORDER BY type"
    once = [row.data() for row in db.read(counts)]
    assert {row["type"]: row["n"] for row in once}.items() <= said[0]["relationships"].items()
    assert sorted(len(one["changes"]) > 0 for one in said) == [False, True]
    # Two of an older version at once left all relationships twice; the owner's own repetitions are no business of ours.
    db.write("MATCH (a)-[r]->(b) CALL (a, r, b) { CREATE (a)-[s:$(type(r))]->(b) SET s = properties(r) }")
    db.write("MATCH (u:User), (i:Item) WITH u, i LIMIT 1 UNWIND [1, 2] AS n CREATE (u)-[:OWN]->(i)")
    repaired = json.loads(run("load", "atomic", tmp_path / "sample", "--json").stdout)
    assert [row.data() for row in db.read(counts) if row["type"] != "OWN"] == once
    assert db.read("MATCH ()-[r:OWN]->() RETURN count(r) AS n")[0]["n"] == 2
    assert repaired["changes"] == {"repeatedRelationshipsDeleted": sum(repaired["relationships"].values())}
