"""The reasons of one link, as they are stored: see ``docs/graph.md``; needs no PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphrec.runs.layout import ENCODER, PARTS, PROFILES

if TYPE_CHECKING:
    from graphrec.runs.run import Run

#: Kinds, shares, items (:data:`graphrec.explanation.reasons.VIA` places per reason, filled up with ``""``), and what is
#: common; None if the link has no reasons.
LinkReasons = tuple[list[str], list[float], list[str], list[str]] | None


def has_parts(run: Run) -> bool:
    """Return whether a run says what its scores are made of (:mod:`graphrec.explanation`)."""
    return all((run.path / name).is_file() for name in (ENCODER, PARTS, PROFILES))
