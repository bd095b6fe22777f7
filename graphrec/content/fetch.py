"""Fetch images and sounds from http addresses, with limits, into the project's cache.

Off unless ``[content] fetch`` is set. The host is resolved once; all its addresses are checked, and the connection is
made to a checked one, also after each redirect. A fetched file stays in the cache until ``graphrec embed
--clear-cache``.
"""

from __future__ import annotations

import hashlib
import http.client
import shutil
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from graphrec.common.errors import InputError
from graphrec.common.private import private_folder
from graphrec.config.settings import Settings
from graphrec.content.address import Address, resolved

FOLDER = "fetched"
#: Most bytes of a file, redirects, and seconds: of silence, and in all.
MAX_BYTES, MAX_REDIRECTS, SILENCE, SECONDS = 20_000_000, 3, 10.0, 30.0
#: A host that did not answer so often is not asked again by this process.
_TRIES = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Fetcher:
    """Fetches addresses into a folder.

    Attributes
    ----------
    folder
        The cache.
    private
        Whether private, loopback and link-local addresses may be fetched.
    """

    folder: Path
    private: bool = False
    _silent: Counter[str] = field(default_factory=Counter)

    def fetch(self, url: str, kind: str) -> Path:
        """Return the file with the content of an address, from the cache if it is there.

        Parameters
        ----------
        url
            An http or https address.
        kind
            ``image`` or ``audio``: the type that the server must name, unless it names none.

        Raises
        ------
        InputError
            The address may not be fetched, the host does not answer, or what it sends is of another type or too large.
        """
        file = self.folder / hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        if file.is_file():
            return file
        data = self._read(url, kind)
        try:
            private_folder(self.folder)
            part = file.with_name(f"{file.name}.{threading.get_ident()}.part")
            part.write_bytes(data)
            part.replace(file)
        except OSError as error:
            raise InputError(f"cannot be cached in {self.folder}: {error.strerror}") from error
        return file

    def _read(self, url: str, kind: str) -> bytes:
        host = urlsplit(url).netloc
        if self._silent[host] >= _TRIES:
            raise InputError(f"{host} did not answer {_TRIES} times, and is not asked again")
        try:
            return _follow(url, kind, private=self.private)
        except (OSError, http.client.HTTPException) as error:
            self._silent[host] += 1
            said = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise InputError(f"cannot be fetched: {said}") from error


def clear(folder: Path) -> int:
    """Remove the fetched files from a folder; return the bytes freed."""
    freed = sum(file.stat().st_size for file in folder.glob("*") if file.is_file())
    shutil.rmtree(folder, ignore_errors=True)
    return freed


def fetcher_of(settings: Settings) -> Fetcher | None:
    """Return what fetches web addresses for a project, or None if ``[content] fetch`` is off."""
    wanted = settings.content
    return Fetcher(settings.home / "cache" / FOLDER, wanted.fetch_private) if wanted.fetch else None


def _follow(url: str, kind: str, *, private: bool) -> bytes:
    """Return the content of an address, after redirects."""
    for _ in range(MAX_REDIRECTS + 1):
        address = resolved(url, private=private)
        with _answer(address) as answer:
            if answer.status == http.client.OK:
                found = _content(answer, kind)
            elif answer.status in _REDIRECTS:
                found, url = None, urljoin(url, answer.getheader("Location", ""))
            else:
                raise InputError(f"{address.host} answers {answer.status} {answer.reason}")
        if found is not None:
            return found
    raise InputError(f"more than {MAX_REDIRECTS} redirects")


@contextmanager
def _answer(address: Address) -> Iterator[http.client.HTTPResponse]:
    """Send a request to one of the checked addresses, and yield the answer; end it after :data:`SECONDS`."""
    connection = http.client.HTTPConnection(address.host, address.port)
    connection.sock = sock = _connected(address)
    late = threading.Event()
    watch = threading.Timer(SECONDS, _end, (sock, late))
    watch.daemon = True
    watch.start()
    try:
        connection.request("GET", address.target, headers=_headers(address))
        yield connection.getresponse()
    except (OSError, http.client.HTTPException, InputError):
        if not late.is_set():
            raise
    finally:
        watch.cancel()
        connection.close()
    if late.is_set():
        raise TimeoutError(f"took more than {SECONDS:g} s")


def _connected(address: Address) -> socket.socket:
    """Connect to the first checked IP address that answers."""
    failed: OSError | None = None
    for ip in address.ips:
        try:
            sock = socket.create_connection((ip, address.port), SILENCE)
        except OSError as error:
            failed = error
            continue
        return _certified().wrap_socket(sock, server_hostname=address.host) if address.secure else sock
    raise failed or OSError("no address")


@cache
def _certified() -> ssl.SSLContext:
    """Return a context that checks certificates."""
    return ssl.create_default_context()


def _headers(address: Address) -> dict[str, str]:
    usual = address.port == (443 if address.secure else 80)
    host = f"[{address.host}]" if ":" in address.host else address.host
    return {
        "Host": host if usual else f"{host}:{address.port}",
        "User-Agent": "graphrec",
        "Accept": "*/*",
        "Connection": "close",
    }


def _content(answer: http.client.HTTPResponse, kind: str) -> bytes:
    said = answer.getheader("Content-Type", "").partition(";")[0].strip().lower()
    if said not in ("", "application/octet-stream", "binary/octet-stream") and not said.startswith(f"{kind}/"):
        raise InputError(f"its type is {said}, not {kind}")
    size = answer.length
    if size is not None and size > MAX_BYTES:
        raise InputError(f"{size:,} bytes are more than {MAX_BYTES:,}")
    data = bytearray()
    while part := answer.read1(_CHUNK):
        data += part
        if len(data) > MAX_BYTES:
            raise InputError(f"more than {MAX_BYTES:,} bytes")
    if size is not None and len(data) < size:
        raise InputError(f"ends after {len(data):,} of {size:,} bytes")
    return bytes(data)


def _end(sock: socket.socket, late: threading.Event) -> None:
    """End a connection from another thread; its reader sees the end of the data."""
    late.set()
    with suppress(OSError):  # closed already
        socket.socket.shutdown(sock, socket.SHUT_RDWR)  # that of an SSL socket is for its own thread
