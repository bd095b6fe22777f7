"""Content that was encoded anew after the training: an update names both encoders, and how to go back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from graphrec.config.settings import Settings
from graphrec.content.embed import embed
from graphrec.db.database import Database
from graphrec.publishing.publish import publish
from graphrec.training.train import train

TOML = '[content]\ntext = "tfidf"\nimage = "none"\naudio = "none"\n[train]\nepochs = 2\n[model]\ndim = 8\n'
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def sample(sample_project: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A small made catalogue in Neo4j."""
    with sample_project(tmp_path_factory.mktemp("encoders"), TOML, users=60, items=40) as found:
        yield found


@pytest.fixture(scope="module")
def trained(sample: tuple[Settings, Database]) -> str:
    """The name of a run that was trained on the texts, and published."""
    settings, db = sample
    embed(db, settings)
    made = train(db, settings).run
    publish(db, made, 5, 1000, settings)
    return made.run_id


@pytest.mark.long
def test_an_update_names_the_encoders(sample: tuple[Settings, Database], trained: str, run: Run) -> None:
    settings, _ = sample
    vectors = np.random.default_rng(0).normal(size=(40, 12)).astype(np.float32)
    np.save(settings.root / "mine.npy", vectors)
    (settings.root / "mine.ids.txt").write_text("".join(f"i{n:03}\n" for n in range(1, 41)))
    assert run("embed", "--vectors", f"text={settings.root / 'mine.npy'}").exit_code == 0

    left = run("update")
    assert (left.exit_code, left.stdout) == (2, "")
    assert f"the items' content vectors are of other encoders than when run {trained} was trained: text: given:" in (
        left.stderr
    )
    assert " now, tfidf@" in left.stderr
    assert "graphrec train uses the new vectors; graphrec embed --text tfidf brings the old ones back" in left.stderr
    assert [path.name for path in settings.runs.iterdir()] == [trained], "half a run is left"

    assert run("embed", "--text", "tfidf").exit_code == 0
    left = run("update")
    assert left.exit_code == 0, left.stderr
    assert "is up to date: nothing has changed since" in left.stdout


@pytest.mark.long
def test_an_update_names_the_directory_that_is_gone(
    sample: tuple[Settings, Database], trained: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = sample[0].root / "elsewhere"
    monkeypatch.setenv("GRAPHREC_RUNS", str(elsewhere))
    left = run("update")
    assert left.exit_code == 2
    said = left.stderr
    assert f"run {trained} is published, but its directory {elsewhere / trained} is not on this machine" in said
    assert "an update needs its trained weights" in said
    assert "set GRAPHREC_RUNS to the folder that has it; or train and publish again" in said
    assert "filter" not in said


@pytest.mark.long
def test_an_update_ignores_content_that_the_run_does_not_know(
    sample: tuple[Settings, Database], trained: str, run: Run
) -> None:
    """Whoever embeds for the search alone keeps the updates."""
    _, db = sample
    assert run("embed", "--text", "tfidf", "--image", "classical").exit_code == 0
    db.write("MATCH (u:User {userId: 'u001'}), (i:Item) WHERE NOT (u)-[:PURCHASED]->(i) WITH u, i LIMIT 1 "
             "CREATE (u)-[:PURCHASED {at: datetime('2026-01-01')}]->(i)")  # fmt: skip
    left = run("update", "--json")
    assert left.exit_code == 0, left.stderr
    assert f"content vectors that {trained} was not trained on are ignored: image (graphrec train)" in left.stderr
    assert json.loads(left.stdout)["runId"] != trained
    assert run("embed", "--text", "tfidf", "--image", "none").exit_code == 0
