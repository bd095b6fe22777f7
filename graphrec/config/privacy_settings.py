"""``[privacy]`` of ``graphrec.toml``; personal properties and consent are in ``[graph]``."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from graphrec.config.table import Table


class PrivacySettings(Table, frozen=True):
    """How long what people did is kept."""

    #: Days; what is older is removed by every update (:mod:`graphrec.updating.retention`). 0: nothing is.
    keep_days: Annotated[int, Meta(ge=0, le=36_500)] = 0
