"""Why events are refused, each with its place in the request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from graphrec.common.errors import ConflictError, GraphrecError, InputError

#: Most faults that a message tells.
_TOLD = 5


@dataclass(frozen=True)
class Fault:
    """One refused event; ``index``: its place in the request; ``kind``: invalid, of a missing node, or a used key."""

    index: int
    kind: Literal["invalid", "missing", "conflict"]
    message: str
    hint: str | None = None
    what: str = "event"


class RefusedEventsError(InputError):
    """Some events of a request are invalid or name items that do not exist; none of the request is written.

    Attributes
    ----------
    faults
        Each with its place.
    """

    faults: tuple[Fault, ...] = ()


class ConflictingEventsError(ConflictError):
    """The key of an event is that of an earlier one with other content; none of the request is written."""

    faults: tuple[Fault, ...] = ()


def refused(faults: Sequence[Fault], total: int) -> GraphrecError:
    """Return the error for a request of ``total`` events."""
    told = "; ".join(f"{fault.what} {fault.index}: {fault.message}" for fault in faults[:_TOLD])
    more = f"; and {len(faults) - _TOLD} more" if len(faults) > _TOLD else ""
    conflict = any(fault.kind == "conflict" for fault in faults)
    wrong: type[RefusedEventsError | ConflictingEventsError]
    wrong = ConflictingEventsError if conflict else RefusedEventsError
    said = f"{told}{more}" if total == 1 else f"{len(faults)} of {total} are refused, and none is written: {told}{more}"
    error = wrong(said, hint=faults[0].hint)
    error.faults = tuple(faults)
    return error
