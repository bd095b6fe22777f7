"""Content that was encoded anew after the training: an update names both encoders, and how to go back."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from graphrec.config.settings import Settings
from graphrec.db.database import Database

TOML = '[content]\ntext = "tfidf"\nimage = "none"\naudio = "none"\n[train]\nepochs = 2\n[model]\ndim = 8\n'
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def sample(sample_project: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A small made catalogue in Neo4j."""
    with sample_project(tmp_path_factory.mktemp("encoders"), TOML, users=60, items=40) as found:
        yield found


def test_an_update_names_the_encoders(sample: tuple[Settings, Database], run: Run) -> None:
    settings, db = sample
    assert run("embed").exit_code == 0
    assert run("train").exit_code == 0
    assert run("publish").exit_code == 0
    [trained] = [path.name for path in settings.runs.iterdir()]
    vectors = np.random.default_rng(0).normal(size=(40, 12)).astype(np.float32)
    np.save(settings.root / "mine.npy", vectors)
    assert run("embed", "--vectors", f"text={settings.root / 'mine.npy'}").exit_code == 0

    left = run("update")
    assert (left.exit_code, left.stdout) == (2, "")
    assert f"the items' content vectors are of other encoders than when run {trained} was trained: text: given:" in (
        left.stderr
    )
    assert " now, tfidf@" in left.stderr
    assert (
        "graphrec train learns from the new vectors; graphrec embed --text tfidf brings the old ones back"
        in left.stderr
    )
    assert [path.name for path in settings.runs.iterdir()] == [trained], "half a run is left"

    assert run("embed", "--text", "tfidf").exit_code == 0
    left = run("update")
    assert left.exit_code == 0, left.stderr
    assert "is up to date: nothing has changed since" in left.stdout


def test_an_update_names_the_directory_that_is_gone(sample: tuple[Settings, Database], run: Run) -> None:
    settings, _ = sample
    if not settings.runs.exists():
        pytest.skip("needs the run of the test before")
    shutil.move(settings.runs, settings.root / "elsewhere")
    left = run("update")
    assert left.exit_code == 2
    [trained] = [path.name for path in (settings.root / "elsewhere").iterdir()]
    assert (
        f"run {trained} is published, but its directory {settings.runs / trained} is not on this machine" in left.stderr
    )
    assert "an update is made of its trained weights" in left.stderr
    assert "set GRAPHREC_RUNS to the folder that has it; or train and publish again" in left.stderr
    assert "filter" not in left.stderr
