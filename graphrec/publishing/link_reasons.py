"""The reasons of one link, as they are stored: see ``docs/graph.md``."""

from __future__ import annotations

#: Kinds, shares, items (:data:`graphrec.explanation.reasons.VIA` places per reason, filled up with ``""``), and what is
#: common; None if the link has no reasons.
LinkReasons = tuple[list[str], list[float], list[str], list[str]] | None
