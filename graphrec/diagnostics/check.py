"""One line of the doctor's answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

from graphrec.common.errors import GraphrecError

Status: TypeAlias = Literal["ok", "warning", "failure"]


@dataclass(frozen=True)
class Check:
    """What was found about one thing.

    Attributes
    ----------
    name
        What was looked at, such as ``python`` or ``neo4j``.
    status
        ``warning``: something is missing that some commands need; ``failure``: graphrec cannot work.
    message
        What was found, on one line.
    hint
        The next step; empty where there is none.
    details
        Figures and names for programs.
    """

    name: str
    status: Status
    message: str
    hint: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def failed(cls, name: str, error: GraphrecError, **details: Any) -> Check:
        """Return the failure that an error of ours is."""
        return cls(name, "failure", " ".join(error.message.split()), error.hint or "", details)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return asdict(self)


def worst(checks: list[Check]) -> Status:
    """Return the status of the worst check."""
    order: tuple[Status, ...] = ("ok", "warning", "failure")
    return max((check.status for check in checks), key=order.index, default="ok")
