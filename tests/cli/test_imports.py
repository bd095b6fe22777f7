"""What commands import: an answer by Neo4j needs no arrays, and one list under a filter needs no PyTorch."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.publishing.publish import publish
from graphrec.runs.run import Run

PROGRAM = """
import sys
from graphrec.cli.main import main
try: main(sys.argv[2:])
except SystemExit as left:
    if left.code: sys.exit(left.code)
found = [name for name in sys.argv[1].split(",") if name in sys.modules]
print("imported:", ", ".join(found), file=sys.stderr)
"""
MODELS = ("torch", "torch_geometric", "transformers", "scipy", "sklearn", "pandas")
ARRAYS = (*MODELS, "pyarrow", "safetensors")
ASKING = [
    ("recommend", "anna", "-k", "3"),
    ("recommend", "anna", "--explain", "-k", "2"),
    ("explain", "anna", "3"),
    ("similar", "1"),
    ("runs",),
]


def imported(names: tuple[str, ...], *args: str) -> tuple[str, str]:
    """Return what a command prints, and which of some modules it has imported."""
    command = [sys.executable, "-c", PROGRAM, ",".join(names), *args]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr.splitlines()[-1].removeprefix("imported:").strip()


@pytest.fixture
def published(films: Database, film_run: Run, settings: Settings) -> Run:
    """A run that is published as the settings say."""
    publish(films, film_run, settings.publish.k, settings=settings)
    return film_run


def test_help_imports_nothing() -> None:
    names = (*ARRAYS, "numpy", "neo4j", "rich", "msgspec", "asyncio")
    for args in (("--help",), ("--version",)):
        said, found = imported(names, *args)
        assert said
        assert found == ""


REFUSED = [
    ("benchmark", "--peers", "esae"),
    ("benchmark", "--metric", "ndgc@10"),
    ("benchmark",),
    ("interest", "nosuch"),
    ("tune", "--only", "lrr"),
    ("content", "report", "--conditions", "nope"),
    ("embed", "--vectors", "image=nofile.npy"),
]


def test_what_no_graph_has_is_refused_before_anything_large_is_imported(settings: Settings) -> None:
    program = (
        "import sys\nfrom graphrec.cli.main import main\n"
        f"for words in {REFUSED!r}:\n"
        "    try: main(list(words))\n"
        "    except SystemExit as left: assert left.code == 2, words\n"
        f"print([name for name in {MODELS!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]", done.stderr
    assert done.stderr.count("error: ") == len(REFUSED)
    assert "did you mean 'ease' or" in done.stderr


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("args", ASKING, ids=" ".join)
def test_asking_neo4j_goes_without_arrays(args: tuple[str, ...]) -> None:
    said, found = imported(ARRAYS, *args)
    assert len(said.splitlines()) > 1
    assert found == ""


@pytest.mark.usefixtures("published")
def test_a_filter_and_a_publish_with_nothing_to_do_go_without_models() -> None:
    said, found = imported(MODELS, "recommend", "anna", "--where", "i.title <> 'Dune'")
    assert "Duel" in said
    assert found == ""
    said, found = imported(MODELS, "publish")
    assert "already active, nothing to do" in said
    assert found == ""
