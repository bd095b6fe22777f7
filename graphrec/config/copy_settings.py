"""``[copy]`` of ``graphrec.toml``: personal copy (:mod:`graphrec.copywriting`)."""

from __future__ import annotations

from typing import Literal

from graphrec.config.table import Table

Kind = Literal["blurb", "email", "push", "article"]
Tone = Literal["neutral", "warm", "playful", "formal"]
Lang = Literal["en", "zh"]


class CopySegment(Table, frozen=True):
    """A group of users, and the wording for them; None: as ``[copy]`` says."""

    #: A Cypher predicate on the user ``u``, such as ``u.country = 'DE'``; empty: all users.
    where: str = ""
    kind: Kind | None = None
    lang: Lang | None = None
    tone: Tone | None = None


class CopySettings(Table, frozen=True):
    """How texts are worded, and what they may not say."""

    kind: Kind = "blurb"
    lang: Lang = "en"
    tone: Tone = "neutral"
    #: What items are called: ``film``, ``book``, ``song``, …; ``auto``: by their label.
    noun: str = "auto"
    #: Sentences that are let through as they are, such as the name of the shop under a letter.
    phrases: tuple[str, ...] = ()
    #: Subjects that no text may infer about a person, and further words of such subjects.
    sensitive: tuple[str, ...] = (
        "religion",
        "health",
        "sexuality",
        "politics",
        "ethnicity",
        "money",
        "family",
        "crime",
    )
    sensitive_words: tuple[str, ...] = ()
    #: ``none``, or a transformers model of entailment (NLI) by hub name or directory.
    entailment: str = "none"
    #: Name → users and wording.
    segments: dict[str, CopySegment] = {}
