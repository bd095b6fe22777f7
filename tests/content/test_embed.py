"""``graphrec embed`` on a real Neo4j: what it writes, what it leaves, what it does not do twice."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
import pytest

from graphrec.db.database import Database

PROPERTIES = """
MATCH (i:Item)
RETURN i.itemId AS key, i.textVector AS text, i.imageVector AS image, i.audioVector AS audio,
       i.contentVector AS content, i.textEncoder AS textEncoder, i.imageEncoder AS imageEncoder,
       i.audioEncoder AS audioEncoder ORDER BY key
"""
INDEXES = """
SHOW VECTOR INDEXES YIELD name, state, options WHERE NOT name CONTAINS 'Embedding'
RETURN name, state, options.indexConfig.`vector.dimensions` AS dim,
       options.indexConfig.`vector.similarity_function` AS f
"""


def stored(db: Database) -> dict[int, Any]:
    return {row["key"]: row for row in db.read(PROPERTIES)}


def indexes(db: Database) -> dict[str, tuple[Any, ...]]:
    return {r["name"]: (r["state"], r["dim"], r["f"].lower()) for r in db.read(INDEXES)}


def report(result) -> dict[str, Any]:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.usefixtures("catalogue")
def test_vectors_where_there_is_content(run, db):
    first = report(run("embed", "--image", "classical", "--json"))
    rows = stored(db)
    have = {m: {k for k, row in rows.items() if row[m] is not None} for m in ("text", "image", "audio", "content")}
    assert have == {"text": {1, 2, 3, 4}, "image": {1, 2, 3, 5}, "audio": {1, 3}, "content": {1, 2, 3, 4, 5}}
    assert (len(rows[1]["text"]), len(rows[1]["content"])) == (384, 256)
    assert (first["image"]["dim"], first["audio"]["dim"]) == (len(rows[1]["image"]), len(rows[1]["audio"]))
    assert rows[1]["textEncoder"].startswith("sentence-transformers/all-MiniLM-L6-v2@")
    assert rows[1]["imageEncoder"].startswith("classical-colour-gradient@")
    assert rows[1]["audioEncoder"].startswith("mfcc@")
    assert np.linalg.norm(rows[4]["content"]) == pytest.approx(1, abs=1e-5)
    vector = np.array(rows[1]["text"])
    assert (vector == vector.astype(np.float32)).all()
    assert rows[1]["image"] == rows[5]["image"]
    dims = {"itemText": 384, "itemImage": len(rows[1]["image"]), "itemAudio": len(rows[1]["audio"]), "itemContent": 256}
    assert indexes(db) == {name: ("ONLINE", dim, "cosine") for name, dim in dims.items()}
    assert [(first[m]["encoded"], first[m]["absent"]) for m in ("text", "image", "audio")] == [(4, 2), (4, 2), (2, 4)]
    assert (first["items"], first["content"], first["dim"]) == (6, 5, 256)


@pytest.mark.usefixtures("catalogue")
def test_second_run_encodes_nothing_and_a_change_only_itself(run, db):
    command = ("embed", "--image", "classical", "--json")
    report(run(*command))
    before = stored(db)
    second = report(run(*command))
    assert [(second[m]["encoded"], second[m]["kept"]) for m in ("text", "image", "audio")] == [(0, 4), (0, 4), (0, 2)]
    assert stored(db) == before

    db.write("MATCH (i:Item {itemId: 2}) SET i.title = 'Ronin'")
    db.write("MATCH (i:Item {itemId: 4}) REMOVE i.title, i.description")
    third = report(run(*command))
    assert [(third[m]["encoded"], third[m]["kept"]) for m in ("text", "image", "audio")] == [(1, 2), (0, 4), (0, 2)]
    after = stored(db)
    assert after[2]["text"] != before[2]["text"]
    assert after[1]["text"] == before[1]["text"]
    assert after[4]["text"] is None
    assert after[4]["textEncoder"] is None
    assert after[4]["content"] is None


@pytest.mark.usefixtures("catalogue")
def test_fusions_and_dimensions_recreate_the_index(run, db):
    common = ("embed", "--image", "classical", "--json")
    report(run(*common))
    concat = report(run(*common, "--fusion", "concat"))
    assert concat["text"]["encoded"] == 0
    together = 384 + concat["image"]["dim"] + concat["audio"]["dim"]
    assert concat["dim"] == together
    assert indexes(db)["itemContent"] == ("ONLINE", together, "cosine")
    assert len(stored(db)[4]["content"]) == together

    alone = report(run(*common, "--audio", "none", "--text", "none"))
    assert (alone["content"], alone["text"]["encoder"]) == (4, None)
    assert set(indexes(db)) == {"itemImage", "itemContent"}
    assert {k for k, row in stored(db).items() if row["content"] is not None} == {1, 2, 3, 5}
    assert all(row["text"] is None and row["audio"] is None for row in stored(db).values())


@pytest.mark.usefixtures("catalogue")
def test_a_modality_of_weight_zero_takes_no_part(run, db, settings):
    (settings.root / "graphrec.toml").write_text(
        '[content]\nimage = "classical"\nfusion = "weighted"\nweights = {image = 0.0, audio = 0.0}\n'
    )
    report(run("embed", "--json"))
    rows = stored(db)
    assert {k for k, row in rows.items() if row["content"] is not None} == {1, 2, 3, 4}
    assert rows[5]["image"] is not None
    (settings.root / "graphrec.toml").write_text(
        '[content]\nfusion = "weighted"\nweights = {text = 0.0, image = 0.0, audio = 0.0}\n'
    )
    refused = run("embed")
    assert (refused.exit_code, "weight 0" in refused.stderr) == (2, True)


def test_unreadable_files_are_reported_by_item_and_skipped(run, db, add_items, tmp_path):
    (tmp_path / "noise.png").write_bytes(os.urandom(300))
    add_items(
        {"itemId": "a", "image": "missing.png"},
        {"itemId": "b", "image": "noise.png"},
        {"itemId": "c", "image": "relative/../../etc\x00"},
        {"itemId": "d", "image": 7},
        {"itemId": "e", "image": "s3://bucket/poster.jpg"},
        {"itemId": "f", "audio": "noise.png"},
        {"itemId": "g", "title": "Fine"},
    )
    for _ in range(2):  # the second time as the first: nothing was taken for done
        result = run("embed", "--image", "classical", "--json")
        found = report(result)
        skipped = {s["item"]: s["reason"] for m in ("image", "audio") for s in found[m]["skipped"]}
        assert skipped["a"] == "no such file"
        assert skipped["b"].startswith("not a readable image")
        assert skipped["d"] == "not a path but a int"
        assert "URL" in skipped["e"]
        assert skipped["f"].startswith("not a readable sound file")
        assert set(skipped) == set("abcdef")
        assert "skipped image of item a: missing.png: no such file" in result.stderr
        assert found["content"] == 1
        assert found["image"]["encoded"] == found["audio"]["encoded"] == 0


@pytest.mark.usefixtures("catalogue")
def test_a_file_that_breaks_later_loses_its_vector(run, db, tmp_path):
    report(run("embed", "--image", "classical", "--json"))
    (tmp_path / "blue.png").write_bytes((tmp_path / "blue.png").read_bytes()[:40])
    again = report(run("embed", "--image", "classical", "--json"))
    assert [s["item"] for s in again["image"]["skipped"]] == [2]
    assert stored(db)[2]["image"] is None
    assert stored(db)[2]["imageEncoder"] is None


def test_a_foreign_graph(run, db, settings, empty):
    empty(db)  # of the indexes of the default mapping too
    db.write(
        "CREATE (:`Rare Book` {isbn: 'x1', `book title`: 'Moby-Dick', blurb: 'A captain hunts a white whale at sea'}),"
        "(:`Rare Book` {isbn: 'x2', `book title`: 'Emma', blurb: 'Matchmaking in a village', genres: ['romance']})"
    )
    (settings.root / "graphrec.toml").write_text(
        '[graph.item]\nlabel = "Rare Book"\nkey = "isbn"\ntitle = "book title"\n'
        'text = ["book title", "blurb", "genres"]\n'
    )
    assert report(run("embed", "--json"))["text"]["encoded"] == 2
    found = report(run("search", "ocean whaling ship", "--json"))
    assert [(r["rank"], r["item"], r["title"]) for r in found] == [(1, "x1", "Moby-Dick"), (2, "x2", "Emma")]


def test_no_items(run, db):
    result = run("embed")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "the database is empty" in result.stderr


def test_an_unknown_encoder_writes_nothing(run, db, catalogue):
    result = run("embed", "--text", "none", "--image", "resnet17")
    assert result.exit_code == 2
    assert "did you mean 'resnet18'" in result.stderr
    assert all(row["image"] is None for row in stored(db).values())


def test_many_items_in_batches(run, db, add_items):
    add_items(*({"itemId": n, "title": f"Film number {n % 7}"} for n in range(1200)))
    found = report(run("embed", "--json"))
    assert (found["text"]["encoded"], found["content"]) == (1200, 1200)
    rows = stored(db)
    assert rows[0]["text"] == rows[7]["text"] != rows[1]["text"]
    assert rows[0]["content"] == rows[1197]["content"]


@pytest.mark.usefixtures("catalogue")
def test_a_moved_encoder_is_the_same_encoder(run, db):
    report(run("embed", "--image", "none", "--audio", "none", "--json"))
    db.write("MATCH (i:Item {itemId: 1}) SET i.textEncoder = 'old/place@' + split(i.textEncoder, '@')[1]")
    db.write("CREATE (:Item {itemId: 7, title: 'Ronin'})")
    found = report(run("embed", "--image", "none", "--audio", "none", "--json"))
    assert (found["text"]["kept"], found["text"]["encoded"]) == (4, 1)
    labels = {row["textEncoder"] for row in stored(db).values() if row["text"] is not None}
    assert labels == {found["text"]["encoder"]}
