"""The made catalogue: real files, the same for the same seed, with the tastes that it claims."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from graphrec.common.errors import ConfigError, InputError
from graphrec.datasets.sample import Sample, write_sample
from graphrec.datasets.sample.vocabulary import TASTES


def rows(path: Path) -> list[dict[str, str]]:
    """Read a tab-separated file, column names without their types."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *body = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    return [dict(zip([name.partition(":")[0] for name in header], row, strict=True)) for row in body]


def digest(folder: Path) -> dict[str, str]:
    """Return path → SHA-256 of all files of a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return write_sample(tmp_path_factory.mktemp("made") / "sample")


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_sample(tmp_path / name, seed=seed, users=12, items=24)
    a, b, c = (digest(tmp_path / name) for name in "abc")
    assert a == b
    assert a["sample.inter"] != c["sample.inter"]


def test_a_complete_folder_is_left_alone_and_another_one_replaced(tmp_path: Path) -> None:
    first = write_sample(tmp_path, users=12, items=24)
    (tmp_path / "sample.user").write_text("touched", encoding="utf-8")
    assert write_sample(tmp_path, users=12, items=24) == first
    assert (tmp_path / "sample.user").read_text(encoding="utf-8") == "touched"
    write_sample(tmp_path, users=18, items=24)
    assert len(rows(tmp_path / "sample.user")) == 18
    (tmp_path / "truth.json").unlink()  # as an interrupted writing leaves it
    (tmp_path / "sample.item").write_text("half", encoding="utf-8")
    write_sample(tmp_path, users=18, items=24)
    assert len(rows(tmp_path / "sample.item")) == 24


def test_three_behaviours_of_growing_reliability(sample: Sample) -> None:
    hits: dict[str, list[bool]] = defaultdict(list)
    for row in rows(sample.folder / "sample.inter"):
        hits[row["behaviour"]].append(sample.item_taste[row["item_id"]] in sample.tastes_of(row["user_id"]))
    share = {behaviour: float(np.mean(found)) for behaviour, found in hits.items()}
    assert set(share) == {"searched", "browsed", "purchased"}
    assert 0.6 < share["searched"] < share["browsed"] - 0.05 < share["purchased"] - 0.1
    assert len(hits["browsed"]) > len(hits["searched"]) > len(hits["purchased"]) > 1000


def test_popularity_has_a_long_tail_and_cold_items_have_none(sample: Sample) -> None:
    counts = Counter(row["item_id"] for row in rows(sample.folder / "sample.inter"))
    ordered = sorted((counts[item] for item in sample.item_taste), reverse=True)
    assert sum(ordered[: len(ordered) // 10]) > 0.2 * sum(ordered)  # twice what an even catalogue would have
    assert len(sample.cold) == 2 * len(TASTES)
    assert not set(sample.cold) & set(counts)


def test_every_table_names_only_what_is_there(sample: Sample) -> None:
    users = {row["user_id"] for row in rows(sample.folder / "sample.user")}
    items = {row["item_id"] for row in rows(sample.folder / "sample.item")}
    assert users == set(sample.user_taste)
    assert items == set(sample.item_taste)
    behaviours = rows(sample.folder / "sample.inter")
    assert {row["user_id"] for row in behaviours} == users
    assert {row["item_id"] for row in behaviours} == items - set(sample.cold)
    films = {row["entity_id"] for row in rows(sample.folder / "sample.link")}
    named = {row["entity_id"] for row in rows(sample.folder / "entity_names.tsv")}
    triples = rows(sample.folder / "sample.kg")
    assert {end for row in triples for end in (row["head_id"], row["tail_id"])} <= films | named
    assert {row["relation_id"] for row in triples} == {"has_genre", "has_mood", "directed_by", "made_in", "based_in"}
    titles = [row["title"] for row in rows(sample.folder / "sample.item")]
    assert len(set(titles)) == len(titles)


def test_media_are_real_files_and_some_are_missing(sample: Sample) -> None:
    media = rows(sample.folder / "media.tsv")
    for row in media:
        if row["image"]:
            with Image.open(sample.folder / row["image"]) as image:
                assert (image.format, image.size) == ("PNG", (160, 240))
                assert len(image.getcolors() or []) > 2
        if row["audio"]:
            sound, rate = soundfile.read(sample.folder / row["audio"])
            assert (rate, sound.shape) == (8000, (16000,))
            assert 0.7 < np.abs(sound).max() <= 0.81
    lacking = {name: sum(not row[name] for row in media) for name in ("image", "audio", "description")}
    assert all(5 <= count <= 100 for count in lacking.values()), lacking
    assert any(not row["image"] and not row["audio"] and not row["description"] for row in media)
    assert sum(path.stat().st_size for path in sample.folder.rglob("*") if path.is_file()) < 15_000_000


def test_descriptions_tell_the_taste_without_a_word_in_common(sample: Sample) -> None:
    by_taste: dict[str, list[set[str]]] = defaultdict(list)
    for row in rows(sample.folder / "media.tsv"):
        if row["description"]:
            by_taste[sample.item_taste[row["item_id"]]].append(set(row["description"].lower().split()))
    common = {"a", "the", "and", "in", "of", "is", "with", "one", "her", "to", "its"}
    for taste, texts in by_taste.items():
        shared = set.intersection(*texts) - common
        assert not shared, (taste, shared)
    # A nearest neighbour by rare words has the same taste far more often than one in six.
    words = [(taste, text) for taste, texts in by_taste.items() for text in texts]
    frequency = Counter(word for _, text in words for word in text)
    hits = 0
    for k, (taste, text) in enumerate(words):
        others = [
            (sum(1 / frequency[w] for w in text & other), name) for j, (name, other) in enumerate(words) if j != k
        ]
        hits += max(others)[1] == taste
    assert hits / len(words) > 0.7


@pytest.mark.parametrize(("users", "items"), [(5, 240), (300, 10)])
def test_too_small_to_hold_the_tastes(tmp_path: Path, users: int, items: int) -> None:
    with pytest.raises(ConfigError, match="cannot hold 6 tastes"):
        write_sample(tmp_path / "sample", users=users, items=items)
    assert not (tmp_path / "sample").exists()


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "sample").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        write_sample(tmp_path / "sample")
