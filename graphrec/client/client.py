"""The client of the service: :class:`Client`, and :class:`AsyncClient` whose methods are awaited."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

from graphrec.client.call import Awaiting, Blocking, Call, T
from graphrec.client.models import Event
from graphrec.client.operations import Operations
from graphrec.client.operations_events import batches
from graphrec.common.libraries import library

with library("httpx"):
    import httpx

from graphrec.client.failure import Attempts, checked


def _options(key: str | None, timeout: float, verify: ssl.SSLContext | bool) -> dict[str, Any]:
    """Return what httpx is opened with."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return {"headers": headers, "timeout": timeout, "verify": verify}


class Client(Operations, Blocking):
    """A client of ``graphrec serve``; it may be used by several threads, and keeps its connections until it is closed.

    Parameters
    ----------
    url
        Address of the service, such as ``http://127.0.0.1:8000``.
    key
        Key of the service, or a user's token.
    timeout
        Seconds for each step of an attempt: to connect, to send, to get the answer.
    retries
        Most further attempts where the service is away, busy or lost, with growing pauses, or after as many seconds
        as it asks to wait. Only calls that do nothing twice are repeated; events are such, by their keys.
    verify
        The context of TLS, such as one with certificates of your own; False checks none.
    transport
        What sends requests instead of httpx's own transport.

    Raises
    ------
    ServiceError
        From every method: the service cannot be reached, or refuses the key or so many calls.
    GraphrecError
        From every method: the error that the service tells of, as the class that the command line would raise, with
        ``hint``, ``status``, ``place`` and ``value``.

    Examples
    --------
    >>> with Client("http://127.0.0.1:8000") as shop:  # doctest: +SKIP
    ...     for item in shop.recommend("196", k=5).items:
    ...         print(item.title, item.score)
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        timeout: float = 10.0,
        retries: int = 3,
        verify: ssl.SSLContext | bool = True,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url, self._retries = url, retries
        self._http = httpx.Client(base_url=url, transport=transport, **_options(key, timeout, verify))

    def _make(self, call: Call[T]) -> T:
        attempts = Attempts(call, self._retries)
        while True:
            try:
                outcome: httpx.Response | httpx.TransportError = self._http.request(**call.request())
            except httpx.TransportError as error:
                outcome = error
            pause = attempts.pause(outcome)
            if pause is None:
                return call.read(checked(call, outcome, self.url))
            time.sleep(pause)

    def send_events(self, events: Iterable[Event], size: int = 500) -> int:
        """Store any number of events, ``size`` in one call, and return their number; they are read as they are sent."""
        return sum(self.add_events(batch).count for batch in batches(events, size))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(Operations, Awaiting):
    """:class:`Client` for asyncio: the same methods, awaited.

    Examples
    --------
    >>> async with AsyncClient("http://127.0.0.1:8000") as shop:  # doctest: +SKIP
    ...     answer = await shop.recommend("196", k=5)
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        timeout: float = 10.0,
        retries: int = 3,
        verify: ssl.SSLContext | bool = True,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.url, self._retries = url, retries
        self._http = httpx.AsyncClient(base_url=url, transport=transport, **_options(key, timeout, verify))

    async def _make(self, call: Call[T]) -> T:
        attempts = Attempts(call, self._retries)
        while True:
            try:
                outcome: httpx.Response | httpx.TransportError = await self._http.request(**call.request())
            except httpx.TransportError as error:
                outcome = error
            pause = attempts.pause(outcome)
            if pause is None:
                return call.read(checked(call, outcome, self.url))
            await asyncio.sleep(pause)

    async def send_events(self, events: Iterable[Event], size: int = 500) -> int:
        """Store any number of events, ``size`` in one call, and return their number; they are read as they are sent."""
        return sum([(await self.add_events(batch)).count for batch in batches(events, size)])

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
