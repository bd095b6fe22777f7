"""Attacks stay within their budgets and go where they should; an item that goes there rises."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.sparse import csr_array

from graphrec.config.settings import Settings
from graphrec.content.descriptors import ClassicalImageEncoder
from graphrec.content.tfidf import TfidfEncoder
from graphrec.experiments.content_attack.attacks import PixelAttack, WordAttack, by_vector, vocabulary
from graphrec.experiments.content_attack.contents import Contents
from graphrec.experiments.content_attack.direction import Direction, directions
from graphrec.experiments.content_attack.measure import Budget, attack
from graphrec.experiments.content_attack.ranks import standing
from graphrec.graph.hetero import Graph
from graphrec.runs.run import Run
from graphrec.runs.store import read_run


def towards(gradient: torch.Tensor) -> Direction:
    return Direction(torch.zeros(gradient.shape[1]), torch.nn.functional.normalize(gradient, dim=1))


def test_ranks_by_hand() -> None:
    scores = torch.tensor([[4.0, 3.0, 2.0, 1.0], [1.0, 2.0, 3.0, 4.0]])
    seen = csr_array(np.array([[1, 0, 0, 0], [0, 0, 0, 1]], np.float32))
    found = standing(lambda users: scores[users], seen, torch.arange(2), torch.tensor([2, 3]), 1)
    # Item 2: behind item 1 for the first user, first for the second (3 is done, and a target). Item 3: for the first
    # user behind item 1 alone.
    assert (found.rank.tolist(), found.hit.tolist()) == ([1.5, 2.0], [0.5, 0.0])


def test_a_vector_is_turned_by_the_step_and_keeps_its_length() -> None:
    way = Direction(torch.tensor([1.0, 1.0]), torch.tensor([[0.0, 1.0]]))
    made = by_vector(way, torch.tensor([[4.0, 1.0]]), torch.tensor([0]), 1.0)
    assert torch.allclose(made, torch.tensor([[1 + 3 / 2**0.5, 1 + 3 / 2**0.5]]))


def test_words_are_added_as_long_as_they_help_and_at_most_so_many() -> None:
    texts = ["space war robots planet", "love story wedding paris", "space planet ships", "wedding love letters"] * 5
    encoder = TfidfEncoder.fit(texts)
    wanted = torch.from_numpy(encoder.encode(["space planet"]))
    words = vocabulary(texts)
    assert set(words) == {
        "space", "robots", "planet", "love", "story", "wedding", "paris", "ships", "letters",
    }  # fmt: skip
    text, vector = WordAttack(encoder, towards(wanted), words, 2)(0, "love story wedding paris")
    added = text.removesuffix("love story wedding paris").split()
    assert 0 < len(added) <= 2
    assert set(added) <= {"space", "planet", "ships", "robots"}
    assert torch.allclose(vector, torch.from_numpy(encoder.encode([text]))[0])
    same, _ = WordAttack(encoder, towards(wanted), ["wedding"], 2)(0, "space planet")
    assert same == "space planet"


def test_pixels_change_within_the_budget_and_the_vector_goes_there() -> None:
    rng = np.random.default_rng(0)
    encoder = ClassicalImageEncoder()
    picture, wanted = (Image.fromarray(rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)) for _ in range(2))
    before, aim = (torch.from_numpy(encoder.encode([image])) for image in (picture, wanted))
    way = towards(aim - before)
    made, vector = PixelAttack(encoder, way, 8, 40)(0, picture, 0)
    change = np.abs(np.asarray(made).astype(int) - np.asarray(picture).astype(int))
    assert 0 < change.max() <= 8
    assert float(way.value(0, vector[None])[0]) > float(way.value(0, before)[0])
    assert torch.allclose(vector, torch.from_numpy(encoder.encode([made]))[0])


def test_the_direction_is_that_of_most_peoples_taste(run: Run, graph: Graph) -> None:
    found = directions(run, graph, torch.arange(30))
    assert list(found) == ["text"]
    assert torch.allclose(found["text"].gradient.norm(dim=1), torch.ones(30), atol=1e-5)
    assert float(found["text"].gradient[:, 0].mean()) > 0.5  # two thirds of the users like items of that kind


def test_items_rise_by_vectors_and_by_words_and_the_run_says_so(run: Run, graph: Graph, settings: Settings) -> None:
    class Written:
        """An encoder whose vectors are given by the words: each adds one to its own component."""

        name, fingerprint, dim, kind = "counted", "0", 6, "classical"

        def encode(self, batch):
            names = ("plus", "none", "minus")
            moved = {"plus": 1.0, "none": 0.0, "minus": -1.0}
            return np.array([[sum(moved[w] for w in text.split() if w in names)] + [0.1] * 5 for text in batch], "f4")

    texts = {n: "none minus" if n % 2 == 0 else "none plus" for n in range(30)}
    contents = {"text": Contents(Written(), texts, str)}
    before = (run.path / "embeddings.safetensors").read_bytes()
    found = attack(run, graph, settings, contents, budget=Budget(words=2, reach=0.5), n=8, k=5)
    assert list(found["attacks"]) == ["text", "text vector"]
    for one in found["attacks"].values():
        assert one["items"] == 8
        assert one["risen"]["mean"] == pytest.approx(one["rank"]["before"] - one["rank"]["after"])
        assert one["risen"]["mean"] > 0
        assert one["risen"]["low"] <= one["risen"]["mean"] <= one["risen"]["high"]
    assert (found["adversarial"], found["k"]) == (0.0, 5)
    assert read_run(run.path.parent, run.run_id).info["content_attack"] == json.loads(json.dumps(found))
    assert (run.path / "embeddings.safetensors").read_bytes() == before
    assert [path.name for path in run.path.parent.iterdir()] == [run.run_id]
