"""Vectors of the user's own: ``graphrec embed --vectors MODALITY=FILE``."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

IMAGES = (
    "MATCH (i:Item) WHERE i.imageVector IS NOT NULL RETURN i.itemId AS key, i.imageVector AS v, i.imageEncoder AS e"
)
PLAIN = ("embed", "--text", "none", "--audio", "none", "--json")
RNG = np.random.default_rng(3)
SEVEN = RNG.standard_normal((7, 5)).astype(np.float32)


def report(result) -> dict[str, Any]:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def images(db) -> dict[Any, np.ndarray]:
    return {row["key"]: np.array(row["v"], np.float32) for row in db.read(IMAGES)}


@pytest.mark.usefixtures("catalogue")
def test_rows_of_an_array_belong_to_the_items_of_their_number(run, db, tmp_path):
    np.save(tmp_path / "posters.npy", SEVEN)
    result = run(*PLAIN, "--vectors", "image=posters.npy")
    found = report(result)
    # Rows 0 to 6, items 1 to 6.
    assert (found["image"]["given"], found["image"]["unknown"], found["image"]["absent"]) == (6, [0], 0)
    assert (found["image"]["kind"], found["image"]["about"], found["image"]["dim"]) == (
        "given",
        "given by posters.npy",
        5,
    )
    assert "1 of the given vectors belong to no item: 0" in result.stderr
    stored = images(db)
    assert all((stored[n] == SEVEN[n]).all() for n in range(1, 7))
    assert {row["e"].partition("@")[0] for row in db.read(IMAGES)} == {"given:posters.npy"}
    assert found["content"] == 6
    again = report(run(*PLAIN, "--vectors", "image=posters.npy"))
    assert (again["image"]["given"], again["image"]["kept"]) == (0, 6)


@pytest.mark.usefixtures("catalogue")
def test_given_vectors_stay_until_an_encoder_is_asked_for(run, db, tmp_path):
    np.save(tmp_path / "posters.npy", SEVEN[:4])
    report(run("embed", "--image", "classical", "--text", "none", "--audio", "none", "--json"))
    assert images(db).keys() == {1, 2, 3, 5}
    report(run(*PLAIN, "--vectors", "image=posters.npy"))
    assert images(db).keys() == {1, 2, 3}  # one space: what the encoder had made of item 5 is gone
    before = db.read(IMAGES)
    plain = run(*PLAIN)
    assert (report(plain)["image"]["kept"], report(plain)["image"]["dim"], report(plain)["image"]["kind"]) == (
        3,
        5,
        "given",
    )
    assert "3 vectors given by posters.npy stay; --image NAME encodes" in plain.stderr
    assert db.read(IMAGES) == before
    asked = report(run(*PLAIN, "--image", "classical"))
    assert (asked["image"]["kind"], asked["image"]["cached"], images(db).keys()) == ("classical", 4, {1, 2, 3, 5})
    report(run(*PLAIN, "--vectors", "image=posters.npy"))
    report(run(*PLAIN, "--image", "none"))
    assert images(db) == {}


def test_names_beside_the_array(run, db, add_items, tmp_path):
    add_items(*({"itemId": f"film {n}", "title": f"{n}"} for n in range(4)))
    np.save(tmp_path / "posters.npy", SEVEN[:3].astype(np.float64))
    (tmp_path / "posters.ids.txt").write_text("film 3\nfilm 1\nnobody\n")
    found = report(run(*PLAIN, "--vectors", "image=posters.npy"))
    assert (found["image"]["given"], found["image"]["unknown"], found["image"]["absent"]) == (2, ["nobody"], 2)
    assert (images(db)["film 1"] == SEVEN[1]).all()
    label = db.read(IMAGES)[0]["e"]
    (tmp_path / "posters.ids.txt").unlink()
    (tmp_path / "posters.ids.json").write_text('["film 1", "film 3", "film 0"]')
    report(run(*PLAIN, "--vectors", "image=posters.npy"))
    assert (images(db)["film 1"] == SEVEN[0]).all()
    assert label != db.read(IMAGES)[0]["e"]


@pytest.mark.parametrize("column", ["itemId", "item", "id"])
def test_parquet_with_a_column_of_lists(run, db, add_items, tmp_path, column):
    add_items(*({"itemId": str(n), "title": f"{n}"} for n in range(4)))
    table = pa.table({"note": ["a", "b", "c"], column: [3, 1, 0], "vector": [list(map(float, v)) for v in SEVEN[:3]]})
    pq.write_table(table, tmp_path / "v.parquet")
    found = report(run(*PLAIN, "--vectors", "image=v.parquet"))
    assert (found["image"]["given"], found["image"]["absent"]) == (3, 1)
    assert (images(db)["3"] == SEVEN[0]).all()
    assert (images(db)["0"] == SEVEN[2]).all()


def test_parquet_with_a_column_a_dimension(run, db, add_items, tmp_path):
    add_items(*({"itemId": n, "title": f"{n}"} for n in range(4)))
    frame = pd.DataFrame(SEVEN[:4], columns=[f"d{n}" for n in range(5)]).assign(item=[0.0, 1.0, 2.0, 3.0])
    frame.to_parquet(tmp_path / "v.parquet")
    assert report(run(*PLAIN, "--vectors", "image=v.parquet"))["image"]["given"] == 4
    assert (images(db)[2] == SEVEN[2]).all()


def test_rows_without_sense_are_skipped_by_name(run, db, add_items, tmp_path):
    add_items(*({"itemId": n, "title": f"{n}"} for n in range(5)))
    rows = SEVEN[:5].astype(np.float64)
    rows[1, 2], rows[2, 0], rows[3] = np.nan, 1e300, 0
    np.save(tmp_path / "v.npy", rows)
    result = run(*PLAIN, "--vectors", "image=v.npy")
    found = report(result)
    assert (found["image"]["given"], {s["item"]: s["reason"] for s in found["image"]["skipped"]}) == (
        2,
        {1: "NaN, infinite or missing numbers", 2: "NaN, infinite or missing numbers", 3: "all zeros"},
    )
    assert "skipped image of item 1: v.npy, row 1: NaN" in result.stderr
    assert images(db).keys() == {0, 4}
    pq.write_table(pa.table({"id": [0, 1], "v": [[1.0, 2.0], None]}), tmp_path / "v.parquet")
    found = report(run(*PLAIN, "--vectors", "image=v.parquet"))
    assert ([s["item"] for s in found["image"]["skipped"]], images(db).keys()) == ([1], {0})


def saved(path, array):
    np.save(path, array)


BAD = {
    "missing.npy": (lambda path: None, "there is no file 'missing.npy'"),
    "flat.npy": (lambda path: saved(path, np.zeros(4)), "shape [4]"),
    "empty.npy": (lambda path: saved(path, np.zeros((0, 4))), "shape [0, 4]"),
    "deep.npy": (lambda path: saved(path, np.zeros((2, 2, 2))), "shape [2, 2, 2]"),
    "wide.npy": (lambda path: saved(path, np.zeros((2, 5000))), "5000 dimensions"),
    "words.npy": (lambda path: saved(path, np.array([["a", "b"]])), "array of <U1"),
    "objects.npy": (lambda path: saved(path, np.array([[{}]])), "not an .npy array of numbers"),
    "text.npy": (lambda path: path.write_text("1,2,3"), "not an .npy array of numbers"),
    "cut.npy": (lambda path: (saved(path, SEVEN), path.write_bytes(path.read_bytes()[:150])), "not an .npy array"),
    "v.csv": (lambda path: path.write_text("1,2"), "neither .npy nor .parquet"),
    "short.npy": (
        lambda path: (saved(path, SEVEN), path.with_name("short.ids.txt").write_text("1\n2\n")),
        "7 rows, but short.ids.txt names 2",
    ),
    "twice.npy": (
        lambda path: (saved(path, SEVEN[:2]), path.with_name("twice.ids.json").write_text('["1", 1]')),
        "item 1 has two vectors, rows 0 and 1",
    ),
    "strangers.npy": (
        lambda path: (saved(path, SEVEN[:2]), path.with_name("strangers.ids.txt").write_text("x\ny\n")),
        "none of its 2 keys is an item's key: 'x', 'y'; items have 1, 2, 3",
    ),
    "noise.parquet": (lambda path: path.write_bytes(b"PAR1 and so on PAR1"), "not a readable Parquet file"),
    "keyless.parquet": (lambda path: pq.write_table(pa.table({"v": [[1.0]]}), path), "no column of keys: v"),
    "vectorless.parquet": (
        lambda path: pq.write_table(pa.table({"id": [1], "t": ["x"]}), path),
        "no column of vectors",
    ),
    "two.parquet": (
        lambda path: pq.write_table(pa.table({"id": [1], "a": [[1.0]], "b": [[1.0]]}), path),
        "several columns of vectors (a, b)",
    ),
    "ragged.parquet": (
        lambda path: pq.write_table(pa.table({"id": [1, 2], "v": [[1.0], [1.0, 2.0]]}), path),
        "unequal or no length: 1 (row 0) and 2 (row 1)",
    ),
    "gap.parquet": (
        lambda path: pq.write_table(pa.table({"id": [1, None], "v": [[1.0], [2.0]]}), path),
        "empty in row 1",
    ),
}


@pytest.mark.usefixtures("catalogue")
def test_files_that_are_not_vectors_change_nothing(run, db, tmp_path):
    report(run(*PLAIN, "--image", "classical"))
    before = db.read(IMAGES)
    for name, (make, message) in BAD.items():
        make(tmp_path / name)
        result = run("embed", "--text", "none", "--audio", "none", "--vectors", f"image={name}")
        assert (result.exit_code, result.stdout) == (2, ""), name
        assert message in result.stderr, (name, result.stderr)
        assert "Traceback" not in result.stderr
    assert db.read(IMAGES) == before


def test_the_option_says_what_it_wants(run, settings):
    for name in "ab":
        np.save(settings.root / f"{name}.npy", np.ones((2, 2), np.float32))
    for words, message in (
        (["--vectors", "posters.npy"], "write text=FILE"),
        (["--vectors", "smell=v.npy"], "write text=FILE"),
        (["--vectors", "image=a.npy", "--vectors", "image=b.npy"], "names image twice"),
        (["--vectors", "image=a.npy", "--image", "classical"], "exclude each other"),
    ):
        result = run("embed", *words)
        assert (result.exit_code, message in result.stderr) == (2, True)


@pytest.mark.usefixtures("catalogue")
def test_they_answer_similar_but_no_search(run, tmp_path):
    np.save(tmp_path / "posters.npy", np.array([[1, 0], [1, 0.1], [1, 0.2], [-1, 0], [0, 1]], np.float32))
    report(run(*PLAIN, "--vectors", "image=posters.npy"))
    rows = json.loads(run("similar", "1", "--by", "image", "--json").stdout)
    assert [row["item"] for row in rows] == [2, 4, 3]
    assert rows[0]["score"] == pytest.approx(1.02 / np.sqrt(1.01 * 1.04), abs=1e-5)
    for words in (["blue", "--by", "image"], ["--image", "red.png"]):
        refused = run("search", *words)
        assert (refused.exit_code, "were given" in refused.stderr) == (2, True)
