"""Personal copy, as a pydantic model."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from graphrec.client.models import Id

Kind = Literal["blurb", "email", "push", "article"]
Lang = Literal["en", "zh"]
Tone = Literal["neutral", "warm", "playful", "formal"]


class CopySentence(BaseModel):
    """A sentence that was written, and the verdict on it."""

    text: str
    supported: bool
    facts: list[int] = Field(description="Numbers of the facts that it states.")
    why: str = Field(description="Why it was cut.")


class CopyFact(BaseModel):
    """A fact that the text states."""

    number: int
    subject: str
    relation: str
    value: str
    sources: list[str] = Field(description="Element ids of nodes and relationships in Neo4j.")
    text: str
    kind: str
    detail: str = ""


class PersonalCopy(BaseModel):
    """A text about an item for a user, all of whose sentences are supported by facts."""

    user: Id | None
    item: Id
    title: str
    kind: Kind
    lang: Lang
    tone: Tone
    segment: str | None = None
    text: str
    how: str = Field(description="`template`, or `model NAME`.")
    why: str = Field(description="Why a template took the model's place.")
    share: float = Field(description="Share of the sentences that were written that are supported.")
    sentences: list[CopySentence]
    facts: list[CopyFact]
    run_id: str | None
