"""``[privacy]`` of ``graphrec.toml``: what of people's data comes in, for how long, and how much training may tell.

Personal properties and consent are in ``[graph]``.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from graphrec.config.table import Fraction, Positive, Table

#: A privacy loss ε: above 100 it promises nothing.
Epsilon = Annotated[float, Meta(gt=0, le=100)]
Region = Annotated[str, Meta(pattern=r"^[A-Z]{2}$", description="two capital letters, such as US")]


class PrivacySettings(Table, frozen=True):
    """Pseudonyms, the scrubbing of free text, how long what people did is kept, and differential privacy."""

    #: File with the key of pseudonyms, relative to the project; empty: ids stay as they are.
    pseudonym_key: str = ""
    #: Whether e-mail addresses, phone and card numbers and names are taken out of texts that come in.
    scrub: bool = False
    #: Whether names are among them. They are found by lists, which find names of authors and actors too.
    scrub_names: bool = True
    #: Countries whose phone numbers are found without an international prefix.
    phone_regions: tuple[Region, ...] = ("US", "GB", "CN")
    #: Days; what is older is removed by every update (:mod:`graphrec.updating.retention`). 0: nothing is.
    keep_days: Annotated[int, Meta(ge=0, le=36_500)] = 0

    # Differential privacy of training (graphrec.privacy); off without `epsilon`.
    #: Most privacy loss ε of one training.
    epsilon: Epsilon | None = None
    #: Probability δ that the bound does not hold; None: n^-1.1 for n users.
    delta: Annotated[float, Meta(gt=0, le=0.01)] | None = None
    #: Most ε of all trainings of the project together; None: only added up.
    budget: Epsilon | None = None
    #: Share of the budget for the counts of the items.
    popularity: Annotated[float, Meta(gt=0, lt=0.5)] = 0.05
    #: Share of the budget for the figures on validation; 0: there are none.
    validation: Annotated[float, Meta(ge=0, lt=0.5)] = 0.05
    #: Share of the budget for training the network by DP-SGD; 0: the network is not trained.
    network: Fraction = 0.0
    #: Steps of DP-SGD, users per step on average, and the largest length of a user's gradient.
    steps: Positive = 200
    batch: Positive = 256
    clip: Annotated[float, Meta(gt=0, le=1e6)] = 1.0

    def with_training_of(self, other: PrivacySettings) -> PrivacySettings:
        """Return these settings with the noise of another training; the budget is that of the project."""
        return msgspec.structs.replace(self, **{name: getattr(other, name) for name in _OF_TRAINING})


#: What determines the noise of a training.
_OF_TRAINING = ("epsilon", "delta", "popularity", "validation", "network", "steps", "batch", "clip")
