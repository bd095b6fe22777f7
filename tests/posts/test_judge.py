"""What posts say about items: about the item they lead to, or about those that their text names."""

from __future__ import annotations

import pytest

from graphrec.language.tone import LexiconJudge
from graphrec.posts.judge import BY_NAME, BY_PATH, Post, Reader
from graphrec.posts.mentions import Matcher

NAMES = [("heat", "Heat"), ("jaws", "Jaws"), ("pacino", "Al Pacino")]


@pytest.fixture
def reader() -> Reader:
    return Reader(LexiconJudge(), Matcher(NAMES), frozenset({"heat", "jaws"}), confidence=0.7, neutral=0.05)


def test_a_post_about_an_item_says_its_tone_about_it_alone(reader: Reader) -> None:
    (said,) = reader.read(
        [Post("p", 1, "What a terrible film. I hated it. Al Pacino was good in Jaws.", 0, ("ann",), ("heat",))]
    )
    ((author, item, tone, strength),) = said.opinions
    assert (author, item) == ("ann", "heat")
    assert tone == strength < -0.05
    ways = {node: (confidence, way) for node, confidence, _, way in said.mentions}
    assert ways["heat"] == (1.0, BY_PATH)
    assert ways["jaws"] == (0.9, BY_NAME)
    assert set(ways) == {"heat", "jaws", "pacino"}


def test_sentences_about_one_item_each_say_their_own(reader: Reader) -> None:
    text = "I loved Heat, a wonderful film. Sadly Jaws was awful and boring."
    (said,) = reader.read([Post("p", 1, text, None, ("ann", "ben"))])
    signs = {(author, item): strength > 0 for author, item, _, strength in said.opinions}
    assert signs == {("ann", "heat"): True, ("ben", "heat"): True, ("ann", "jaws"): False, ("ben", "jaws"): False}
    assert all(abs(strength) < abs(tone) for *_, tone, strength in said.opinions)  # names are less than sure


def test_a_comparison_and_a_neutral_post_say_nothing(reader: Reader) -> None:
    compared, neutral, alone = reader.read(
        [
            Post("a", 1, "We loved Heat much more than Jaws.", None, ("ann",)),
            Post("b", 2, "Saw this on Tuesday.", None, ("ann",), ("heat",)),
            Post("c", 3, "I loved Al Pacino.", None, ("ann",)),
        ]
    )
    assert not compared.opinions
    assert {node: tone for node, _, tone, _ in compared.mentions} == {"heat": None, "jaws": None}
    assert not neutral.opinions
    assert neutral.mentions == [("heat", 1.0, 0.0, BY_PATH)]
    assert not alone.opinions  # a person is no item
    assert [node for node, *_ in alone.mentions] == ["pacino"]
