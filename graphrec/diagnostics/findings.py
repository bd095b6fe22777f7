"""What a report on the quality of a graph is made of."""

from __future__ import annotations

from typing import Any

import msgspec

#: Most examples of a finding.
EXAMPLES = 5


class Finding(msgspec.Struct, frozen=True, rename="camel"):
    """Something in the graph that is probably not meant.

    Attributes
    ----------
    name
        What, such as ``usersWithoutBehaviours``.
    count
        How many.
    total
        Of how many.
    examples
        Some of them: ids, or ``[user, item, type]`` of a behaviour.
    detail
        What else is known, as a sentence; empty if nothing.
    """

    name: str
    count: int
    total: int
    examples: list[Any]
    detail: str = ""

    @property
    def share(self) -> float:
        """The count's share of the total."""
        return self.count / self.total if self.total else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields and the share under their JSON names."""
        return {**msgspec.to_builtins(self), "share": self.share}
