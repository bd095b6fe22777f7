"""Answers about posts over time."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from graphrec.client.models import Id


class TrendDay(BaseModel):
    """The posts of a day."""

    day: date
    posts: int
    tone: float | None = Field(description="Their mean tone, from -1 to 1; null: none has one.")


class Alert(BaseModel):
    """A sudden change."""

    measure: Literal["volume", "tone"]
    since: date
    until: date | None = Field(description="Last day of the change; null: it goes on.")
    before: float = Field(description="Mean of the days beside it.")
    within: float = Field(description="Mean of its own days.")
    p: float = Field(description="How often the same days in another order differ as much.")


class Trend(BaseModel):
    """What posts say about one item or entity, or all posts; days without a post are left out."""

    kind: Literal["all", "item", "entity"]
    subject: Id | None = Field(description="Id of the item or entity; null: all posts.")
    name: str | None
    posts: int
    tone: float | None = Field(description="Mean tone of the posts that have one.")
    days: list[TrendDay]
    alerts: list[Alert]


class Trends(BaseModel):
    """What posts say by day, and sudden changes.

    Where nothing changes, each of the `series` (the volume or the tone of one subject) has an alert with a chance of at
    most `rate`.
    """

    since: date
    until: date
    rate: float
    series: int
    trends: list[Trend]
