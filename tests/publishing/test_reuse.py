"""Publishing a run that shares most with the one before: the database holds what a publish from nothing writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.publishing.publish import publish
from graphrec.publishing.registry import Sizes
from graphrec.publishing.reuse import reusable
from graphrec.runs.run import Run
from graphrec.training.train import train
from graphrec.updating.current_graph import today
from graphrec.updating.update import Updated, update

TOML = """
[train]
epochs = 6
lr = 0.02
"""
CHANGES = {
    "behaviours": "MATCH (u:User), (i:Item) WHERE u.userId < 'u005' AND i.itemId > 'i035' AND NOT (u)--(i) "
    "CREATE (u)-[:PURCHASED {at: datetime('2030-01-01T00:00:00Z'), fresh: true}]->(i)",
    "an item": "MATCH (e:Entity) WITH e LIMIT 3 MERGE (i:Item {itemId: 'fresh', title: 'Fresh', fresh: true}) "
    "CREATE (i)-[:HAS_GENRE {fresh: true}]->(e)",
    "a user": "CREATE (:User {userId: 'new', fresh: true})",
}


@pytest.fixture(scope="module")
def trained(
    sample_project: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Settings, Database, Run]]:
    """A project with a small made catalogue, and a run."""
    with sample_project(tmp_path_factory.mktemp("carried"), TOML, users=60, items=40) as (settings, db):
        yield settings, db, train(db, settings).run


@pytest.fixture
def after(trained: tuple[Settings, Database, Run]) -> Iterator[Callable[[str], Updated]]:
    """Publish the run, change the graph until the test ends, and return the run that an update makes then."""
    settings, db, base = trained

    def make(change: str) -> Updated:
        publish(db, base, k=5, batch=7, similar=3)
        db.write(CHANGES[change])
        return update(settings, base, today(db, settings, base))

    yield make
    db.write("MATCH ()-[r]->() WHERE r.fresh DELETE r")
    db.write("MATCH (n) WHERE n.fresh DETACH DELETE n")


def _published(db: Database) -> dict[str, list[Any]]:
    """Return all that readers see of the active run, its name apart."""
    active = "MATCH (:Recommender)-[:ACTIVE]->(run:Run) "
    slot = "n['embedding' + CASE WHEN n:User THEN run.slot ELSE run.itemSlot END]"
    asked = {
        "vectors": "MATCH (n) WHERE n:User OR n:Item "
        f"RETURN coalesce(n.userId, n.itemId) AS a, toFloatList({slot}) AS v",
        "links": "MATCH (u)-[r:RECOMMENDED]->(i) WHERE r.runId = run.runId "
        "RETURN u.userId AS a, r.rank AS b, i.itemId AS c, round(r.score, 4) AS d",
        "edges": "MATCH (j:Item)-[r:SIMILAR]->(i) WHERE r.runId = run.itemsRunId "
        "RETURN j.itemId AS a, r.rank AS b, i.itemId AS c, round(r.weight, 5) AS d",
        "run": "RETURN run.users, run.items, run.links, run.similar, run.similarItems",
    }
    return {
        name: sorted((list(row.values()) for row in db.read(active + query)), key=str) for name, query in asked.items()
    }


@pytest.mark.long
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_copied_is_what_would_have_been_written(
    trained: tuple[Settings, Database, Run], after: Callable[[str], Updated], change: str
) -> None:
    db, found = trained[1], after(change)
    same = reusable(db, found.run, Sizes(5, 3, 3, 5))
    assert same is not None
    assert same.users.sum() >= 50
    assert same.links.any()
    assert same.unchanged == (change != "an item")
    done = publish(db, found.run, k=5, batch=7, similar=3)
    short = _published(db)
    assert done.outcome == "written"
    assert done.links == len(short["links"])
    found.run.update(base="another")
    db.write("MATCH (run:Run {runId: $name}) SET run.links = run.links + 1", name=done.run_id)  # no longer whole
    again = publish(db, found.run, k=5, batch=7, similar=3)
    assert again.run_id != done.run_id
    db.write("MATCH (run:Run {runId: $name}) SET run.links = run.links - 1", name=done.run_id)
    assert _published(db) == short


def test_nothing_is_copied_of_a_run_that_is_not_whole_or_not_as_wanted(
    trained: tuple[Settings, Database, Run], after: Callable[[str], Updated]
) -> None:
    db, found = trained[1], after("behaviours")
    assert reusable(db, found.run, Sizes(6, 3, 3, 5)) is None
    assert reusable(db, found.base, Sizes(5, 3, 3, 5)) is None
    trained = found.base.info["trained"]
    found.base.update(trained="2030-01-01T00:00:00+00:00")  # written anew since it was published
    assert reusable(db, found.run, Sizes(5, 3, 3, 5)) is None
    found.base.update(trained=trained)
    kept = reusable(db, found.run, Sizes(5, 3, 3, 5))
    assert kept is not None
    lost = "MATCH ()-[r:RECOMMENDED {runId: $run}]->() WITH r LIMIT 1 DELETE r"
    assert db.write(lost, run=kept.before.run_id).relationships_deleted == 1
    assert reusable(db, found.run, Sizes(5, 3, 3, 5)) is None
