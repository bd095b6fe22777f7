"""The files for running the service are whole: their sources exist, their commands parse, their keys are known."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.test_examples import parse

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "docs" / "deploy"
INSTRUCTIONS = {"FROM", "WORKDIR", "RUN", "COPY", "ARG", "ENV", "USER", "VOLUME", "EXPOSE"} | {
    "HEALTHCHECK",
    "ENTRYPOINT",
    "CMD",
}
#: Part of a compose file → the keys that we use there, all of the Compose specification.
KEYS = {
    "": {"name", "services", "volumes", "secrets"},
    "services": {"image", "build", "restart", "depends_on", "environment", "secrets", "ports", "volumes", "init"}
    | {"read_only", "tmpfs", "cap_drop", "security_opt", "healthcheck", "stop_grace_period"},
    "build": {"context", "dockerfile"},
    "healthcheck": {"test", "interval", "timeout", "start_period", "retries"},
}


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Containerfile."""
    text = re.sub(r"\\\n", " ", (DEPLOY / "Containerfile").read_text("utf-8"))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def test_the_containerfile_copies_what_is_there_and_runs_what_parses():
    steps = instructions()
    assert {word for word, _ in steps} <= INSTRUCTIONS
    copied = [rest.split()[:-1] for word, rest in steps if word == "COPY" and "--from" not in rest]
    assert all((ROOT / source).exists() for sources in copied for source in sources)
    # What the wheel is built from is among it.
    assert {source for sources in copied for source in sources} >= {"graphrec", "etl", "cypher", "constraints.txt"}
    last = dict(steps)
    assert last["USER"] not in ("root", "0")
    assert json.loads(last["ENTRYPOINT"]) == ["graphrec"]
    parse(json.loads(last["CMD"]))


def test_the_compose_file_has_known_keys_and_secrets_in_files_alone():
    compose: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    assert set(compose) <= KEYS[""]
    for service in compose["services"].values():
        assert set(service) <= KEYS["services"]
        assert set(service["healthcheck"]) <= KEYS["healthcheck"]
        assert set(service["secrets"]) <= set(compose["secrets"])
        named = {volume.partition(":")[0] for volume in service["volumes"]}
        assert named <= set(compose["volumes"])
        passwords = [name for name in service["environment"] if re.search("AUTH|PASSWORD", name)]
        assert passwords
        assert all(name.endswith("_FILE") for name in passwords)
    ours = compose["services"]["graphrec"]
    assert set(ours["build"]) <= KEYS["build"]
    assert (DEPLOY / ours["build"]["context"]).resolve() == ROOT
    assert (ROOT / ours["build"]["dockerfile"]).is_file()
    assert ours["read_only"]
    assert all(port.startswith("127.0.0.1:") for port in ours["ports"])
    assert not {one["file"] for one in compose["secrets"].values()} - {
        f"./secrets/{name}" for name in compose["secrets"]
    }


def test_the_unit_starts_a_command_that_parses_and_systemd_takes_it(tmp_path):
    unit = (DEPLOY / "graphrec.service").read_text("utf-8")
    (started,) = re.findall(r"^ExecStart=\S+/graphrec (.*)$", unit, re.M)
    parse(started.split())
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("there is no systemd-analyze")
    # The program itself is not at its place here.
    (tmp_path / "graphrec.service").write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit, flags=re.M))
    done = subprocess.run(
        [analyze, "verify", tmp_path / "graphrec.service"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
