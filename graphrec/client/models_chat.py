"""Bodies and answers of the assistant."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from graphrec.client.models import Body, GivenId, Id

Conversation = Annotated[
    str,
    Field(min_length=1, max_length=100, description="As an earlier answer gave it; one that has ended begins anew."),
]


class ChatRequest(Body):
    """What somebody says."""

    text: str = Field(min_length=1, max_length=1_000, examples=["something shorter, and not horror"])
    user_id: GivenId | None = Field(default=None, description="Null: a visitor; of a token: its own user.")
    conversation: Conversation | None = None


class ChatItem(BaseModel):
    """An item of a list; ``source``: what its place rests on, as in other lists, or ``similar`` or ``search``."""

    rank: int
    item_id: Id
    title: str
    score: float
    source: str


class ChatFact(BaseModel):
    """Something of the graph that an answer rests on."""

    number: int
    subject: str
    relation: str
    value: str
    sources: list[str] = Field(description="Element ids of the nodes and relationships that say so.")
    text: str
    kind: str
    detail: str = ""


class ChatReply(BaseModel):
    """An answer of the assistant."""

    conversation: str = Field(description="What continues the conversation; whoever has it may do so.")
    language: Literal["en", "zh"]
    text: str
    action: dict[str, Any] = Field(description="What the words became: one of a few typed actions.")
    understood: str = Field(description="How: `rules`, `encoder NAME` or `model NAME`.")
    confidence: float
    said: str = Field(description="The words that are answered.")
    heard: str = Field(default="", description="How they were heard, of a recording.")
    items: list[ChatItem] = []
    facts: list[ChatFact] = []
    asks: Literal["", "confirm"] = Field(default="", description="Whether it waits for a yes or a no.")
    conditions: str = Field(default="", description="The conditions in force, in words.")
    how: str = Field(description="Who worded it: `template` or `model NAME`.")
    why: str = Field(default="", description="Why a template took the model's place.")


class ChatLine(BaseModel):
    """What was said in a conversation."""

    who: Literal["person", "assistant"]
    text: str


class Handover(BaseModel):
    """A conversation that waits for a person."""

    reference: str = Field(description="What the person who asked was told.")
    user_id: Id | None = Field(description="Null: a visitor.")
    at: datetime
    language: Literal["en", "zh"]
    wish: str = Field(description="What they are looking for, in words.")
    shown: list[str] = Field(description="Titles of the last list.")
    lines: list[ChatLine] = Field(description="The last turns.")


class Handovers(BaseModel):
    """Conversations that wait for a person, the latest first."""

    handovers: list[Handover]
