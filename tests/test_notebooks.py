"""The notebooks run from top to bottom against a real Neo4j, and are kept without outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from graphrec.config.settings import Settings
from graphrec.db.database import Database

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))


def outputs(notebook: Any, kind: str) -> list[Any]:
    """Return the data of one MIME type that the cells left, in order."""
    found = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output["data"][kind] for output in found if kind in output.get("data", {})]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_outputs_are_stripped(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert code
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


def test_quickstart(db: Database, settings: Settings, tmp_path: Path) -> None:
    notebook = nbformat.read(NOTEBOOKS[0], as_version=4)
    # The kernel inherits the environment: the server of the tests, a fresh project in tmp_path.
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    figures = outputs(notebook, "image/png")
    assert len(figures) == 3, "the graph, the training curve, the posters"
    assert all(len(figure) > 10_000 for figure in figures), [len(figure) for figure in figures]
    printed = "".join(
        output["text"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stdout"
    )
    # u001 likes space: that is what they bought most, and what is recommended to them.
    first = printed.splitlines()[0].split()
    assert first[0] == "Space"
    assert int(first[-1]) >= 10, printed
    assert db.read("MATCH (:Recommender)-[:ACTIVE]->(r:Run) RETURN count(r) AS n")[0]["n"] == 1
    assert len(list(settings.runs.glob("*/run.json"))) == 1
