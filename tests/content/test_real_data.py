"""Real films and real sounds: neighbours by content are alike, well above chance."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from graphrec.config.settings import ContentSettings
from graphrec.content.audio import MfccEncoder, read_wave
from graphrec.content.fusion import Block, fuse
from graphrec.db.database import Database

FILMS = 150


def films(folder: Path) -> list[dict[str, str]]:
    """The first films of MovieLens-100K that have a poster and a description."""
    with (folder / "ml-100k" / "ml-100k.item").open(encoding="utf-8", newline="") as stream:
        genres = {row[0]: (row[1], row[3]) for row in csv.reader(stream, delimiter="\t")}
    with (folder / "ml-100k" / "media.tsv").open(encoding="utf-8", newline="") as stream:
        media = list(csv.DictReader(stream, delimiter="\t"))
    chosen = [row for row in media if row["poster"] and row["description"]][:FILMS]
    return [
        {
            "itemId": row["item_id"],
            "title": genres[row["item_id"]][0],
            "class": genres[row["item_id"]][1],
            "description": row["description"],
            "image": str(folder / row["poster"]),
        }
        for row in chosen
    ]


def overlap(first: str, second: str) -> float:
    """Jaccard similarity of two lists of genres."""
    a, b = set(first.split()), set(second.split())
    return len(a & b) / len(a | b)


def neighbour(vectors: np.ndarray) -> np.ndarray:
    similar = vectors @ vectors.T
    np.fill_diagonal(similar, -2)
    return similar.argmax(axis=1)


def test_films_near_in_content_share_genres(run, db: Database, shared_data: Path, add_items):
    rows = films(shared_data)
    add_items(*rows)
    result = run("embed", "--image", "classical", "--json")
    report = json.loads(result.stdout)
    assert (report["text"]["encoded"], report["image"]["encoded"], report["image"]["skipped"]) == (FILMS, FILMS, [])
    read = db.read("MATCH (i:Item) RETURN i.class AS class, i.contentVector AS v, i.imageVector AS image")
    genres = [row["class"] for row in read]
    chance = np.mean([overlap(a, b) for n, a in enumerate(genres) for b in genres[:n]])
    near = neighbour(np.array([row["v"] for row in read]))
    assert np.mean([overlap(genres[n], genres[m]) for n, m in enumerate(near)]) > 1.5 * chance
    # The search finds a film by what it is about, through the same index.
    found = json.loads(run("search", "animated toys that come alive", "-k", "3", "--json").stdout)
    assert "Toy Story" in [row["title"] for row in found]


def test_sounds_near_each_other_share_the_family(shared_data: Path):
    files = sorted((shared_data / "audio").glob("*.flac"))
    family = [file.name.split("_")[0] for file in files]
    vectors = MfccEncoder().encode([read_wave(file) for file in files])
    fused = fuse({"audio": Block(vectors, np.ones(len(files), bool))}, ContentSettings(dim=80)).vectors
    near = neighbour(fused)
    hits = np.mean([family[n] == family[m] for n, m in enumerate(near)])
    chance = np.mean([(family.count(f) - 1) / (len(files) - 1) for f in family])
    assert hits > 2 * chance
