"""What a run has learned of the items' modalities, and what it was trained on, as Neo4j tells it after a publish."""

from __future__ import annotations

import json

import torch

from graphrec.db.database import Database
from graphrec.publishing.publish import publish
from graphrec.publishing.registry import rollback

WEIGHTS = "MATCH (i:Item) RETURN i.itemId AS item, [i.textWeight, i.imageWeight, i.audioWeight] AS weights"


def weights(db: Database) -> dict[str, list[float | None]]:
    return {row["item"]: row["weights"] for row in db.read(WEIGHTS)}


def test_items_say_what_the_run_has_learned_of_their_modalities(films, film_run, make_run, run):
    learned = {"weights.text": torch.tensor([0.25, 1, 0, 0.5, 0]), "weights.audio": torch.tensor([0.75, 0, 0, 0.5, 0])}
    gate = make_run(film_run.users, film_run.items, *(v.tolist() for v in film_run.embeddings("all")), arrays=learned)
    films.write("MATCH (i:Item {itemId: '4'}) DETACH DELETE i")
    films.write("CREATE (:Item {itemId: 'new'})")
    done = publish(films, gate)
    nothing = [None, None, None]
    expected = {"1": [0.25, None, 0.75], "2": [1.0, None, 0.0], "3": nothing, "5": nothing, "new": nothing}
    assert (done.weighed, weights(films)) == (2, expected)
    # What an interruption right after the switch has left out, or left behind, comes right with the next publish.
    films.write("MATCH (i:Item {itemId: '1'}) REMOVE i.textWeight, i.audioWeight")
    films.write("MATCH (i:Item {itemId: 'new'}) SET i.imageWeight = 1.0")
    assert publish(films, gate).outcome == "unchanged"
    assert weights(films) == expected
    assert publish(films, film_run).weighed == 0
    assert weights(films) == dict.fromkeys(expected, nothing)
    rollback(films)
    assert publish(films, gate).outcome == "unchanged"
    assert weights(films) == expected


def test_a_run_says_by_which_encoders_and_the_graph_when_they_are_others(films, film_run, run):
    film_run.update(encoders={"text": "tfidf@1", "image": "classical@2"}, modalities={"text": 0.75, "image": 0.25})
    films.write("MATCH (i:Item) SET i.textEncoder = 'tfidf@1'")
    films.write("MATCH (i:Item {itemId: '1'}) SET i.imageEncoder = 'resnet50@3'")
    result = run("publish")
    assert result.exit_code == 0
    (node,) = films.read("MATCH (r:Run) RETURN r.encoders AS encoders, r.modalities AS modalities")
    assert node["encoders"] == ["text=tfidf@1", "image=classical@2"]
    assert json.loads(node["modalities"]) == {"text": 0.75, "image": 0.25}
    (said,) = [line for line in result.stderr.splitlines() if "was trained on" in line]
    assert said.startswith(f"image: run {film_run.run_id} was trained on vectors of classical@2; ")
    assert said.endswith("in the graph they are of resnet50@3")
    (row,) = json.loads(run("runs", "--json").stdout)
    assert (row["encoders"], row["modalities"]) == (node["encoders"], {"text": 0.75, "image": 0.25})
