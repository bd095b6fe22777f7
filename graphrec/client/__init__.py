"""The contract of the service (:mod:`graphrec.client.models`), and a typed client for it: :class:`Client`.

>>> from graphrec.client import Client
>>> with Client("http://127.0.0.1:8000") as shop:  # doctest: +SKIP
...     shop.recommend("196", k=5).items

It needs httpx and pydantic (``pip install 'graphrec[client]'``), and imports neither PyTorch nor Neo4j's driver.
"""

from __future__ import annotations

# The service imports the models alone: without httpx.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from graphrec.client.client import AsyncClient, Client

__all__ = ["AsyncClient", "Client"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'graphrec.client' has no attribute {name!r}")
    from graphrec.client import client

    return getattr(client, name)
