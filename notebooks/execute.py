"""Run notebooks from top to bottom and keep their outputs: ``python notebooks/execute.py [FILE …]``.

Each runs in an empty project of its own, on a Neo4j that is started for it. What belongs to the machine (progress and
notes on stderr) is left out.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from graphrec.db.server import stop

FOLDER = Path(__file__).resolve().parent
#: How rich begins a line.
_NOTE = '<pre style="white-space:pre;overflow-x:auto'
#: A progress bar, whose state is in the notebook's metadata.
_WIDGET = "application/vnd.jupyter.widget-view+json"


def without_machine(notebook: Any) -> Any:
    """Remove what a run leaves that is not the result: progress and notes, times, the version of Python."""
    notebook.metadata.language_info = {"name": "python"}
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not _is_note(output)]
    return notebook


def _is_note(output: Any) -> bool:
    """Say whether an output is stderr, which rich shows in a notebook as preformatted HTML."""
    shown = output.get("data", {})
    return (
        output.get("name") == "stderr"
        or _WIDGET in shown
        or (set(shown) <= {"text/html", "text/plain"} and _NOTE in str(shown))
    )


def execute(file: Path) -> None:
    """Run one notebook and write it back."""
    notebook = nbformat.read(file, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GRAPHREC_HOME"] = str(Path(folder) / ".graphrec")
        try:
            NotebookClient(notebook, timeout=1800, resources={"metadata": {"path": folder}}).execute()
        finally:
            stop(Path(folder) / ".graphrec")
    nbformat.write(without_machine(notebook), file)


if __name__ == "__main__":
    for name in ("NEO4J_URI", "GRAPHREC_CONFIG"):
        os.environ.pop(name, None)
    for given in sys.argv[1:] or sorted(map(str, FOLDER.glob("*.ipynb"))):
        execute(Path(given))
