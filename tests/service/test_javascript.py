"""A JavaScript client made from ``docs/openapi.json`` by a generator, against the service."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphrec.publishing.publish import publish

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "clients"
DOCUMENT = ROOT / "docs" / "openapi.json"
TOOLS = HERE / "node_modules" / ".bin"


def run(*command: Any, folder: Path) -> str:
    """Run a program and return what it prints."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_generated_client_recommends_sends_an_event_and_reads_an_error(
    request: pytest.FixtureRequest, serving: Callable[..., Any], tmp_path: Path
) -> None:
    if shutil.which("node") is None:
        pytest.skip("there is no node")
    if not (TOOLS / "openapi-ts").exists() or not (TOOLS / "tsc").exists():
        pytest.skip("there is no openapi-ts: `npm install --no-package-lock` in tests/clients installs it")
    made = tmp_path / "made"
    run(TOOLS / "openapi-ts", "-i", DOCUMENT, "-o", made / "api", "-c", "@hey-api/client-fetch", folder=tmp_path)
    shutil.copy(HERE / "shop.ts", made)
    options = [
        "--strict",
        "--skipLibCheck",
        "--target",
        "es2022",
        "--lib",
        "es2022,dom,dom.iterable",
        "--module",
        "commonjs",
    ]
    run(TOOLS / "tsc", *options, "--outDir", tmp_path / "js", made / "shop.ts", folder=tmp_path)
    settings = request.getfixturevalue("settings")
    publish(request.getfixturevalue("films"), request.getfixturevalue("film_run"), k=3)
    with serving(settings) as service:
        told = json.loads(run("node", tmp_path / "js" / "shop.js", service.base_url, folder=tmp_path))
    assert told["titles"] == ["Duel", "Alien"]
    assert told["stored"] == {"status": "stored", "count": 1}
    assert told["status"] == 404
    assert "anna" in told["hint"]
