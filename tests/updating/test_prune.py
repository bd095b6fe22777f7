"""Directories of updates: gone where that is asked and nobody can go back to them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from graphrec.common.files import write_json
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.publishing.publish import publish
from graphrec.publishing.registry import published_runs, rollback
from graphrec.runs.run import Run
from graphrec.runs.store import list_runs
from graphrec.training.train import train
from graphrec.updating.current_graph import today
from graphrec.updating.prune import prune
from graphrec.updating.update import update

TOML = """
[train]
epochs = 2
"""
#: What somebody does next.
NEXT = """
MATCH (u:User), (i:Item)
WHERE NOT (u)--(i)
WITH u, i ORDER BY u.userId, i.itemId LIMIT 3
CREATE (u)-[:PURCHASED {at: datetime('2030-01-01T00:00:00Z')}]->(i)
"""


@pytest.fixture
def chain(
    sample_project: Callable[..., Any], tmp_path: Path
) -> Iterator[tuple[Settings, Database, Callable[..., Run], Run]]:
    """A project, its database, what makes and publishes one more update, and a published training."""
    with sample_project(tmp_path, TOML, users=40, items=30) as (settings, db):
        latest = [train(db, settings).run]
        publish(db, latest[0])

        def grow(shown: bool = True) -> Run:
            db.write(NEXT)
            made = update(settings, latest[-1], today(db, settings, latest[-1])).run
            if shown:
                publish(db, made)
                latest.append(made)
            return made

        yield settings, db, grow, latest[0]


def names(settings: Settings) -> set[str]:
    return {run.run_id for run in list_runs(settings, finished=False)}


def test_what_can_be_gone_back_to_stays(chain: tuple[Settings, Database, Callable[..., Run], Run]) -> None:
    settings, db, grow, base = chain
    first, second = grow(), grow()
    assert prune(db, settings) == []  # the second is shown, the first can be gone back to, and the base is a training
    hidden = grow(shown=False)
    third, fourth = grow(), grow()
    assert set(prune(db, settings)) == {second.run_id, first.run_id}
    assert names(settings) == {base.run_id, hidden.run_id, third.run_id, fourth.run_id}
    assert {run.run_id: run.state for run in published_runs(db)} == {
        base.run_id: "removed",
        third.run_id: "ready",
        fourth.run_id: "ready",
    }
    rollback(db)
    assert prune(db, settings) == []
    assert published_runs(db)[0].run_id == third.run_id
    assert grow().info["base"] == fourth.run_id


@pytest.mark.long
def test_what_somebody_would_miss_stays(chain: tuple[Settings, Database, Callable[..., Run], Run]) -> None:
    settings, db, grow, _ = chain
    evaluated, rewritten, twice, asked, gone = (grow() for _ in range(5))
    publish(db, twice, k=7)  # as twice~2
    grow(), grow()
    write_json(evaluated.path / "evaluation.json", {})
    rewritten.update(trained="2030-01-01T00:00:00+00:00")  # as `graphrec interest --write` leaves it
    (gone.path / "weights.safetensors").unlink()
    (gone.path / "weights.safetensors").mkdir()  # whatever it is, it goes
    assert set(prune(db, settings, {asked.run_id})) == {twice.run_id, gone.run_id}
    there = {evaluated.run_id, rewritten.run_id, asked.run_id}
    assert there <= names(settings)
    states = {run.run_id: run.state for run in published_runs(db)}
    assert there <= set(states)
    assert not {twice.run_id, f"{twice.run_id}~2", gone.run_id} & set(states)


@pytest.mark.long
def test_stopped_half_way_it_goes_on(chain: tuple[Settings, Database, Callable[..., Run], Run]) -> None:
    settings, db, grow, base = chain
    gone = [grow(), grow()]
    last = [grow(), grow()]
    for file in gone[0].path.glob("*.safetensors"):  # as a kill leaves it
        file.unlink()
    assert set(prune(db, settings)) == {run.run_id for run in gone}
    assert names(settings) == {base.run_id, *(run.run_id for run in last)}
    assert not [run.path for run in gone if run.path.exists()]


def test_the_command_says_what_it_removed(
    chain: tuple[Settings, Database, Callable[..., Run], Run], run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, db, grow, _ = chain
    monkeypatch.chdir(settings.root)
    first, _ = grow(), grow()
    db.write(NEXT)
    done = run("update", "--prune", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["pruned"] == [first.run_id]
    assert not first.path.exists()
    idle = run("update", "--prune")
    assert "is up to date" in idle.stdout
    assert "removed" not in idle.stdout
