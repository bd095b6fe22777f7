"""``[assistant]`` of ``graphrec.toml``: conversations (:mod:`graphrec.assistant`)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from graphrec.config.table import Positive, Table


class AssistantSettings(Table, frozen=True):
    """What a conversation may take, and how long it is kept."""

    #: Items in a list where nobody says how many.
    k: Annotated[int, Meta(ge=1, le=50)] = 5
    #: Minutes after its last turn for which a conversation is kept.
    keep_minutes: Positive = 60
    #: Most turns of a conversation, and most conversations kept at once: the oldest go first.
    turns: Positive = 100
    conversations: Positive = 10_000
    #: Days for which what was handed over to a person is kept.
    handover_days: Positive = 30
    #: Whether a text encoder helps with words that no rule fits.
    encoder: bool = True
    #: Whether ``[language] model`` also words the answers; what it says is checked. Most tokens of one.
    wording: bool = True
    max_tokens: Positive = 200
