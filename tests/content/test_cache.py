"""The cache of vectors: nothing is encoded twice, and a damaged or unusable file costs time, never the run."""

from __future__ import annotations

import json
import sqlite3
import threading
from typing import Any

import numpy as np
import pytest

from graphrec.content.cache import FILE, VectorCache, clear

VECTORS = "MATCH (i:Item) RETURN i.itemId AS key, i.imageVector AS image, i.textVector AS text ORDER BY key"
PLAIN = ("embed", "--text", "none", "--image", "classical", "--audio", "mfcc", "--json")


def report(result) -> dict[str, Any]:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def counts(found: dict[str, Any], modality: str) -> tuple[int, int, int]:
    part = found[modality]
    return part["encoded"], part["cached"], part["kept"]


def test_a_deleted_and_reloaded_graph_is_not_encoded_again(run, db, catalogue):
    first = report(run(*PLAIN))
    assert (counts(first, "image"), counts(first, "audio")) == ((4, 0, 0), (2, 0, 0))
    before = [row.data() for row in db.read(VECTORS)]
    db.write("MATCH (i:Item) DETACH DELETE i")
    db.write("UNWIND $items AS item CREATE (i:Item) SET i = item", items=catalogue)
    again = report(run(*PLAIN))
    assert (counts(again, "image"), counts(again, "audio")) == ((0, 4, 0), (0, 2, 0))
    assert [row.data() for row in db.read(VECTORS)] == before
    # Items 1 and 5 show the same picture: three pictures and two sounds.
    assert (again["cache_vectors"], again["cache"]) == (5, first["cache"])
    assert again["cache_bytes"] > 0


@pytest.mark.usefixtures("catalogue")
def test_encoders_may_be_switched_back_and_forth(run, db):
    text = ("embed", "--image", "none", "--audio", "none", "--json", "--text")
    assert counts(report(run(*text, "auto")), "text") == (4, 0, 0)
    before = db.read(VECTORS)
    assert counts(report(run(*text, "tfidf")), "text") == (4, 0, 0)
    assert db.read(VECTORS) != before
    assert counts(report(run(*text, "auto")), "text") == (0, 4, 0)
    assert db.read(VECTORS) == before
    assert counts(report(run(*text, "tfidf")), "text") == (0, 4, 0)


@pytest.mark.usefixtures("catalogue")
def test_without_the_cache(run, db, settings):
    assert report(run(*PLAIN, "--no-cache"))["cache"] is None
    assert not (settings.home / "cache").exists() or not list((settings.home / "cache").iterdir())
    db.write("MATCH (i:Item) REMOVE i.imageVector, i.imageHash, i.imageEncoder")
    assert counts(report(run(*PLAIN, "--no-cache")), "image") == (4, 0, 0)


@pytest.mark.usefixtures("catalogue")
def test_clearing_it(run, db, settings):
    report(run(*PLAIN))
    cleared = run("embed", "--clear-cache")
    assert (cleared.exit_code, "bytes freed" in cleared.stdout) == (0, True)
    assert list((settings.home / "cache").iterdir()) == []
    db.write("MATCH (i:Item) REMOVE i.imageVector, i.imageHash, i.imageEncoder")
    assert counts(report(run(*PLAIN)), "image") == (4, 0, 0)
    assert "0 bytes freed" not in run("embed", "--clear-cache").stdout
    assert "0 bytes freed" in run("embed", "--clear-cache").stdout


def garbage(path):
    path.write_bytes(b"this is not a database " * 1000)


def cut(path):
    path.write_bytes(path.read_bytes()[:5000])


def holes(path):
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)  # the first page holds the table of contents: opening goes well
    path.write_bytes(bytes(data))


def other_layout(path):
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA user_version = 99")
    file.close()


@pytest.mark.parametrize("damage", [garbage, cut, holes, other_layout])
@pytest.mark.usefixtures("catalogue")
def test_a_damaged_file_is_said_and_begun_anew(run, db, settings, damage):
    report(run(*PLAIN))
    before = db.read(VECTORS)
    damage(settings.home / "cache" / FILE)
    db.write("MATCH (i:Item) REMOVE i.imageVector, i.imageHash, i.imageEncoder")
    result = run(*PLAIN)
    assert counts(report(result), "image") == (4, 0, 0)
    assert "was damaged" in result.stderr
    assert db.read(VECTORS) == before
    db.write("MATCH (i:Item) REMOVE i.imageVector, i.imageHash, i.imageEncoder")
    healed = run(*PLAIN)
    assert (counts(report(healed), "image"), healed.stderr) == ((0, 4, 0), "")


@pytest.mark.usefixtures("catalogue")
def test_one_changed_byte_costs_one_vector(run, db, settings):
    report(run(*PLAIN))
    before = db.read(VECTORS)
    with sqlite3.connect(settings.home / "cache" / FILE) as file:
        ((rowid, blob),) = file.execute("SELECT rowid, vector FROM vectors LIMIT 1").fetchall()
        file.execute("UPDATE vectors SET vector = ? WHERE rowid = ?", (bytes([blob[0] ^ 1]) + blob[1:], rowid))
    file.close()
    db.write(
        "MATCH (i:Item) REMOVE i.imageVector, i.imageHash, i.imageEncoder, i.audioVector, i.audioHash, i.audioEncoder"
    )
    again = report(run(*PLAIN))
    assert again["image"]["encoded"] + again["audio"]["encoded"] in (1, 2)  # 2: the picture that two items show
    assert (
        again["image"]["cached"] + again["audio"]["cached"] == 6 - again["image"]["encoded"] - again["audio"]["encoded"]
    )
    assert db.read(VECTORS) == before


@pytest.mark.usefixtures("catalogue")
def test_a_place_that_cannot_be_written_is_gone_without(run, settings):
    folder = settings.home / "cache"
    clear(folder)
    if folder.is_dir():
        folder.rmdir()
    folder.write_text("a file where the folder should be")
    try:
        result = run(*PLAIN)
        assert counts(report(result), "image") == (4, 0, 0)
        assert "continuing without it" in result.stderr
        assert report(result)["cache"] is None
    finally:
        folder.unlink()


def test_vectors_and_words_come_back_as_they_were(tmp_path):
    rng = np.random.default_rng(0)
    made = {f"c{n}": rng.standard_normal(7).astype(np.float32) for n in range(1200)}
    with VectorCache(tmp_path) as cache:
        cache.put("e1", made)
        cache.put("e2", {"c0": np.zeros(3, np.float32)})
        cache.put_words("picture-1", {"c0": "dark, mostly red"})
    with VectorCache(tmp_path) as cache:
        found = cache.get("e1", [*made, "never seen"])
        assert found.keys() == made.keys()
        assert all((found[c] == made[c]).all() and found[c].dtype == np.float32 for c in made)
        assert len(cache.get("e2", ["c0"])["c0"]) == 3
        assert cache.get("e3", ["c0"]) == {}
        assert cache.words("picture-1", ["c0", "c1"]) == {"c0": "dark, mostly red"}
        size = cache.size()
        assert size is not None
        assert size[1] == 1201


def test_several_runs_may_write_at_once(tmp_path):
    def fill(name: str) -> None:
        with VectorCache(tmp_path) as cache:
            for n in range(50):
                cache.put(name, {f"c{n}": np.full(4, n, np.float32)})

    threads = [threading.Thread(target=fill, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with VectorCache(tmp_path) as cache:
        assert cache.size()[1] == 150
