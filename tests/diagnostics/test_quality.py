"""What is doubtful about data, found in a small graph in which everything occurs once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from graphrec.db.database import Database
from graphrec.publishing.publish import publish
from graphrec.runs.run import Run

#: Anna is a bot: 31 behaviours within a minute, one of them twice. Dune is watched next century, at no time by Cleo.
DOUBTFUL = """
MATCH (anna:User {userId: 'anna'}), (cleo:User {userId: 'cleo'}), (dune:Item {itemId: '5'})
CREATE (anna)-[:VIEWED {at: datetime('2026-01-02T00:00:00Z')}]->(dune)
CREATE (:User {userId: 'nobody'}), (:Entity {entityId: 'x'}),
  (:Item {itemId: 'alone', title: 'Alone', textVector: [1.0]})
CREATE (cleo)-[:RATED {at: datetime('2126-01-01T00:00:00Z')}]->(dune)
WITH anna
UNWIND range(1, 30) AS n
CREATE (anna)-[:RATED {at: datetime('2026-01-01T00:00:00Z') + duration({seconds: n})}]->(i:Item {itemId: 'i' + n})
WITH anna, i WHERE i.itemId = 'i7'
CREATE (anna)-[:RATED {at: datetime('2026-01-01T00:00:07Z')}]->(i)
"""


@pytest.fixture
def published(films: Database, film_run: Run) -> Run:
    """The run of the films, as training leaves it, published."""
    rows = film_run.rows("all")
    arrays = {"indptr": rows.indptr, "items": rows.items, "weights": torch.ones(len(rows.items), 1)}
    save_file(arrays, film_run.path / "profiles.safetensors")
    film_run.update(behaviours=["RATED"], schema={"behaviours": {"RATED": {"time": "at"}}})
    publish(films, film_run, k=2)
    return film_run


def test_what_is_doubtful_and_what_has_changed(published: Run, films: Database, run: Callable[..., Any]) -> None:
    told = json.loads(run("quality", "--json").stdout)
    found = {one["name"]: one["count"] for one in told["findings"]}
    assert found["itemsWithoutText"] == 0
    assert {name: count for name, count in found.items() if count} == {
        "itemsWithoutImage": 5,
        "itemsWithoutAudio": 5,
        "textNotEmbedded": 5,
        "itemsWithoutBehaviours": 1,
        "undatedBehaviours": 6,
    }
    drift = told["drift"]
    assert (drift["runId"], drift["pairs"], drift["newPairs"], drift["staleShare"]) == (published.run_id, 6, 0, 0.0)
    assert (drift["popularityDistance"], drift["popularityDistanceOfNew"]) == (0.0, None)

    films.write(DOUBTFUL)
    told = json.loads(run("quality", "--json").stdout)
    found = {one["name"]: one for one in told["findings"]}
    assert told["counts"] == {"users": 4, "items": 36, "entities": 4, "RATED": 38, "VIEWED": 1}
    for name, examples in {
        "itemsWithoutRelationships": ["alone"],
        "entitiesWithoutRelationships": ["x"],
        "usersWithoutBehaviours": ["nobody"],
        "itemsWithoutBehaviours": ["alone"],
        "repeatedBehaviours": [["anna", "i7", "RATED"]],
        "futureBehaviours": [["cleo", "5", "RATED"]],
        "bursts": ["anna"],
    }.items():
        assert (name, found[name]["count"], found[name]["examples"]) == (name, 1, examples)
    assert found["bursts"]["share"] == 0.25
    assert "at most 31; [graph.limits] per_minute = 30 would cut 1 behaviours" in found["bursts"]["detail"]
    assert [(one["count"], one["examples"]) for one in told["cut"]] == [(1, ["anna"])]  # `once` cuts the repeated one
    drift = told["drift"]
    assert (drift["newUsers"], drift["newItems"], drift["newPairs"], drift["gonePairs"]) == (1, 31, 31, 0)
    assert (drift["staleUsers"], drift["retrainDue"]) == (2, True)
    assert drift["unlearned"] == {"VIEWED": 1}
    assert drift["staleShare"] == pytest.approx(2 / 3)
    assert (drift["unknownItemShare"], drift["unknownItemShareOfNew"]) == pytest.approx((30 / 37, 30 / 31))
    assert 0.5 < drift["popularityDistance"] < drift["popularityDistanceOfNew"] <= 1

    table = run("quality", "--burst", "100")
    assert table.exit_code == 0
    assert "repeatedBehaviours\t1\t39\t" in table.stdout
    assert "a new training is due" in table.stderr
    published.path.rename(published.path.with_name("away"))
    assert "its directory" in json.loads(run("quality", "--json").stdout)["noDrift"]
