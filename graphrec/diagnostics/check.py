"""The result of one check."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

from graphrec.common.errors import GraphrecError

Status: TypeAlias = Literal["ok", "warning", "failure"]


@dataclass(frozen=True)
class Check:
    """Result of one check.

    Attributes
    ----------
    name
        Subject of the check, such as ``python`` or ``neo4j``.
    status
        ``ok``; ``warning``: some commands lack a requirement; ``failure``: graphrec cannot work.
    message
        The finding, on one line.
    hint
        The next step, or empty.
    details
        Values for programs.
    """

    name: str
    status: Status
    message: str
    hint: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def failed(cls, name: str, error: GraphrecError, **details: Any) -> Check:
        """Return the failed check for an error of graphrec."""
        return cls(name, "failure", " ".join(error.message.split()), error.hint or "", details)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def worst(checks: list[Check]) -> Status:
    """Return the status of the worst check."""
    order: tuple[Status, ...] = ("ok", "warning", "failure")
    return max((check.status for check in checks), key=order.index, default="ok")
