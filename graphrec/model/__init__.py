"""The heterogeneous graph neural network: what it sees, how messages travel, how it scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphrec.model.profiles import Profiles, UserItemCSR

if TYPE_CHECKING:
    from graphrec.model.recommender import HeteroRecommender

__all__ = ["HeteroRecommender", "Profiles", "UserItemCSR"]


def __getattr__(name: str) -> Any:
    """Import the network when it is asked for: who is folded in does without it, and without PyG, seconds sooner."""
    if name == "HeteroRecommender":
        from graphrec.model.recommender import HeteroRecommender

        return HeteroRecommender
    raise AttributeError(name)
