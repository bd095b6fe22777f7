"""``graphrec search``: finds by meaning, refuses vectors of another encoder, imports nothing it has no use for."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from graphrec.serving import open_encoders

TINY = runpy.run_path(str(Path(__file__).with_name("tiny.py")))


@pytest.mark.usefixtures("catalogue")
def test_finds_by_meaning(run):
    assert run("embed", "--image", "none", "--audio", "none").exit_code == 0
    result = run("search", "toy story animation", "--json")
    found = json.loads(result.stdout)
    assert found[0]["title"] == "Toy Story"
    assert [r["rank"] for r in found] == [1, 2, 3, 4]
    assert [r["score"] for r in found] == sorted((r["score"] for r in found), reverse=True)
    assert all(list(r) == ["rank", "item", "title", "score"] for r in found)


@pytest.mark.usefixtures("catalogue")
def test_prints_as_other_commands_do(run, db):
    assert run("embed", "--image", "none", "--audio", "none").exit_code == 0
    [heat] = db.read("MATCH (i:Item {title: 'Heat'}) RETURN i.itemId AS item")
    header, line = run("search", "gangsters and police", "-k", "1").stdout.splitlines()
    assert header.split("\t") == ["rank", "item", "title", "score"]
    assert line.split("\t")[:3] == ["1", str(heat["item"]), "Heat"]
    db.write("MATCH (i:Item {title: 'Heat'}) REMOVE i.title")
    [row] = json.loads(run("search", "gangsters and police", "-k", "1", "--json").stdout)
    assert row["title"] == str(heat["item"])


@pytest.mark.usefixtures("catalogue")
def test_nothing_indexed_yet(run):
    result = run("search", "anything")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "run graphrec embed" in result.stderr


def test_empty_text(run, settings):
    assert run("search", "  ").exit_code == 2


@pytest.mark.usefixtures("catalogue")
def test_vectors_of_another_encoder(run, db):
    assert run("embed", "--image", "none", "--audio", "none").exit_code == 0
    db.write("MATCH (i:Item) SET i.textEncoder = '/gone/model@0123456789ab'")
    result = run("search", "anything")
    assert result.exit_code == 2
    assert "/gone/model@0123456789ab" in result.stderr
    assert "sentence-transformers/all-MiniLM-L6-v2@" in result.stderr


@pytest.mark.usefixtures("catalogue")
def test_the_same_encoder_under_a_name_that_is_gone(run, db):
    assert run("embed", "--image", "none", "--audio", "none").exit_code == 0
    db.write("MATCH (i:Item) SET i.textEncoder = '/gone/model@' + split(i.textEncoder, '@')[1]")
    [found] = json.loads(run("search", "a robbery", "-k", "1", "--json").stdout)
    assert found["title"] == "Heat"


@pytest.mark.usefixtures("catalogue")
def test_imports_neither_torch_nor_transformers(run):
    assert run("embed", "--image", "none", "--audio", "none").exit_code == 0
    code = (
        "import sys; from graphrec.cli.main import main\n"
        "try: main(['search', 'love', '-k', '1'])\n"
        "except SystemExit: pass\n"
        "heavy = 'torch torch_geometric transformers torchvision torchaudio pandas scipy sklearn'.split()\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    _, line, heavy = done.stdout.splitlines()
    assert line.split("\t")[2] == "Casablanca"
    assert heavy == "[]"
    assert done.stderr.startswith("score: cosine")


def found(result):
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.usefixtures("catalogue")
def test_words_counted_find_words(run, settings, monkeypatch):
    assert run("embed", "--text", "tfidf", "--image", "none", "--audio", "none").exit_code == 0
    assert found(run("search", "a love story", "--json"))[0]["title"] == "Casablanca"
    unknown = run("search", "xylophone quixotry")
    assert (unknown.exit_code, "says nothing to the encoder" in unknown.stderr) == (2, True)
    for file in (settings.home / "encoders").rglob("*.safetensors"):
        file.unlink()
    assert found(run("search", "a love story", "--json"))  # the process holds its encoder
    monkeypatch.setattr(open_encoders, "_held", {})  # another one does not
    lost = run("search", "a love story")
    assert (lost.exit_code, "graphrec embed" in lost.stderr, "Traceback" in lost.stderr) == (2, True, False)
    off = run("embed", "--text", "none", "--image", "none", "--audio", "none")
    assert re.search(r"text vectors of [1-9]\d* items removed: text is none", off.stderr)
    assert "the items have no text vectors\n  → run graphrec embed --text auto" in run("search", "a love story").stderr


@pytest.mark.usefixtures("catalogue")
def test_a_picture_and_a_sound_find_their_like(run, tmp_path):
    assert run("embed", "--text", "none", "--image", "classical", "--audio", "mfcc").exit_code == 0
    Image.new("RGB", (400, 300), (205, 35, 25)).save(tmp_path / "reddish.jpg")
    rows = found(run("search", "--image", "reddish.jpg", "-k", "3", "--json"))
    assert {row["item"] for row in rows[:2]} == {1, 5}
    time = np.arange(16_000) / 16_000
    soundfile.write(tmp_path / "hum.wav", 0.3 * np.sin(2 * np.pi * 100 * time), 16_000)
    assert found(run("search", "--audio", "hum.wav", "--json"))[0]["item"] == 1

    refused = run("search", "something red")
    assert (refused.exit_code, "understands no texts" in refused.stderr) == (2, True)
    assert "search by --" in refused.stderr
    refused = run("search", "something red", "--by", "text")
    assert (refused.exit_code, "the items have no text vectors" in refused.stderr) == (2, True)
    (tmp_path / "noise.png").write_bytes(b"noise")
    refused = run("search", "--image", "noise.png")
    assert (refused.exit_code, "noise.png: not a readable image" in refused.stderr) == (2, True)


@pytest.mark.usefixtures("catalogue")
def test_words_find_pictures_where_the_encoder_understands_both(run, db, tmp_path):
    from graphrec.content.image_models import open_vision

    TINY["clip"](tmp_path / "clip")
    assert run("embed", "--text", "none", "--image", "clip", "--audio", "none").exit_code == 0
    rows = found(run("search", "a red picture", "--json"))
    assert rows == found(run("search", "a red picture", "--by", "image", "--json"))
    query = open_vision("clip", tmp_path).encode_text(["a red picture"])[0]
    stored = db.read("MATCH (i:Item) WHERE i.imageVector IS NOT NULL RETURN i.itemId AS key, i.imageVector AS v")
    cosines = {row["key"]: float(np.dot(row["v"], query)) for row in stored}
    assert {row["item"] for row in rows} == set(cosines)
    for row in rows:
        assert row["score"] == pytest.approx(cosines[row["item"]], abs=1e-4)


def test_one_thing_at_a_time(run, settings):
    Image.new("RGB", (9, 9)).save("x.png")
    for words in ([], ["a", "--image", "x.png"], ["--image", "x.png", "--audio", "x.png"], ["--image", "gone.png"]):
        assert run("search", *words).exit_code == 2
    assert "--by goes with TEXT" in run("search", "--image", "x.png", "--by", "text").stderr


@pytest.mark.usefixtures("catalogue")
def test_similar_with_and_without_an_index(run, db):
    assert run("embed", "--image", "classical").exit_code == 0
    for by in ("text", "image", "audio", "content"):
        name = f"item{by.capitalize()}"
        indexed = found(run("similar", "1", "--by", by, "--json"))
        dims, kind = db.read(
            "SHOW VECTOR INDEXES YIELD name, options, properties WHERE name = $name "
            "RETURN options.indexConfig.`vector.dimensions` AS dims, properties[0] AS kind",
            name=name,
        )[0].values()
        db.auto(f"DROP INDEX {name}")
        scanned = found(run("similar", "1", "--by", by, "--json"))
        assert [row["item"] for row in indexed] == [row["item"] for row in scanned]
        assert [row["score"] for row in indexed] == pytest.approx([row["score"] for row in scanned], abs=1e-6)
        assert len(scanned) >= 1
        # An index of other vectors under this name answers nothing wrong.
        db.auto(
            f"CREATE VECTOR INDEX {name} FOR (i:Item) ON (i.{kind}) "
            f"OPTIONS {{indexConfig: {{`vector.dimensions`: {dims + 1}, `vector.similarity_function`: 'cosine'}}}}"
        )
        db.auto("CALL db.awaitIndexes(60)")
        assert found(run("similar", "1", "--by", by, "--json")) == scanned
