"""How people speak: words restated plainly, and cues that say alone what is meant (``spoken.toml``)."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from graphrec.assistant.actions import Language


@dataclass(frozen=True)
class Spoken:
    """What ``spoken.toml`` holds for a language.

    ``plain``: patterns and what they stand for; ``acknowledged``: words before a correction of the list; ``cues``: name
    → pattern.
    """

    plain: tuple[tuple[re.Pattern[str], str], ...]
    acknowledged: re.Pattern[str]
    cues: dict[str, re.Pattern[str]]


@cache
def spoken(language: Language) -> Spoken:
    """Return how people speak a language."""
    held = tomllib.loads(Path(__file__).with_name("spoken.toml").read_text(encoding="utf-8"))
    return Spoken(
        tuple((re.compile(said), meant) for said, meant in held["plain"][language]),
        re.compile(held["acknowledged"][language]),
        {name: re.compile(text) for name, text in held["cues"][language].items()},
    )


def restated(text: str, language: Language) -> str:
    """Return a text in plainer words, without asides.

    >>> restated("gimme a comedy, i can't decide", "en"), restated("整部悬疑片儿", "zh")
    ('give me a comedy', '来部悬疑片')
    """
    for said, meant in spoken(language).plain:
        text = said.sub(meant, text)
    return " ".join(text.split()).strip(" ,，;；")


def cues_in(text: str, language: Language) -> tuple[set[str], str]:
    """Return the cues that a text has, and the text with a comma for each."""
    found = [(name, match.span()) for name, cue in spoken(language).cues.items() for match in cue.finditer(text)]
    letters = list(text)
    for _, (begin, end) in found:
        letters[begin:end] = "," * (end - begin)
    return {name for name, _ in found}, "".join(letters)
