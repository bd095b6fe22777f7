"""HTTP/1.1 of uvicorn with limits to the head of a request: its size, and the time in which it has to arrive."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from graphrec.service.problem import MEDIA_TYPE, answer

#: Bytes of a request's line and headers.
HEAD = 65_536


class LimitedProtocol(HttpToolsProtocol):
    """One connection; ``timeout_keep_alive`` is also the time for a head to arrive."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        self._bytes = 0
        self._waiting: asyncio.TimerHandle | None = None
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop to wait."""
        self._arrived()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read data, and refuse a head that is too long."""
        if self.transport.is_closing():
            return
        if self._waiting is None and (self.cycle is None or self.cycle.response_complete):
            self._wait()
        if self._waiting is not None:
            self._bytes += len(data)
        super().data_received(data)
        if self._waiting is not None and self._bytes > HEAD and not self.transport.is_closing():
            self._refuse(431, f"the head of the request has more than {HEAD:,} bytes", "send less in path and headers")

    def eof_received(self) -> bool:  # type: ignore[override]
        """Answer a client that has sent all and closed its side; say whether the connection stays open for that."""
        waits = self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body
        if waits:
            self.cycle.keep_alive = False
        return waits

    def on_headers_complete(self) -> None:
        """Pass a request on."""
        self._arrived()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP."""
        self._refuse(400, "this is no HTTP request", "speak HTTP/1.1")

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: a request for another protocol is answered in this one."""

    def _wait(self) -> None:
        self._bytes = 0
        self._waiting = self.loop.call_later(self.timeout_keep_alive, self._late)

    def _arrived(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _late(self) -> None:
        self._waiting = None
        if not self.transport.is_closing():
            if self._bytes:
                self._refuse(408, "the request came too slowly", "send it without pauses")
            else:
                self.transport.close()

    def _refuse(self, status: int, detail: str, hint: str) -> None:
        self._arrived()
        problem: Any = answer(status, detail, hint=hint)
        lines = [
            f"HTTP/1.1 {status} {_PHRASES[status]}",
            f"content-type: {MEDIA_TYPE}",
            f"content-length: {len(problem.body)}",
            "connection: close",
            "",
            "",
        ]
        self.transport.write("\r\n".join(lines).encode() + problem.body)
        self.transport.close()


_PHRASES = {400: "Bad Request", 408: "Request Timeout", 431: "Request Header Fields Too Large"}
