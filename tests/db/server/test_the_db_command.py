"""``graphrec db`` as a person or a program uses it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphrec.db.server import Address, ensure, log_path, password_path, status

VERBS = ("start", "stop", "status", "logs", "browser")


@pytest.fixture
def home(scratch_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The home of the server that all tests share, as the project's: nothing here stops it."""
    monkeypatch.delenv("NEO4J_URI", raising=False)
    monkeypatch.setenv("GRAPHREC_HOME", str(scratch_home))
    monkeypatch.chdir(tmp_path)
    return scratch_home


@pytest.fixture
def server(home: Path) -> Address:
    """The address of that server."""
    return ensure(home)


def test_start_says_where_the_server_is(home: Path, run: Callable[..., Any]) -> None:
    result = run("db", "start")
    assert result.exit_code == 0
    assert f"Neo4j {status(home).version}: running" in result.stdout
    assert "bolt://127.0.0.1:" in result.stdout
    assert "/browser/?dbms=bolt://neo4j@127.0.0.1:" in result.stdout


def test_status_for_programs(home: Path, server: Address, run: Callable[..., Any]) -> None:
    result = run("db", "status", "--json")
    told = json.loads(result.stdout)
    assert told["state"] == "running"
    assert told["uri"] == server.uri
    assert told["uptime"] > 0
    assert told["data_bytes"] > 100_000
    assert Path(told["password_file"]) == password_path(home)
    assert server.password not in result.stdout


def test_browser_prints_the_address_and_never_the_password(
    home: Path, server: Address, run: Callable[..., Any]
) -> None:
    result = run("db", "browser", "--no-open")
    assert result.stdout.strip() == json.loads(run("db", "status", "--json").stdout)["browser"]
    assert str(password_path(home)) in result.stderr
    assert server.password not in result.stdout + result.stderr


def test_logs_prints_the_last_lines(home: Path, server: Address, run: Callable[..., Any]) -> None:
    result = run("db", "logs", "-n", "1000")
    assert "Started." in result.stdout
    assert str(log_path(home)) in result.stderr
    assert len(run("db", "logs", "-n", "3").stdout.splitlines()) == 3


def test_logs_follows(home: Path, server: Address) -> None:
    command = [sys.executable, "-m", "graphrec", "db", "logs", "-n", "0", "-f"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as follower:
        assert follower.stderr is not None
        assert follower.stdout is not None
        follower.stderr.readline()  # the path: it is reading now
        time.sleep(0.5)
        with log_path(home).open("a", encoding="utf-8") as log:
            log.write("one more line\n")
        assert follower.stdout.readline() == "one more line\n"
        follower.terminate()


def test_logs_of_a_server_that_never_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[..., Any]
) -> None:
    monkeypatch.delenv("NEO4J_URI", raising=False)
    monkeypatch.setenv("GRAPHREC_HOME", str(tmp_path / "never"))
    result = run("db", "logs")
    assert result.exit_code == 2
    assert "graphrec db start" in result.stderr
    assert run("db", "stop").exit_code == 0
    assert not (tmp_path / "never").exists()


@pytest.mark.parametrize("verb", VERBS)
def test_a_server_that_is_not_ours_is_left_alone(
    verb: str, home: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[..., Any]
) -> None:
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:9")
    result = run("db", verb)
    assert result.exit_code == 2
    assert "NEO4J_URI='bolt://127.0.0.1:9' is set" in result.stderr
    assert result.stdout == ""
