"""Attacks in words and in texts of the catalogue: no rule obeys them, and in prompts they are short, visible data."""

from __future__ import annotations

import runpy
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import msgspec

from graphrec.assistant.actions import Confirm, Context, HandOver, ItemRef
from graphrec.assistant.understanding.by_model import messages
from graphrec.assistant.understanding.known_names import Vocabulary
from graphrec.assistant.understanding.understand import understand
from graphrec.content.text_cleaning import clean
from graphrec.grounding.fact import Fact, numbered
from tests.assistant.attacks import attacks, hidden

TESTS = Path(__file__).parents[1]
BENCHMARK = SimpleNamespace(**runpy.run_path(str(TESTS / "benchmarks" / "understanding.py")))


def test_there_are_a_hundred_attacks_of_every_kind() -> None:
    found = attacks()
    assert len(set(found)) == len(found) >= 100
    assert min(Counter(one.kind for one in found).values()) >= 4
    assert {(one.kind, one.language) for one in found} == {
        (kind, language) for kind in {one.kind for one in found} for language in ("en", "zh")
    }


def test_words_that_attack_confirm_nothing_and_hand_nothing_over() -> None:
    vocabulary = BENCHMARK.catalogue()
    for attack in attacks("said", "audio", "search"):
        for context in BENCHMARK.contexts(vocabulary).values():
            found = understand(attack.text[:1_000], context, vocabulary).action
            assert found != Confirm(True), attack
            assert not isinstance(found, HandOver), attack


def test_texts_of_the_catalogue_are_short_visible_data_in_prompts() -> None:
    texts = [one.text for one in attacks("title", "description", "search")]
    shown = tuple(ItemRef(str(n), text) for n, text in enumerate(texts))
    system, asked = messages("why?", Context(shown, focus=shown[0]), Vocabulary(items=list(shown)))
    assert len(asked.content) < 100 * len(texts)
    assert not hidden(asked.content)
    assert msgspec.json.decode(asked.content)["words"] == "why?"
    assert not any(text[:30] in system.content for text in texts)
    facts = [Fact(n, text, "year", "1995", (), f"“{text}”: year: 1995") for n, text in enumerate(texts * 20)]
    lines = numbered(facts)
    assert len(lines) < 25_000
    assert not hidden(lines)
    assert all(line.partition(".")[0].isdecimal() for line in lines.splitlines())
    for text in texts:
        assert "<script" not in clean(text).lower() or "</script" not in clean(text).lower()
