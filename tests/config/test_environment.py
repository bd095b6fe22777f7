"""Variables that were meant for graphrec and have another name are found, and the right one is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graphrec.common.crash_log import without_secrets
from graphrec.common.errors import ConfigError
from graphrec.config.environment import VARIABLES, describe, misnamed, rename
from graphrec.config.settings import load_settings


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("NEO4J_URL", "NEO4J_URI"),
        ("NEO4J_HOST", "NEO4J_URI"),
        ("NEO4J_BOLT_URL", "NEO4J_URI"),
        ("neo4j_uri", "NEO4J_URI"),
        ("NEO4J_USER", "NEO4J_USERNAME"),
        ("NEO4J_PASS", "NEO4J_PASSWORD"),
        ("NEO4J_PWD", "NEO4J_PASSWORD"),
        ("NEO4J_PASWORD", "NEO4J_PASSWORD"),
        ("NEO4J_AUTH", "NEO4J_PASSWORD"),
        ("NEO4J_DB", "NEO4J_DATABASE"),
        ("NEO4J_DATBASE", "NEO4J_DATABASE"),
        ("GRAPHREC_HOEM", "GRAPHREC_HOME"),
        ("GRAPHREC_CONFG", "GRAPHREC_CONFIG"),
    ],
)
def test_a_near_miss_is_named(name: str, right: str) -> None:
    found = misnamed({name: "value", "PATH": "/bin"})
    assert found == {name: right}
    assert describe(found) == f"{name} is set, but graphrec reads {right}, which is not"
    assert rename(found) == f"rename {name} to {right}"
    assert misnamed({name: "value", right: "value"}) == {}
    assert misnamed({name: ""}) == {}


@pytest.mark.parametrize(
    "environ",
    [
        dict.fromkeys(VARIABLES, "value"),
        {"NEO4J_HOME": "/opt/neo4j", "NEO4J_CONF": "/etc/neo4j", "NEO4J_EDITION": "community"},
        {"NEO4J_dbms_memory_heap_max__size": "1g", "NEO4J_server_bolt_listen__address": ":7687"},
        {"NEO4J_USER": "neo4j", "NEO4J_DB": "neo4j", "NEO4J_AUTH": "none"},
        {"GRAPHREC_TEST_HOME": "/tmp/x", "GRAPHREC_DATA": "/data", "DATABASE_URL": "postgres://"},
    ],
)
def test_what_others_read_or_what_changes_nothing_is_left_alone(environ: dict[str, str]) -> None:
    assert misnamed(environ) == {}


def test_a_misspelt_variable_of_ours_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRAPHREC_RUN", str(tmp_path))
    monkeypatch.delenv("GRAPHREC_RUNS", raising=False)
    with pytest.raises(ConfigError, match="GRAPHREC_RUN is set, but graphrec reads GRAPHREC_RUNS"):
        load_settings()


def test_values_are_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEO4J_PASSWORD", raising=False)
    monkeypatch.setenv("NEO4J_PASS", "s3cret")
    found = load_settings().neo4j
    assert found.misnamed == {"NEO4J_PASS": "NEO4J_PASSWORD"}
    assert "s3cret" not in repr(found) + describe(found.misnamed) + rename(found.misnamed)


def test_the_password_may_be_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEO4J_PASSWORD", raising=False)
    secret = tmp_path / "secret"
    monkeypatch.setenv("NEO4J_PASSWORD_FILE", str(secret))
    with pytest.raises(ConfigError, match="No such file"):
        load_settings()
    secret.write_text("s3cret\n")
    found = load_settings().neo4j
    assert (found.password, found.misnamed) == ("s3cret", {})
    assert "s3cret" not in without_secrets("with s3cret", os.environ)
    monkeypatch.setenv("NEO4J_PASSWORD", "other")
    assert load_settings().neo4j.password == "other"
