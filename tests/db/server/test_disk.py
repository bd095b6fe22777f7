"""A small disk under a real server: writing stops in time, a full disk loses nothing, and backups come back.

The tests share one server, on a file system of its own, and each leaves it in any state.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from graphrec.common.errors import DatabaseError, InputError
from graphrec.config.settings import Settings
from graphrec.datasets.sample import write_sample
from graphrec.db.database import Database, connect
from graphrec.db.server import revive, status, stop
from graphrec.db.server.archive import Archive
from graphrec.db.server.layout import Layout
from graphrec.db.server.room import RESERVE_BYTES
from graphrec.diagnostics.neo4j import check_neo4j

pytestmark = pytest.mark.long

MB = 1_000_000
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file system of 420 MB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("a small file system can be mounted by root on Linux alone")
    disk = tmp_path_factory.mktemp("disk")
    command = ["mount", "-t", "tmpfs", "-o", "size=420m", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting is not allowed here")
    yield disk
    stop(disk / "home")
    subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture
def small(disk: Path, project_at: Callable[..., Any], tmp_path: Path) -> Iterator[Settings]:
    """Settings of a project whose server is on the small disk, which has room; the project's files are elsewhere."""
    with project_at(tmp_path, disk / "home") as settings:
        yield settings
    (disk / "ballast").unlink(missing_ok=True)


def leave(disk: Path, free: int) -> None:
    """Fill the disk up to ``free`` bytes."""
    with (disk / "ballast").open("wb") as ballast:
        os.posix_fallocate(ballast.fileno(), 0, shutil.disk_usage(disk).free - free)


def count(db: Database) -> int:
    return int(db.read("MATCH (n:Committed) RETURN count(n) AS n")[0]["n"])


def write_on(db: Database, told: list[int], nodes: int = 2000, text: str | None = None) -> NoReturn:
    """Write until an error; ``told`` gets the number of nodes of each transaction that was acknowledged."""
    while True:
        made = db.write("UNWIND range(1, $nodes) AS k CREATE (:Committed {k: k, text: $text})", nodes=nodes, text=text)
        told.append(made.nodes_created)


def content(db: Database) -> list[str]:
    """Return all nodes and relationships as texts."""
    rows = db.read(
        "MATCH (n) RETURN elementId(n) AS id, labels(n) AS kind, properties(n) AS all "
        "UNION ALL MATCH (a)-[r]->(b) RETURN elementId(a) + elementId(b) AS id, [type(r)] AS kind, properties(r) AS all"
    )
    return sorted(str(sorted(row.data().items())) for row in rows)


def test_writing_stops_before_the_disk_is_full(disk: Path, small: Settings, tmp_path: Path, run: Run) -> None:
    write_sample(tmp_path / "sample", users=60, items=40)
    with connect(small, create=True) as db:
        leave(disk, RESERVE_BYTES - 10 * MB)
        refused = run("load", "atomic", tmp_path / "sample")
        assert refused.exit_code == 2
        # Neo4j's logs come and go meanwhile.
        home = re.escape(str(disk / "home" / "neo4j"))
        assert re.search(rf"error: the disk of {home} has [789]\d MB free, and writing needs 1\d\d MB", refused.stderr)
        assert "→ make room, then repeat the command" in refused.stderr
        said = json.loads(run("db", "status", "--json").stdout)
        assert said["state"] == "running"
        assert 70 <= said["free_bytes"] // MB <= 100
        assert "writing needs" in said["problem"]
        assert check_neo4j(small).status == "warning"
        assert run("recommend", "nobody").exit_code == 2  # it reads, and says that nothing is published
        with pytest.raises(DatabaseError, match=r"MB free, and writing needs 6,1\d\d MB, 6,000 MB of it for"):
            db.require_room(6_000 * MB)

        leave(disk, RESERVE_BYTES + 12 * MB)  # in the middle of writing: what was committed stays
        told: list[int] = []
        with pytest.raises(DatabaseError, match="what was written before is kept"):
            write_on(db, told, 100, "a full disk " * 250)  # few nodes, for they are read and compared later
        assert sum(told) == count(db) > 0

        (disk / "ballast").unlink()
        assert run("load", "atomic", tmp_path / "sample").exit_code == 0
        assert len(db.read("MATCH (u:User) RETURN u")) == 60


def test_a_full_disk_loses_nothing_that_was_committed(disk: Path, small: Settings, run: Run) -> None:
    with connect(small, create=True) as db:
        before = count(db)
        leave(disk, 2 * MB)
        told: list[int] = []
        with pytest.raises(DatabaseError, match="Neo4j stopped the database after an error"):
            write_on(Database(db._driver), told)  # which does not look: another program may fill the disk any time
        with pytest.raises(DatabaseError, match=r"home/neo4j: No space left on device; what was committed is kept"):
            count(db)

    now = status(small.home)
    assert (now.state, now.problem) == ("failed", "its database is stopped by Neo4j (No space left on device)")
    assert "failed: its database is stopped by Neo4j (No space left" in run("db", "status").stdout
    assert (check_neo4j(small).status, "No space left" in check_neo4j(small).message) == ("failure", True)
    refused = run("runs")
    assert refused.exit_code == 2
    assert "No space left on device): only" in refused.stderr
    assert "make room" in refused.stderr

    (disk / "ballast").unlink()
    # Where exactly the disk cut an entry off decides whether Neo4j can read its logs; here it can read neither.
    logs = Layout.of(small.home).data / "transactions" / "neo4j"
    for kind in ("neostore.transaction.db", "checkpoint"):
        newest = max(logs.glob(f"{kind}.*"), key=lambda file: int(file.suffix[1:]))
        with newest.open("ab") as log:
            log.write(b"\x20" + b"\xff" * 200)
    shown = run("runs")
    assert shown.exit_code == 0, shown.stderr
    assert "starting Neo4j again; what was committed is kept" in shown.stderr
    assert "Starting without it; everything before it is kept" in shown.stderr
    assert status(small.home).state == "running"
    assert not revive(small.home)  # there is nothing to mend now
    with connect(small) as db:
        assert count(db) == before + sum(told)
        assert db.write("CREATE (:Committed)").nodes_created == 1


def test_a_backup_comes_back(disk: Path, small: Settings, tmp_path: Path, run: Run) -> None:
    with connect(small, create=True) as db:
        db.write("MERGE (:Kept {name: 'Zoë', at: datetime('2020-01-01T00:00:00Z'), parts: [1.5, 2]})")
        kept = content(db)
    stop(small.home)
    folder = tmp_path / "backups"
    folder.mkdir()

    file = Path(run("db", "backup", folder).stdout.strip())
    assert file.parent == folder
    assert file.stat().st_mode & 0o777 == 0o600
    assert run("db", "backup", file).exit_code == 2  # it exists
    assert json.loads(run("db", "check", "--json").stdout) == {"consistent": True, "report": None}
    assert status(small.home).state == "stopped"

    (tmp_path / "other.dump").write_bytes(b"no dump")
    with pytest.raises(InputError, match=r"other\.dump is no dump of a Neo4j database"):
        Archive(small.home).restore(tmp_path / "other.dump", overwrite=True)
    assert not {"restoring", "data.before", "arguments"} & {p.name for p in Layout.of(small.home).root.iterdir()}

    with connect(small) as db:
        db.write("MATCH (n:Kept) SET n.name = 'lost'")
        assert content(db) != kept
        refused = run("db", "restore", folder)
        assert refused.exit_code == 2
        assert "--overwrite" in refused.stderr
        assert run("db", "restore", folder, "--overwrite").exit_code == 0
    assert status(small.home).state == "running"  # as it was
    with connect(small) as db:
        assert content(db) == kept


@pytest.mark.parametrize("words", [["backup", "."], ["restore", "."], ["check"]])
def test_a_server_of_ones_own_keeps_its_own_tools(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:9")
    refused = run("db", *words)
    assert refused.exit_code == 2
    assert "its own tools (neo4j-admin)" in refused.stderr
