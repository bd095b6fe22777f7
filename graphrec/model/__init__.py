"""The heterogeneous graph neural network: inputs, message passing and scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphrec.model.profiles import Profiles, UserItemCSR

if TYPE_CHECKING:
    from graphrec.model.recommender import HeteroRecommender

__all__ = ["HeteroRecommender", "Profiles", "UserItemCSR"]


def __getattr__(name: str) -> Any:
    """Import the network at first use: fold-in works without it, and without PyG, and so starts seconds sooner."""
    if name == "HeteroRecommender":
        from graphrec.model.recommender import HeteroRecommender

        return HeteroRecommender
    raise AttributeError(name)
