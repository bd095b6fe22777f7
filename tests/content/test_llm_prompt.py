"""Items, pictures and sounds in words."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from graphrec.content.audio import read_wave
from graphrec.content.image_file import read_picture
from graphrec.content.llm_prompt import MOST, NAMES, RELATIONS, cut, relation_words, render
from graphrec.content.llm_words import picture_words, sound_words

RATE = 16_000
FACTS = {"HAS_GENRE": ["Drama", "Comedy", "Drama"], "film.film.directed_by": ["<b>Ann&amp;Co</b>"], "STARS": [" "]}


def test_an_item_in_words():
    read = render("Toy&nbsp;Story", "<p>Toys come alive.</p>", FACTS, "bright, mostly blue", "short, quiet")
    assert read.split("\n") == [
        "Toy Story.",
        "film directed: Ann&Co.",
        "genre: Comedy, Drama.",
        "picture: bright, mostly blue.",
        "sound: short, quiet.",
        "Toys come alive.",
    ]
    turned = {relation: names[::-1] for relation, names in reversed(FACTS.items())}
    assert render("Toy Story", "Toys come alive.", turned, "bright, mostly blue", "short, quiet") == read


def test_what_is_not_known_is_not_told():
    assert render("", "", {}, None, None) == ""
    assert render("Alien!", "", {"IN_GENRE": []}, "", None) == "Alien!"
    assert render("", "异形。", {"属于": ["科幻", "恐怖"]}, None, None) == "属于: 恐怖, 科幻.\n异形。"


def test_length_is_bounded():
    facts = {f"RELATION_{n:03}": [f"name {m} " + "long " * 50 for m in range(30)] for n in range(90)}
    read = render("t " * 5000, "d " * 5000, facts, "dark", "loud")
    assert MOST // 2 < len(read) <= MOST
    few = render("Title", "word " * 5000, {f"R{n}": [f"n{m}" for m in range(99)] for n in range(99)}, None, None)
    assert few.count(": ") == RELATIONS
    assert few.split("\n")[1].count(",") == NAMES - 1
    assert len(few) <= MOST
    assert few.endswith("word…")
    assert 0 < MOST - len(render("", "字" * 5000, {}, None, None)) + 1 <= 2


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        ("one two", 7, "one two"),
        ("one two", 6, "one…"),
        ("one two", 4, "one…"),
        ("字字字字", 3, "字字…"),
        ("ab", 1, ""),
    ],
)
def test_cut(text, most, short):
    assert cut(text, most) == short


@pytest.mark.parametrize(
    ("relation", "words"),
    [
        ("HAS_GENRE", "genre"),
        ("belongsTo", "belongs to"),
        ("film.producer.film", "film producer film"),
        ("类型", "类型"),
    ],
)
def test_relations_in_words(relation, words):
    assert relation_words(relation) == words


def test_real_films_in_words(shared_data):
    with (shared_data / "ml-100k" / "media.tsv").open(encoding="utf-8", newline="") as stream:
        films = list(csv.DictReader(stream, delimiter="\t"))[:40]
    looks = [picture_words(read_picture(shared_data / film["poster"])) for film in films if film["poster"]]
    assert len(set(looks)) > len(looks) / 2
    read = [render("", film["description"], {}, looks[0], None) for film in films]
    assert all(text.startswith(f"picture: {looks[0]}.\n") for text in read)
    assert all(film["description"][:80] in text for film, text in zip(films, read, strict=True))
    assert max(map(len, read)) <= MOST


@pytest.mark.parametrize(
    ("colour", "words"),
    [
        ((0, 0, 0), "very dark, without colour, mostly black, plain"),
        ((255, 255, 255), "very bright, without colour, mostly white, plain"),
        ((128, 128, 128), "evenly lit, without colour, mostly grey, plain"),
        ((200, 20, 20), "mostly red"),
        ((20, 40, 200), "mostly blue"),
        ((20, 150, 40), "mostly green"),
        ((250, 230, 40), "mostly yellow"),
        ((250, 140, 20), "mostly orange"),
        ((110, 60, 20), "mostly brown"),
        ((225, 200, 165), "mostly beige"),
        ((255, 150, 180), "mostly pink"),
        ((130, 20, 190), "mostly purple"),
        ((60, 210, 200), "mostly turquoise"),
    ],
)
def test_a_colour_in_words(colour, words):
    assert words in picture_words(Image.new("RGB", (40, 90), colour))


def test_pictures_in_words():
    generator = np.random.default_rng(0)
    noise = Image.fromarray(generator.integers(0, 256, (128, 128, 3), dtype=np.uint8))
    assert picture_words(noise).endswith("colourful, busy")
    halves = np.zeros((100, 100, 3), np.uint8)
    halves[:, 45:] = (230, 20, 20)
    assert picture_words(Image.fromarray(halves)) == "dark, mostly red and black, colourful, plain"
    board = np.where(np.indices((128, 128)).sum(axis=0) // 8 % 2, 255, 0).astype(np.uint8)
    assert "high in contrast, without colour, mostly" in picture_words(Image.fromarray(board))


def tone(hertz: float, seconds: float, loud: float = 0.2) -> np.ndarray:
    return (loud * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def test_sounds_in_words():
    generator = np.random.default_rng(0)
    noise = generator.normal(0, 0.3, 3 * RATE).astype(np.float32)
    clicks = np.zeros(4 * RATE, np.float32)
    for start in range(0, len(clicks), RATE // 4):
        clicks[start : start + 800] = noise[:800] * np.exp(-np.arange(800) / 150)
    assert sound_words(tone(220, 1, 0.05)) == "very short, quiet, deep, tonal, steady"
    assert sound_words(tone(6000, 40, 0.5)) == "long, loud, bright, tonal, steady"
    assert sound_words(noise) == "short, loud, bright, noisy, steady"
    assert {"percussive", "rhythmic", "with pauses"} <= set(sound_words(clicks).split(", "))
    assert sound_words(np.zeros(10, np.float32)) == sound_words(np.zeros(0, np.float32)) == "silent"
    assert sound_words(np.full(3, 0.5, np.float32)).startswith("very short, loud")


def test_real_sounds_in_words(shared_data):
    def said(name: str) -> list[str]:
        return sound_words(read_wave(Path(shared_data / "audio" / f"{name}.flac"))).split(", ")

    assert {"deep", "tonal", "percussive"} <= set(said("bd_808"))
    assert {"bright", "noisy"} <= set(said("drum_cymbal_closed"))
    assert "percussive" not in said("ambi_drone")
    assert {"loud", "percussive"} <= set(said("drum_cowbell"))
