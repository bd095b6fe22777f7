"""Recommendations where your graph is: a heterogeneous graph neural network over Neo4j.

>>> import graphrec
>>> with graphrec.connect() as graph:  # doctest: +SKIP
...     graph.load(ratings, items=films)
...     graph.publish(graph.fit())
...     graph.recommend([1, 2], k=5)

What is public is imported when it is first used: ``import graphrec`` costs nothing, and asking Neo4j needs no torch.
"""

from __future__ import annotations

# Type checkers know the name. typing itself is not imported: the command line must not meet a Ctrl-C here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from graphrec.api.fit import fit_frames
    from graphrec.api.model import Model
    from graphrec.api.recommender import Recommender, connect
    from graphrec.common.errors import (
        ConfigError,
        DatabaseError,
        EncoderError,
        GraphError,
        GraphrecError,
        GraphrecWarning,
        InputError,
        LeakageError,
        NotFoundError,
        ServerError,
        TrainingError,
    )

__all__ = [
    "ConfigError",
    "DatabaseError",
    "EncoderError",
    "GraphError",
    "GraphrecError",
    "GraphrecWarning",
    "InputError",
    "LeakageError",
    "Model",
    "NotFoundError",
    "Recommender",
    "ServerError",
    "TrainingError",
    "__version__",
    "connect",
    "fit_frames",
]

_HOMES = {
    "connect": "graphrec.api.recommender",
    "Recommender": "graphrec.api.recommender",
    "Model": "graphrec.api.model",
    "fit_frames": "graphrec.api.fit",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("graphrec")
    if name not in __all__:
        raise AttributeError(f"module 'graphrec' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES.get(name, "graphrec.common.errors")), name)


def __dir__() -> list[str]:
    return sorted(__all__)
