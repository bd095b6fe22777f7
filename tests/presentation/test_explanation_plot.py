"""``graphrec explain --plot``: the reasons as a picture."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from graphrec.db.database import Database
from graphrec.publishing.publish import publish
from graphrec.runs.run import Run


@pytest.fixture
def published(films: Database, film_run: Run) -> Database:
    publish(films, film_run, k=3)
    return films


def text_of(file: Path) -> str:
    return " ".join(" ".join(ET.parse(file).getroot().itertext()).split())


def test_the_picture_shows_user_reasons_and_item(published: Database, run: Any, tmp_path: Path) -> None:
    published.write("MATCH (i:Item {itemId: '1'}) SET i.title = 'Jaws & <$harks$>'")
    result = run("explain", "anna", "Duel", "--plot", "why.svg")
    assert result.exit_code == 0, result.stderr
    assert "drawn to why.svg" in result.stderr
    said = text_of(tmp_path / "why.svg")
    for text in ("user anna", "Jaws & <$harks$>", "directed by Steven", "Duel", "in common"):
        assert text in said
    assert run("explain", "anna", "Duel", "--plot", "why.png").exit_code == 0
    with Image.open(tmp_path / "why.png") as picture:
        assert picture.width > 800
    assert sorted(path.name for path in tmp_path.glob("why*")) == ["why.png", "why.svg"]


def test_an_item_without_reasons_is_drawn_alone(published: Database, run: Any, tmp_path: Path) -> None:
    published.write("CREATE (:Item {itemId: '9', title: 'Tron'})")
    assert run("explain", "anna", "9", "--plot", "why.svg").exit_code == 0
    said = text_of(tmp_path / "why.svg")
    assert "Tron" in said
    assert "Jaws" not in said


@pytest.mark.parametrize(
    ("file", "message"),
    [("why.pdf", "'why.pdf' is neither .svg nor .png"), ("absent/why.svg", "there is no folder 'absent'")],
)
def test_bad_files(run: Any, tmp_path: Path, file: str, message: str) -> None:
    result = run("explain", "anna", "Duel", "--plot", file)
    assert result.exit_code == 2
    assert message in result.stderr


def test_without_matplotlib_the_extra_is_named(published: Database) -> None:
    program = (
        "import importlib.util as u, sys; find = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'matplotlib' else find(name, *more)\n"
        "import graphrec.cli.main as m; m.main(['explain', 'anna', 'Duel', '--plot', 'why.svg'])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "matplotlib is not installed" in done.stderr
    assert "graphrec[report]" in done.stderr
