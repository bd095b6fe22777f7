"""``[privacy]`` of ``graphrec.toml``: what of people's data comes in, how, and for how long.

Personal properties and consent are in ``[graph]``.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from graphrec.config.table import Table

Region = Annotated[str, Meta(pattern=r"^[A-Z]{2}$", description="two capital letters, such as US")]


class PrivacySettings(Table, frozen=True):
    """Pseudonyms in the place of ids, the scrubbing of free text, and how long what people did is kept."""

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
