"""HTTP by bytes: what well-behaved clients would tidy up."""

from __future__ import annotations

import json
import socket
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """One answer; status 0: the connection was closed without one."""

    status: int
    headers: dict[str, str]
    body: bytes
    rest: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def request(
    line: str, *headers: str, body: bytes = b"", host: str | None = "127.0.0.1", kind: str | None = None
) -> bytes:
    """Return a request: its line without the version, headers, and a body with its length."""
    lines = [f"{line} HTTP/1.1", *([f"Host: {host}"] if host else []), *headers]
    if kind:
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def post(path: str, body: bytes, *headers: str, kind: str = "application/json") -> bytes:
    return request(f"POST {path}", *headers, body=body, kind=kind)


def send(port: int, *chunks: bytes, end: bool = False) -> Answer:
    """Send bytes, and return the first answer; ``end``: close our side first."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        try:
            for chunk in chunks:
                wire.sendall(chunk)
            if end:
                wire.shutdown(socket.SHUT_WR)
        except OSError:  # refused before all was sent
            pass
        return _read(wire)


def _read(wire: socket.socket) -> Answer:
    data = b""
    while True:
        found = parse(data)
        if found is not None and found.status != 100:
            return found
        if found is not None:
            data = found.rest
            continue
        try:
            more = wire.recv(65_536)
        except ConnectionResetError:
            more = b""
        if not more:
            return Answer(0, {}, data, b"")
        data += more


def parse(data: bytes) -> Answer | None:
    """Return the first whole answer of bytes."""
    head, gap, rest = data.partition(b"\r\n\r\n")
    if not gap:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    status = int(first.split()[1])
    length = int(headers.get("content-length", 0))
    if headers.get("transfer-encoding") == "chunked":
        if not rest.endswith(b"0\r\n\r\n"):
            return None
        return Answer(status, headers, rest, b"")
    if len(rest) < length:
        return None
    return Answer(status, headers, rest[:length], rest[length:])
