"""What lies near what: spaces, shared labels, maps, examples; on made vectors and on real sounds."""

from __future__ import annotations

import base64
import io
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.sparse import csr_array

from graphrec.config.settings import Settings
from graphrec.content.fusion import Block, fuse
from graphrec.db.database import Database
from graphrec.experiments.content_report.draw import draw_conditions
from graphrec.experiments.content_report.encoders import kind_of
from graphrec.experiments.content_report.examples import examples, pictures
from graphrec.experiments.content_report.maps import NONE, OTHER, colours, maps, plane
from graphrec.experiments.content_report.neighbours import label_relation, labels_of, shared_labels
from graphrec.experiments.content_report.page import markdown
from graphrec.experiments.content_report.spaces import nearest_rows, spaces
from graphrec.experiments.content_report.web import html
from graphrec.graph.hetero import load_graph

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("stored", "kind"),
    [
        ("given:all-MiniLM-L6-v2.npy@f67399939079", "given"),
        ("sentence-transformers/all-MiniLM-L6-v2@82b8ebcbb56b", "pretrained"),
        ("tfidf@0123456789ab", "classical — not pretrained"),
        ("mfcc@0123456789ab", "classical — not pretrained"),
        ("classical-colour-gradient@7e1edbea8643", "classical — not pretrained"),
        ("mfcc-large/weights@0123456789ab", "pretrained"),
        ("unknown", "unknown"),
        ("given:mine", "unknown"),
        ("somebody@home", "unknown"),
        ("", "unknown"),
    ],
)
def test_the_kind_is_told_from_the_label(stored: str, kind: str):
    assert kind_of(stored) == kind


def test_nearest_are_the_nearest_others_in_order():
    angle = np.radians([0, 10, 30, 90, 100])
    vectors = np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32)
    near, cosines = nearest_rows(vectors, 2)
    assert near.tolist() == [[1, 2], [0, 2], [1, 0], [4, 2], [3, 2]]
    np.testing.assert_allclose(cosines[0], np.cos(np.radians([10, 30])), atol=1e-6)
    assert nearest_rows(vectors, 9, np.array([3]))[0].tolist() == [[4, 2, 1, 0]]
    assert nearest_rows(vectors[:1], 2)[0].shape == (1, 0)


def two_kinds(n: int = 60) -> tuple[Block, csr_array]:
    """Vectors of two kinds, and each item's label."""
    kind = np.arange(n) % 2
    vectors = np.random.default_rng(0).normal(size=(n, 8)) * 0.2
    vectors[:, 0] += kind * 2 - 1
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = csr_array((np.ones(n, np.float32), (np.arange(n), kind)), shape=(n, 2))
    return Block(vectors.astype(np.float32), np.ones(n, bool)), labels


def test_the_map_parts_the_kinds_and_is_seeded():
    block, _ = two_kinds()
    places = plane(block.vectors, 0)
    one, other = places[::2], places[1::2]
    assert np.linalg.norm(one.mean(0) - other.mean(0)) > one.std() + other.std()
    np.testing.assert_array_equal(places, plane(block.vectors, 0))
    assert plane(block.vectors[:12, :1], 0).shape == (12, 2)  # one dimension, and all of it ±1


@pytest.fixture
def graph(db: Database, settings: Settings, tmp_path: Path) -> Any:
    """Twelve items of three genres (some of several, one of none), with hostile titles and pictures."""
    Image.new("RGB", (400, 300), "red").save(tmp_path / "red.png")
    (tmp_path / "broken.png").write_bytes(PNG + b"nothing")
    titles = ["<script>alert(1)</script>", "a | *b*", "$x$ & _y", None, "line\nbreak"]
    rows = [
        {
            "id": f"i{n:02}",
            "title": titles[n] if n < len(titles) else f"Title {n}",
            "image": {0: "red.png", 1: "broken.png", 2: "http://nowhere/x.png", 3: "gone.png"}.get(n),
            "vector": [float(np.cos(n)), float(np.sin(n)), 0.1],
            "genres": [["a"], ["a", "b"], ["c"]][n % 3] if n < 11 else [],
        }
        for n in range(12)
    ]
    db.write(
        "UNWIND $rows AS row CREATE (i:Item {itemId: row.id, title: row.title, image: row.image}) "
        "SET i.textVector = row.vector, i.textEncoder = 'tfidf@0123456789ab' "
        "FOREACH (g IN row.genres | MERGE (e:Entity {entityId: g, name: '_genre $' + g}) CREATE (i)-[:HAS_GENRE]->(e)) "
        "WITH i, row UNWIND range(0, 4) AS u MERGE (v:User {userId: 'u' + u}) CREATE (v)-[:RATED {rating: 5.0}]->(i)",
        rows=rows,
    )
    return load_graph(db, settings.graph)


def test_colours_go_to_the_rarest_of_an_items_labels(graph: Any, db: Database, settings: Settings):
    labels = labels_of(graph.data, "HAS_GENRE")
    shades = colours(graph, "HAS_GENRE", labels, db, settings.graph)
    assert shades.names == ["_genre $a", "_genre $b", "_genre $c"]
    assert shades.of.tolist() == [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, NONE]
    assert set(colours(graph, None, None, db, settings.graph).of.tolist()) == {NONE}
    assert OTHER < NONE


def test_labels_that_have_no_name_have_no_colour(graph: Any, db: Database, settings: Settings):
    db.write("MATCH (e:Entity {entityId: 'a'}) SET e.name = 'm.0hqxf'")
    db.write("MATCH (e:Entity {entityId: 'b'}) REMOVE e.name")
    shades = colours(graph, "HAS_GENRE", labels_of(graph.data, "HAS_GENRE"), db, settings.graph)
    assert shades.names == ["b", "_genre $c"]  # an id that reads like a word stands for itself
    assert shades.of.tolist() == [OTHER, 0, 1, OTHER, 0, 1, OTHER, 0, 1, OTHER, 0, NONE]


def test_maps_examples_and_pages_of_hostile_names(graph: Any, db: Database, settings: Settings, tmp_path: Path, caplog):
    blocks = spaces(graph, settings, db)
    assert list(blocks) == ["text", "content"]
    labels = labels_of(graph.data, "HAS_GENRE")
    drawn = maps(blocks, colours(graph, "HAS_GENRE", labels, db, settings.graph), tmp_path, 0)
    assert [d["file"] for d in drawn] == ["map-text.png", "map-content.png"]
    assert all((tmp_path / d["file"]).read_bytes().startswith(PNG) for d in drawn)
    found = examples(graph, blocks, np.arange(12)[::-1], db, settings.graph)
    assert [example["item"] for example in found] == [f"i{n:02}" for n in range(8)]
    first = found[0]["near"]["text"]
    assert [item["item"] for item in first] == [f"i{n:02}" for n in nearest_rows(blocks["text"].vectors, 5)[0][0]]
    assert found[3]["title"] == "i03"  # no title: the id
    shown = pictures(found, [tmp_path])
    assert list(shown) == ["i00"]
    assert "2 pictures" in caplog.text
    with Image.open(io.BytesIO(base64.b64decode(shown["i00"]))) as picture:
        assert (picture.format, max(picture.size)) == ("JPEG", 96)
    draw_conditions([{"name": "_all $", "mean": 0.2, "low": 0.1, "high": 0.3}], "ndcg", tmp_path / "report.png")
    whole = {
        "encoders": graph.encoders, "kinds": {"text": "classical — not pretrained"}, "users": 5, "items": 12,
        "pairs": {"train": 60}, "split": "random", "objective": "mse", "objective by": "setting", "seeds": [0],
        "made": "now", "fingerprint": "f", "tail links": 0, "tail users": 0, "conditions": [], "best": [],
        "contributions": [], "verdict": "<b>Good</b>.", "examples": found, "maps": drawn, "plot": "report.png",
    }  # fmt: skip
    page = html(whole, tmp_path, shown)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert page.count("data:image/jpeg") >= 1
    assert page.count("data:image/png") == 3
    assert "http://" not in page
    assert "https://" not in page
    assert "classical — not pretrained" in page
    text = markdown(whole)
    assert r"\<script\>" in text
    assert r"a \| \*b\*" in text
    assert "line break" in text


def test_the_fused_vector_is_that_of_embedding(graph: Any, db: Database, settings: Settings):
    raw = {"text": Block(graph.data["item"].text.numpy(), graph.data["item"].text_mask.numpy())}
    made = fuse(raw, settings.content)
    np.testing.assert_array_equal(spaces(graph, settings, db)["content"].vectors, made.vectors)


def test_a_published_run_weighs_the_fused_vector(graph: Any, db: Database, settings: Settings):
    db.write(
        "MATCH (i:Item) SET i.imageVector = [toFloat(size(i.itemId)), 1.0 * toInteger(substring(i.itemId, 1)), 0.5], "
        "i.imageEncoder = 'classical-colour-gradient@0123456789ab'"
    )
    gated = settings.override("content", fusion="gate", dim=4)
    equal = spaces(load_graph(db, settings.graph), gated, db)["content"].vectors
    db.write("MATCH (i:Item) SET i.textWeight = 1.0, i.imageWeight = 0.0")
    weighed = spaces(load_graph(db, settings.graph), gated, db)["content"].vectors
    graph_now = load_graph(db, settings.graph)
    text = fuse({"text": Block(graph_now.data["item"].text.numpy(), np.ones(12, bool))}, gated.content).vectors
    np.testing.assert_allclose(weighed, text, atol=1e-5)
    assert not np.allclose(equal, text, atol=1e-2)


def test_sounds_near_each_other_share_the_family(
    shared_data: Path, run: Any, db: Database, settings: Settings, tmp_path: Path
):
    """Real sounds, the first part of whose file's name is their family, loaded as knowledge."""
    files = sorted((shared_data / "audio").glob("*.flac"))
    for file in files:
        shutil.copy(file, tmp_path)
    rows = [{"id": file.stem, "family": file.stem.split("_")[0], "audio": file.name} for file in files]
    db.write(
        "UNWIND $rows AS row CREATE (i:Item {itemId: row.id, title: row.id, audio: row.audio}) "
        "MERGE (e:Entity {entityId: row.family, name: row.family}) CREATE (i)-[:HAS_FAMILY]->(e) "
        "MERGE (u:User {userId: row.family}) CREATE (u)-[:RATED]->(i)",
        rows=rows,
    )
    assert run("embed", "--text", "none", "--image", "none", "--audio", "mfcc").exit_code == 0
    graph = load_graph(db, settings.graph)
    assert label_relation(graph.data) == "HAS_FAMILY"
    assert {m: kind_of(label) for m, label in graph.encoders.items()} == {"audio": "classical — not pretrained"}
    blocks = spaces(graph, settings, db)
    labels = labels_of(graph.data, "HAS_FAMILY")
    for row in shared_labels(blocks, labels):
        assert row["low"] > 1.5 * row["chance"], row
        assert row["low"] <= row["shared"] <= row["high"]
    shades = colours(graph, "HAS_FAMILY", labels, db, settings.graph)
    assert {"ambi", "bass", "bd"} <= set(shades.names)
    assert [d["items"] for d in maps(blocks, shades, tmp_path, 0)] == [len(files)] * 2
