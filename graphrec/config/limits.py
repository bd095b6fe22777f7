"""``[graph.limits]``: limits on a user's behaviours."""

from __future__ import annotations

from typing import Annotated

import msgspec


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits on a user's behaviours, against repeated records and bots: only the first ones count; 0: no limit.

    ``once``: behaviours with the same user, item, type and second count once. ``per_minute`` and ``per_day``: all
    types within a clock minute or day (UTC); ``per_pair``: one item and type.
    """

    once: bool = True
    per_minute: Annotated[int, msgspec.Meta(ge=0)] = 0
    per_day: Annotated[int, msgspec.Meta(ge=0)] = 0
    per_pair: Annotated[int, msgspec.Meta(ge=0)] = 0
