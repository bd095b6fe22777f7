"""Words in which people name what graphs hold: ``lexicon.toml``, read once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from graphrec.assistant.actions import Language

Measure = Literal["year", "duration", "rating", "price"]


@dataclass(frozen=True)
class MeasureWords:
    """Names of properties that hold a measure, and words for less and more of it, by language."""

    properties: tuple[str, ...]
    named: tuple[str, ...]
    less: dict[Language, tuple[str, ...]]
    more: dict[Language, tuple[str, ...]]


@dataclass(frozen=True)
class FactWords:
    """Words in the names of relations and properties that hold a fact, the surest first; words that ask for it."""

    parts: tuple[str, ...]
    asked: dict[Language, tuple[str, ...]]


@dataclass(frozen=True)
class Lexicon:
    """What ``lexicon.toml`` holds.

    ``concepts``: name → words; ``together``: name → the concepts that it stands for.
    """

    concepts: dict[str, tuple[str, ...]]
    together: dict[str, tuple[str, ...]]
    measures: dict[str, MeasureWords]
    facts: dict[str, FactWords]
    fillers: dict[Language, frozenset[str]]


@cache
def lexicon() -> Lexicon:
    """Return the lexicon."""
    held = tomllib.loads(Path(__file__).with_name("lexicon.toml").read_text(encoding="utf-8"))
    return Lexicon(
        concepts={name: tuple(words) for name, words in held["concepts"].items()},
        together={name: tuple(names) for name, names in held["together"].items()},
        measures={
            name: MeasureWords(
                tuple(one["properties"]),
                (*one["en"], *one["zh"]),
                {"en": tuple(one["less_en"]), "zh": tuple(one["less_zh"])},
                {"en": tuple(one["more_en"]), "zh": tuple(one["more_zh"])},
            )
            for name, one in held["measures"].items()
        },
        facts={
            name: FactWords(tuple(one["parts"]), {"en": tuple(one["en"]), "zh": tuple(one["zh"])})
            for name, one in held["facts"].items()
        },
        fillers={"en": frozenset(held["fillers"]["en"].split()), "zh": frozenset(held["fillers"]["zh"].split())},
    )
