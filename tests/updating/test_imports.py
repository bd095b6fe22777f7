"""An update without new items goes without PyG, and a graph is read without torch: each takes seconds to import."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphrec.publishing.publish import publish
from graphrec.training.train import train

TOML = "[model]\ndim = 8\n[train]\nepochs = 2\n"
PROGRAM = """
import sys
from graphrec.cli.main import main
try: main(["update"])
except SystemExit as error: assert not error.code, error.code
print("torch_geometric" in sys.modules)
"""


def test_reading_goes_without_torch() -> None:
    modules = "graphrec.cli.commands.update, graphrec.graph.read, graphrec.updating.current_graph"
    program = f"import sys, {modules}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.long
def test_an_update_goes_without_pyg(sample_project: Callable[..., Any], tmp_path: Path) -> None:
    with sample_project(tmp_path, TOML, users=40, items=30) as (settings, db):
        publish(db, train(db, settings).run, k=5)
        db.write(
            "MATCH (u:User), (i:Item) WHERE NOT (u)--(i) WITH u, i ORDER BY u.userId, i.itemId LIMIT 1 "
            "CREATE (u)-[:PURCHASED]->(i)"
        )
        command = [sys.executable, "-c", PROGRAM]
        done = subprocess.run(command, capture_output=True, text=True, cwd=settings.root, check=False)
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert lines[-1] == "False"
        assert "1 users (0 new), 0 items (0 new)" in lines[0]
