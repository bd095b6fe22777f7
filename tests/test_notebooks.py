"""The notebooks run from top to bottom against a real Neo4j, and are kept as a reader may see them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

from graphrec.config.settings import Settings
from graphrec.db.database import Database

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))
#: Absolute paths, and addresses of this machine.
MACHINE = re.compile(r"(?<![\w.<])/(home|root|tmp|work|var|mnt|opt|Users)/|[A-Z]:\\\\|localhost|127\.0")
QUICKSTART = NOTEBOOKS[0]
ASSISTANT = QUICKSTART.with_name("05_assistant.ipynb")


@pytest.fixture(scope="module")
def kernel() -> Iterator[KernelManager]:
    """The process that runs the notebooks, one after the other: it imports PyTorch once."""
    manager = KernelManager()
    yield manager
    if manager.has_kernel:
        manager.shutdown_kernel(now=True)


def executed(path: Path, folder: Path, kernel: KernelManager) -> Any:
    """Run a notebook in a folder, with no name that an earlier one has left; return it with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    fresh = nbformat.v4.new_code_cell(f"import os\nos.chdir({str(folder)!r})\n%reset -f")
    notebook.cells.insert(0, fresh)
    # The kernel inherits the environment: the server of the tests.
    client = NotebookClient(notebook, timeout=300, km=kernel)
    try:
        client.execute()
    finally:
        if client.kc is not None:
            client.kc.stop_channels()
    return notebook


def outputs(notebook: Any, kind: str) -> list[Any]:
    """Return the data of one MIME type that the cells left, in order."""
    found = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output["data"][kind] for output in found if kind in output.get("data", {})]


def outputs_of(notebook: Any) -> list[str]:
    """Return what the cells printed, in order."""
    found = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output["text"] for output in found if output.get("name") == "stdout"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_what_is_kept_is_small_and_tells_nothing_of_the_machine(path: Path) -> None:
    """``notebooks/execute.py`` leaves out progress, notes and times."""
    assert path.stat().st_size < 500_000
    notebook = nbformat.read(path, as_version=4)
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    for cell in notebook.cells:
        assert not cell.metadata
        for output in cell.get("outputs", []):
            assert output.output_type != "error"
            assert output.get("name") != "stderr"
            shown = output.get("text", "") + json.dumps(output.get("data", {}))
            text = re.sub(r"[A-Za-z0-9+/=]{200,}", "", shown)  # pictures
            assert not MACHINE.search(text), text


def test_the_quickstart_is_kept_with_its_outputs() -> None:
    notebook = nbformat.read(QUICKSTART, as_version=4)
    assert [len(outputs(notebook, kind)) for kind in ("image/png", "text/html")] == [2, 1]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))


def test_python_is_kept_with_its_outputs() -> None:
    notebook = nbformat.read(NOTEBOOKS[1], as_version=4)
    assert len(outputs(notebook, "text/html")) >= 4, "frames"
    assert not outputs(notebook, "application/vnd.jupyter.widget-view+json")


def test_an_explanation_is_kept_with_its_picture() -> None:
    notebook = nbformat.read(NOTEBOOKS[2], as_version=4)
    assert len(outputs(notebook, "text/html")) == 3
    assert "srcdoc" in outputs(notebook, "text/html")[-1]


def test_quickstart_and_explanations(
    db: Database, settings: Settings, run: Any, tmp_path: Path, kernel: KernelManager
) -> None:
    (tmp_path / "graphrec.toml").write_text("[train]\nepochs = 40\n", encoding="utf-8")
    notebook = executed(QUICKSTART, tmp_path, kernel)
    figures = outputs(notebook, "image/png")
    assert len(figures) == 2, "the graph, the training curve"
    assert all(len(figure) > 10_000 for figure in figures), [len(figure) for figure in figures]
    page = outputs(notebook, "text/html")[-1]
    assert page.count("<li>") == 6
    assert page.count("data:image/jpeg;base64,") >= 3
    printed = "".join(outputs_of(notebook))
    # u001 likes space: that is what they bought most, and what is recommended to them.
    first = printed.splitlines()[0].split()
    assert first[0] == "Space"
    assert int(first[-1]) >= 10, printed
    assert db.read("MATCH (:Recommender)-[:ACTIVE]->(r:Run) RETURN count(r) AS n")[0]["n"] == 1
    assert len(list(settings.runs.glob("*/run.json"))) == 1

    # The explanations continue in the same project.
    notebook = executed(NOTEBOOKS[2], tmp_path, kernel)
    assert len(list(settings.runs.glob("*/run.json"))) == 1
    picture = outputs(notebook, "text/html")[-1]
    assert "data:image/jpeg;base64," in picture
    result = run("explain", "u001", "Last Galaxy", "--html", "why-zh.html", "--lang", "zh", "-k", "2")
    assert "written to why-zh.html" in result.stderr
    pages = [(tmp_path / name).read_text(encoding="utf-8") for name in ("why.html", "why-zh.html")]
    assert all(page.startswith("<!doctype html>") and "data:image/jpeg;base64," in page for page in pages)
    assert "为什么推荐《Last Galaxy》" in pages[1]

    # So does the assistant.
    told = "".join(outputs_of(executed(ASSISTANT, tmp_path, kernel)))
    assert "Conditions: not Mystery." in told
    assert "Shall I record that you like" in told
    assert "因为您选择了" in told
    assert "A person will read this conversation." in told


def test_python(db: Database, settings: Settings, tmp_path: Path, kernel: KernelManager) -> None:
    (tmp_path / "graphrec.toml").write_text("[train]\nepochs = 5\n", encoding="utf-8")
    notebook = executed(NOTEBOOKS[1], tmp_path, kernel)
    tables = outputs(notebook, "text/plain")
    assert any("ndcg@10" in table for table in tables)
    assert tables[-1].count("newcomer") == 3
    assert db.read("MATCH (u:User {userId: 'newcomer'})-[r:RECOMMENDED]->() RETURN count(r) AS n")[0]["n"] == 20
    assert db.read("MATCH (u:User {userId: 'newcomer'})-[:PURCHASED]->() RETURN count(*) AS n")[0]["n"] == 1
