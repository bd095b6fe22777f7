"""``graphrec embed`` with every kind of encoder: what it says of them, what it skips, what it stores."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

TINY = runpy.run_path(str(Path(__file__).with_name("tiny.py")))
HOSTILE = runpy.run_path(str(Path(__file__).with_name("hostile.py")))
READINGS = """
MATCH (i:Item)
RETURN i.itemId AS key, i.readingVector AS reading, i.readingEncoder AS encoder, i.contentVector AS content,
       i.contentEncoder AS fusion
ORDER BY key
"""


def report(result) -> dict[str, Any]:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture
def gpt2(tmp_path: Path) -> Path:
    """A small causal language model of random weights."""
    import transformers as t

    config = t.GPT2Config(
        vocab_size=len(TINY["WORDS"]), n_positions=64, n_embd=24, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=2
    )
    folder = TINY["_save"](tmp_path / "gpt2", t.GPT2LMHeadModel(config))
    TINY["tokenizer"](64).save_pretrained(folder)
    return folder


@pytest.mark.usefixtures("catalogue")
def test_encoders_without_weights_are_called_so(run):
    shown = run("embed", "--text", "tfidf", "--image", "classical", "--audio", "mfcc").stdout
    assert "classical TF-IDF word weights — not pretrained" in shown
    assert "classical colour and gradient histograms — not pretrained" in shown
    assert "classical statistics of mel-frequency cepstral coefficients — not pretrained" in shown
    found = report(run("embed", "--text", "tfidf", "--image", "classical", "--json"))
    assert {m: found[m]["kind"] for m in ("text", "image", "audio")} == dict.fromkeys(
        ("text", "image", "audio"), "classical"
    )


def test_texts_that_say_nothing_are_skipped_by_name(run, db, add_items):
    add_items(
        {"itemId": 1, "title": "A crime thriller about a bank robber"},
        {"itemId": 2, "title": "A bank thriller"},
        {"itemId": 3, "title": "and the of"},
    )
    for _ in range(2):
        result = run("embed", "--text", "tfidf", "--json")
        found = report(result)["text"]
        assert [(s["item"], s["path"], s["reason"]) for s in found["skipped"]] == [
            (3, "and the of", "has nothing that this encoder recognises")
        ]
        assert "skipped text of item 3" in result.stderr
    assert found["kept"] == 2
    (row,) = db.read("MATCH (i:Item {itemId: 3}) RETURN i.textVector AS text, i.contentVector AS content")
    assert (row["text"], row["content"]) == (None, None)


def test_a_fitted_encoder_stays_until_much_is_new(run, db, add_items, settings):
    add_items(*({"itemId": n, "title": f"film word{n} word{n % 7}"} for n in range(40)))
    first = report(run("embed", "--text", "tfidf", "--json"))["text"]
    db.write("CREATE (:Item {itemId: 100, title: 'film word3'})")
    second = report(run("embed", "--text", "tfidf", "--json"))["text"]
    assert (second["encoder"], second["encoded"], second["kept"]) == (first["encoder"], 1, 40)
    db.write("UNWIND range(200, 230) AS n CREATE (:Item {itemId: n, title: 'series word' + n})")
    third = report(run("embed", "--text", "tfidf", "--json"))["text"]
    assert third["encoder"] != first["encoder"]
    assert third["encoded"] == 72
    folders = {f.name for f in (settings.home / "encoders").iterdir()}
    assert {part["encoder"].partition("@")[2] for part in (first, third)} <= folders
    assert len(folders) <= 8


@pytest.mark.usefixtures("catalogue")
def test_a_language_model_reads_the_items(run, db, gpt2, tmp_path):
    db.write(
        "MATCH (i:Item) WHERE i.itemId IN [2, 6] CREATE (i)-[:HAS_GENRE]->(:Entity {name: 'red car'}) "
        "MERGE (u:User {userId: 1, name: 'nobody'}) CREATE (u)-[:RATED]->(i)"
    )
    common = ("embed", "--image", "classical", "--llm", str(gpt2), "--fusion", "llm", "--json")
    found = report(run(*common))
    assert (found["reading"]["encoded"], found["reading"]["dim"], found["reading"]["kind"]) == (6, 24, "pretrained")
    assert (found["content"], found["dim"], found["fusion"].partition("@")[0]) == (6, 24, "llm")
    stored = db.read(READINGS)
    for row in stored:
        unit = np.array(row["reading"]) / np.linalg.norm(row["reading"])
        np.testing.assert_allclose(row["content"], unit, atol=1e-6)
    (index,) = db.read(
        "SHOW VECTOR INDEXES YIELD name, options WHERE name = 'itemContent' "
        "RETURN options.indexConfig.`vector.dimensions` AS dim"
    )
    assert index["dim"] == 24
    again = report(run(*common))
    assert (again["reading"]["kept"], again["fusion"]) == (6, found["fusion"])
    # A fact more is another reading of that item alone.
    db.write("MATCH (i:Item {itemId: 3}) CREATE (i)-[:HAS_GENRE]->(:Entity {name: 'blue cat'})")
    third = report(run(*common))
    assert (third["reading"]["encoded"], third["reading"]["kept"]) == (1, 5)
    changed = [a["key"] for a, b in zip(stored, db.read(READINGS), strict=True) if a["reading"] != b["reading"]]
    assert changed == [3]
    off = report(run("embed", "--image", "classical", "--json"))
    assert off["reading"]["encoder"] is None
    assert [row["reading"] for row in db.read(READINGS)] == [None] * 6
    assert [len(row["content"] or ()) for row in db.read(READINGS)] == [256] * 5 + [0]


@pytest.mark.usefixtures("catalogue")
def test_fusion_by_a_language_model_needs_one(run, db):
    refused = run("embed", "--image", "classical", "--fusion", "llm")
    assert (refused.exit_code, "--llm DIR" in refused.stderr) == (2, True)
    assert db.read("MATCH (i:Item) WHERE i.textVector IS NOT NULL RETURN i") == []


@pytest.mark.parametrize("fusion", ["gate", "attention"])
@pytest.mark.usefixtures("catalogue")
def test_learned_weights_count_item_by_item(run, db, fusion):
    common = ("embed", "--image", "classical", "--json", "--fusion", fusion)
    equal = run(*common)
    assert "they count equally" in equal.stderr
    label = report(equal)["fusion"]
    before = {row["key"]: row["content"] for row in db.read(READINGS)}
    db.write("MATCH (i:Item {itemId: 1}) SET i.textWeight = 0.0, i.imageWeight = 1.0, i.audioWeight = 0.0")
    weighed = run(*common)
    assert "they count equally" not in weighed.stderr
    assert report(weighed)["fusion"] != label
    after = {row["key"]: row["content"] for row in db.read(READINGS)}
    # Item 5 has the picture of item 1 and nothing else.
    np.testing.assert_allclose(after[1], after[5], atol=1e-6)
    assert np.abs(np.array(before[1]) - np.array(before[5])).max() > 0.01
    for key in (2, 3, 4, 5):
        np.testing.assert_allclose(before[key], after[key], atol=1e-6)
    assert report(run(*common))["fusion"] == report(weighed)["fusion"]


@pytest.mark.parametrize("modality", ["text", "image", "audio", "llm"])
@pytest.mark.usefixtures("catalogue")
def test_a_model_of_the_hub_without_the_hub(run, db, monkeypatch, modality):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    names = {"text": "none", "image": "none", "audio": "none", modality: "some-org/some-model"}
    result = run("embed", *(part for m, name in names.items() for part in (f"--{m}", name)))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "some-org/some-model" in result.stderr
    assert "director" in result.stderr
    assert "Traceback" not in result.stderr
    if modality != "llm":
        assert {"text": "tfidf", "image": "classical", "audio": "mfcc"}[modality] in result.stderr
    stored = "reading" if modality == "llm" else modality
    assert db.read(f"MATCH (i:Item) WHERE i.{stored}Vector IS NOT NULL OR i.{stored}Encoder IS NOT NULL RETURN i") == []


def test_hostile_files_are_named_and_the_good_ones_encoded(run, db, add_items, settings):
    files = HOSTILE["make"](settings.root / "hostile")
    items = [{"itemId": name, name.partition("-")[0]: str(path)} for name, path in files.items()]
    add_items(*items)
    result = run("embed", "--text", "none", "--image", "classical", "--audio", "mfcc", "--json")
    found = report(result)
    skipped = {s["item"]: s["reason"] for m in ("image", "audio") for s in found[m]["skipped"]}
    stored = {row["key"] for row in db.read("MATCH (i:Item) WHERE i.contentVector IS NOT NULL RETURN i.itemId AS key")}
    assert HOSTILE["FINE"] <= stored
    assert skipped.keys() | stored == set(files)
    assert skipped.keys() & stored == set()
    assert set(files) - HOSTILE["FINE"] - HOSTILE["EITHER"] <= skipped.keys()
    assert all(reason.strip() for reason in skipped.values())
    assert "more skipped (--json names all)" in result.stderr
    assert "Traceback" not in result.stderr
