"""A like, a dislike or a block as an event, as the graph's mapping has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from graphrec.assistant.dialogue import Reaction
from graphrec.config.schema import Behaviour, GraphSchema


class Recording(NamedTuple):
    """The type of an event, and the strength that it needs."""

    type: str
    value: float | None = None


def liking(mapped: Behaviour) -> float | None:
    """Return a strength that is no dislike; None where none is needed."""
    if mapped.strength is None:
        return None
    return 5.0 if mapped.dislike is not None and mapped.dislike < 5 else (mapped.dislike or 0.0) + 1.0


def recording(schema: GraphSchema, blocked: Sequence[str], reaction: Reaction) -> Recording | None:
    """Return the event that records a reaction; None where the graph has none for it.

    Parameters
    ----------
    schema
        The mapping with its behaviours.
    blocked
        Types by which users block items.
    """
    plain = {kind: mapped for kind, mapped in schema.behaviours.items() if mapped.path is None}
    if reaction == "block":
        return Recording(blocked[0]) if blocked else None
    if reaction == "like":
        wanted = [(kind, one) for kind, one in plain.items() if not one.negative]
        # What recommendations aim at comes first.
        wanted.sort(key=lambda pair: not pair[1].target)
        return Recording(wanted[0][0], liking(wanted[0][1])) if wanted else None
    for kind, mapped in plain.items():
        if mapped.negative or mapped.dislike is not None:
            return Recording(kind, mapped.dislike)
    return None
