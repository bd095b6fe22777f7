"""How people ask, in English and Chinese: the patterns of ``patterns.toml``, compiled once."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from graphrec.assistant.actions import Language
from graphrec.assistant.understanding.numerals import NUMBER

#: What may follow a pattern that reaches to the end.
_END = r"[\s.!?,~。！？，]*$"
#: Patterns that fit a whole utterance alone.
_WHOLE = frozenset({"bye", "hello", "help", "no", "reset", "thanks", "yes"})


@dataclass(frozen=True)
class Patterns:
    """The patterns of a language."""

    courtesy: re.Pattern[str]
    hello: re.Pattern[str]
    thanks: re.Pattern[str]
    bye: re.Pattern[str]
    yes: re.Pattern[str]
    no: re.Pattern[str]
    no_but: re.Pattern[str]
    help: re.Pattern[str]
    hand_over: re.Pattern[str]
    reset: re.Pattern[str]
    drop_all: re.Pattern[str]
    drop: tuple[re.Pattern[str], ...]
    block: tuple[re.Pattern[str], ...]
    dislike: tuple[re.Pattern[str], ...]
    like: tuple[re.Pattern[str], ...]
    liked_so: tuple[re.Pattern[str], ...]
    compare: tuple[re.Pattern[str], ...]
    joint: re.Pattern[str]
    opinion: re.Pattern[str]
    first_two: re.Pattern[str]
    than: re.Pattern[str]
    whether: re.Pattern[str]
    no_wish: re.Pattern[str]
    explain: tuple[re.Pattern[str], ...]
    explain_fillers: re.Pattern[str]
    question: re.Pattern[str]
    question_fillers: re.Pattern[str]
    describe: tuple[re.Pattern[str], ...]
    similar: tuple[re.Pattern[str], ...]
    similar_tail: re.Pattern[str]
    similar_alone: re.Pattern[str]
    cut: re.Pattern[str]
    basis: re.Pattern[str]
    more: re.Pattern[str]
    search: tuple[re.Pattern[str], ...]
    recommend: re.Pattern[str]
    refine: re.Pattern[str]


@cache
def patterns(language: Language) -> Patterns:
    """Return the patterns of a language."""
    held = tomllib.loads(Path(__file__).with_name("patterns.toml").read_text(encoding="utf-8"))
    parts = {"NUMBER": NUMBER, **held["parts"]}
    several = {field.name for field in fields(Patterns) if str(field.type).startswith("tuple")}
    compiled: dict[str, Any] = {}
    for name, texts in held[language].items():
        some = [_filled(text, parts) for text in texts]
        if name in several:
            compiled[name] = tuple(re.compile(text + _END) for text in some)
        else:
            joined = "|".join(f"(?:{text})" for text in some)
            compiled[name] = re.compile(f"^(?:{joined}){_END}" if name in _WHOLE else joined)
    return Patterns(**compiled)


def _filled(text: str, parts: dict[str, str]) -> str:
    for name, part in parts.items():
        text = text.replace(f"{{{name}}}", part)
    return text
