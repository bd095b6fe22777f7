"""The seam to Neo4j when something is wrong: each case named, with the next step, on a real server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from graphrec.common.errors import DatabaseError
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import Database, connect
from graphrec.db.driver import driver_module
from graphrec.db.server import ensure
from graphrec.db.server.layout import Layout
from graphrec.db.server.room import Room
from graphrec.db.version import check_version


@pytest.fixture
def named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The scratch server as if it were somebody's own: named by the environment; returns a setter of the rest."""
    address = ensure(settings.home)

    def set_variables(**variables: str) -> Settings:
        given = {"URI": address.uri, "USERNAME": address.username, "PASSWORD": address.password} | variables
        for name, value in given.items():
            monkeypatch.setenv(f"NEO4J_{name}", value)
        return load_settings()

    return set_variables


def test_a_server_named_by_the_environment_is_used(named: Any):
    with connect(named()) as db:
        assert db.read("RETURN 1 AS one")[0]["one"] == 1
        assert db.version().startswith("20")


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"PASSWORD": "wrong"}, "refuses user 'neo4j': wrong name or password"),
        ({"USERNAME": "nobody"}, "refuses user 'nobody'"),
        ({"DATABASE": "nowhere"}, "no database 'nowhere'"),
        ({"URI": "bolt://127.0.0.1:9"}, "bolt://127.0.0.1:9 cannot be reached"),
        ({"DATABASE": "system"}, "NEO4J_DATABASE=system: that database holds Neo4j's users"),
        ({"URI": "http://127.0.0.1:7474"}, "NEO4J_URI begins with http://"),
        ({"URI": "127.0.0.1"}, "NEO4J_URI='127.0.0.1' is not a Neo4j address"),
    ],
)
def test_what_is_wrong_is_named(named: Any, run: Any, variables: dict[str, str], message: str):
    named(**variables)
    left = run("recommend", "anna")
    assert (left.exit_code, left.stdout) == (2, "")
    assert message in left.stderr
    assert "→" in left.stderr
    assert variables.get("PASSWORD", "-") not in left.stderr.replace("wrong name or password", "")


@pytest.mark.parametrize("scheme", ["neo4j+s", "bolt+s", "neo4j+ssc"])
def test_tls_that_the_server_does_not_speak(named: Any, run: Any, settings: Settings, scheme: str):
    address = ensure(settings.home).uri.partition("://")[2]
    named(URI=f"{scheme}://{address}")
    left = run("recommend", "anna")
    assert left.exit_code == 2
    assert "it asks for TLS, and the server does not speak it" in left.stderr
    assert left.stderr.count("\n") == 2  # the message and the next step: nothing of the driver's


@pytest.mark.parametrize("uri", ["http://127.0.0.1:7474", "bolt://127.0.0.1:9"])
def test_the_drivers_own_lines_are_not_shown(named: Any, uri: str):
    named(URI=uri)
    command = [sys.executable, "-m", "graphrec", "recommend", "anna"]
    left = subprocess.run(command, capture_output=True, text=True, check=False)
    assert left.returncode == 2
    assert [line[:6] for line in left.stderr.splitlines() if not line.startswith("  →")][:1] == ["error:"]
    assert "Preview" not in left.stderr
    assert "neo4j." not in left.stderr.lower().replace("neo4j://", "")


def test_writing_where_only_reading_is_allowed(db: Database):
    """Community has no read-only users; the server refuses a read-only transaction in the same way."""
    with pytest.raises(DatabaseError, match="may not do this") as error:
        db.read("CREATE (:User)")
    assert "role architect" in str(error.value)


def test_a_query_that_is_wrong_is_not_a_traceback(db: Database):
    with pytest.raises(DatabaseError, match="Neo4j refused a query"):
        db.read("MATCH (n RETURN n")


@pytest.mark.parametrize("version", ["5.25.1", "4.4.0", "3.5.35"])
def test_too_old(version: str):
    with pytest.raises(DatabaseError, match=rf"runs Neo4j {version}; graphrec needs 5\.26 or newer"):
        check_version(version, "neo4j://somewhere")


@pytest.mark.parametrize("version", ["5.26.0", "5.26-aura", "2025.10.1", "2026.08.1"])
def test_new_enough(version: str):
    check_version(version, "neo4j://somewhere")


@pytest.mark.parametrize(("local", "step"), [(True, "`graphrec db logs` says why"), (False, "NEO4J_URI right?")])
def test_the_next_step_where_a_server_is_gone_depends_on_whose_it_is(local: bool, step: str, tmp_path: Path) -> None:
    options = {"auth": ("neo4j", "x"), "max_transaction_retry_time": 0.1}
    driver = driver_module().GraphDatabase.driver("bolt://127.0.0.1:9", **options)
    with (
        Database(driver, room=Room(Layout(tmp_path)) if local else None) as db,
        pytest.raises(DatabaseError, match="cannot be reached") as lost,
    ):
        db.read("RETURN 1")
    assert step in str(lost.value.hint)
    assert ("NEO4J_URI" in str(lost.value.hint)) != local
