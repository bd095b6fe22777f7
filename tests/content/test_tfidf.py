"""TF-IDF with latent semantic analysis: fitted to small and to real texts, saved, loaded, refused."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from graphrec.common.errors import EncoderError
from graphrec.content.tfidf import DIM, SEVERAL, TfidfEncoder

ENGLISH = [
    "A spaceship fights aliens in a war between the stars",
    "Aliens attack a spaceship far between the stars",
    "Two lovers marry after a romance in Paris",
    "A romance in Paris brings lovers together",
]
CHINESE = [
    "宇宙飞船与外星人的星际战争",
    "外星人袭击宇宙飞船的故事",
    "巴黎的浪漫爱情，恋人结婚",
    "一对恋人在巴黎的浪漫爱情故事",
]


@pytest.mark.parametrize("texts", [ENGLISH, CHINESE, ENGLISH + CHINESE], ids=["english", "chinese", "both"])
def test_neighbours_are_about_the_same(texts):
    encoder = TfidfEncoder.fit(texts)
    vectors = encoder.encode(texts)
    assert (encoder.name, encoder.kind, vectors.dtype, vectors.shape) == (
        "tfidf", "classical", np.float32, (len(texts), encoder.dim),
    )  # fmt: skip
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6)
    alike = vectors @ vectors.T - 2 * np.eye(len(texts))
    assert alike.argmax(axis=1).tolist() == [n ^ 1 for n in range(len(texts))]
    asked = encoder.encode([f"<b>{texts[0]}</b>", texts[2].upper()])
    assert asked == pytest.approx(vectors[[0, 2]], abs=1e-6)


def test_what_says_nothing_is_zero():
    encoder = TfidfEncoder.fit(ENGLISH)
    vectors = encoder.encode(["", "the of and", "unheard", ENGLISH[0]])
    assert not vectors[:3].any()
    assert vectors[3] == pytest.approx(encoder.encode([ENGLISH[0]])[0], abs=0)
    assert encoder.encode([]).shape == (0, encoder.dim)


def test_tiny_corpora():
    assert TfidfEncoder.fit(["film"]).encode(["film", "Film"]).tolist() == [[1], [1]]
    same = TfidfEncoder.fit(["red fish", "red fish", "red  fish!"])
    assert same.dim == 1
    two = TfidfEncoder.fit(["red fish", "blue bird"])
    assert two.dim == 2
    assert abs(np.prod(two.encode(["red fish", "blue bird"]), axis=0).sum()) < 1e-6


@pytest.mark.parametrize("texts", [[], ["", " "], ["the", "of and", "的", "<br>"], ["the"] * SEVERAL])
def test_no_vocabulary_is_refused(texts):
    with pytest.raises(EncoderError, match=f"{len(texts)} texts have no distinguishing words") as error:
        TfidfEncoder.fit(texts)
    assert "title and description" in str(error.value)


def test_many_texts_that_share_no_word():
    encoder = TfidfEncoder.fit([f"word{n}" for n in range(SEVERAL)])
    assert encoder.dim == DIM
    assert np.isfinite(encoder.encode(["word0", "word199"])).all()


def test_saved_and_loaded(tmp_path):
    encoder = TfidfEncoder.fit(ENGLISH + CHINESE)
    encoder.save(tmp_path / "deep" / "tfidf")
    assert sorted(f.name for f in (tmp_path / "deep" / "tfidf").iterdir()) == ["tfidf.json", "tfidf.safetensors"]
    loaded = TfidfEncoder.load(tmp_path / "deep" / "tfidf")
    asked = [*ENGLISH, *CHINESE, "lovers on a spaceship", "nothing known"]
    assert (loaded.encode(asked) == encoder.encode(asked)).all()
    assert loaded.fingerprint == encoder.fingerprint == TfidfEncoder.fit(ENGLISH + CHINESE).fingerprint
    assert loaded.fingerprint != TfidfEncoder.fit([*ENGLISH, *CHINESE, "aliens in Paris"]).fingerprint


def test_damaged_files_are_refused(tmp_path):
    with pytest.raises(EncoderError, match="no fitted TF-IDF"):
        TfidfEncoder.load(tmp_path)
    TfidfEncoder.fit(ENGLISH).save(tmp_path / "a")
    TfidfEncoder.fit(CHINESE).save(tmp_path / "b")
    words, weights = tmp_path / "a" / "tfidf.json", tmp_path / "a" / "tfidf.safetensors"
    whole, state = weights.read_bytes(), json.loads(words.read_text())
    weights.write_bytes(whole[:-40])
    with pytest.raises(EncoderError, match="cannot be read"):
        TfidfEncoder.load(tmp_path / "a")
    weights.write_bytes((tmp_path / "b" / "tfidf.safetensors").read_bytes())
    with pytest.raises(EncoderError, match=r"cannot be read|do not belong together"):
        TfidfEncoder.load(tmp_path / "a")
    weights.write_bytes(whole)
    for change, message in (
        ({"version": "0"}, "another version"),
        ({"words": state["words"][::-1]}, "do not belong together"),
        ({"words": state["words"][:1] * len(state["words"])}, "cannot be read"),
        ({"words": 3}, "cannot be read"),
    ):
        words.write_text(json.dumps(state | change))
        with pytest.raises(EncoderError, match=message):
            TfidfEncoder.load(tmp_path / "a")
    words.write_text(json.dumps(state)[:-9])
    with pytest.raises(EncoderError, match="cannot be read"):
        TfidfEncoder.load(tmp_path / "a")


def test_films_alike_in_words_share_genres(shared_data):
    folder = shared_data / "ml-100k"
    with (folder / "media.tsv").open(encoding="utf-8", newline="") as stream:
        media = list(csv.DictReader(stream, delimiter="\t"))[:600]
    with (folder / "ml-100k.item").open(encoding="utf-8", newline="") as stream:
        genres = {row[0]: set(row[3].split()) for row in csv.reader(stream, delimiter="\t")}
    texts, kinds = [row["description"] for row in media], [genres[row["item_id"]] for row in media]
    encoder = TfidfEncoder.fit(texts)
    assert encoder.dim == DIM
    alike = encoder.encode(texts) @ encoder.encode(texts).T - 2 * np.eye(len(texts))

    def overlap(others: np.ndarray) -> float:
        return float(np.mean([len(a & kinds[n]) / len(a | kinds[n]) for a, n in zip(kinds, others, strict=True)]))

    # Seen: 0.45 against 0.14 to 0.22 by chance.
    assert overlap(alike.argmax(axis=1)) > 2 * overlap(np.roll(np.arange(len(texts)), 1))
