"""How far a graph has moved away from what a run was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Share of pairs, or of items, changed since training, from which a new training is recommended.
DRIFT = 0.1


def drift_of(updated: Mapping[str, Any], pairs: int, items: int, learned: Mapping[str, int]) -> float:
    """Return the share of pairs, or of items if larger, that have changed since training, relative to the numbers then.

    Parameters
    ----------
    updated
        ``updated`` in the run's ``run.json``: what earlier updates have changed; empty for a training.
    pairs, items
        Numbers changed since the run.
    learned
        ``pairs`` and ``items`` at training.
    """
    pairs += updated.get("pairs", 0)
    items += updated.get("items", 0) + updated.get("goneItems", 0)
    return max(int(pairs) / max(learned["pairs"], 1), int(items) / max(learned["items"], 1))
