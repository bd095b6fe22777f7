"""The heterogeneous graph neural network: inputs, message passing and scores."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphrec.model.profiles import Profiles, UserItemCSR
    from graphrec.model.recommender import HeteroRecommender

__all__ = ["HeteroRecommender", "Profiles", "UserItemCSR"]

_MODULES = {"HeteroRecommender": "recommender", "Profiles": "profiles", "UserItemCSR": "profiles"}


def __getattr__(name: str) -> Any:
    """Import at first use: fold-in works without PyG, and scores in context without PyTorch, and so start sooner."""
    if name in _MODULES:
        return getattr(import_module(f"graphrec.model.{_MODULES[name]}"), name)
    raise AttributeError(name)
