"""The base of the tables of ``graphrec.toml``, and the kinds of numbers in them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

#: No larger: arrays, seeds and Neo4j count in fewer bits than Python does.
_MOST = 2**31 - 1
Positive = Annotated[int, Meta(ge=1, le=_MOST)]
NonNegativeInt = Annotated[int, Meta(ge=0, le=_MOST)]
#: Length of a vector that Neo4j can index.
Width = Annotated[int, Meta(ge=1, le=4_096)]
#: Length of a learned vector. Least squares solve systems of this size for every user and item.
LearnedWidth = Annotated[int, Meta(ge=1, le=1_024)]
Fraction = Annotated[float, Meta(ge=0, lt=1)]
NonNegative = Annotated[float, Meta(ge=0, le=1e38)]
Weight = Annotated[float, Meta(ge=0, le=10)]


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every table of ``graphrec.toml``."""
