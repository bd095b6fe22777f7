"""Run the service: one process or several, on one socket."""

from __future__ import annotations

import math
import os
import shutil
import socket
import sys
import webbrowser
from functools import partial
from pathlib import Path
from threading import Timer
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from graphrec.common.console import echo, is_terminal
from graphrec.common.errors import ConfigError, InputError
from graphrec.common.private import private_folder
from graphrec.config.settings import Settings
from graphrec.service.addresses import is_loopback
from graphrec.service.keys import Keys
from graphrec.service.metrics_folder import FOLDER
from graphrec.service.tls import check_certificate

#: Seconds for requests in progress when the service is stopped.
_GRACE = 10


def server_config(settings: Settings, access_log: bool = False, **more: Any) -> uvicorn.Config:
    """Return how uvicorn serves a project; ``more`` are options of its own."""
    from graphrec.service.app import create_app
    from graphrec.service.protocol import LimitedProtocol

    return uvicorn.Config(
        partial(create_app, settings, access_log=access_log),
        factory=True,
        http=LimitedProtocol,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=math.ceil(settings.serve.timeout),
        **more,
    )


def serve(
    settings: Settings,
    *,
    certificate: Path | None = None,
    key: Path | None = None,
    page: bool = False,
    access_log: bool = False,
) -> None:
    """Serve until the process is stopped.

    Parameters
    ----------
    settings
        The project's settings.
    certificate, key
        Files of the TLS certificate and its key.
    page
        Whether to open the page in a browser.
    access_log
        Whether to write a line about each request to stderr.

    Raises
    ------
    ConfigError
        The address is reachable from other machines, and there are no keys.
    InputError
        The address is taken, or a file cannot be read.
    DatabaseError, ServerError
        The database cannot be opened.
    """
    from graphrec.db.database import connect

    wanted = settings.serve
    check_certificate(certificate, key)
    _check_keys(settings)
    connect(settings).close()  # here, once, where an error has a message and an exit code
    listening = _bound(wanted.host, wanted.port)
    port = listening.getsockname()[1]
    folder = private_folder(settings.home / "service")
    if wanted.workers > 1:
        metrics = folder / "metrics"
        shutil.rmtree(metrics, ignore_errors=True)
        os.environ[FOLDER] = str(private_folder(metrics))
    config = server_config(settings, access_log, workers=wanted.workers, ssl_certfile=certificate, ssl_keyfile=key)
    host = f"[{wanted.host}]" if ":" in wanted.host else wanted.host
    address = f"{'https' if certificate else 'http'}://{host}:{port}"
    echo(f"graphrec serves at {address} (Ctrl-C stops it)")
    if page and is_terminal(sys.stderr):
        Timer(1.5, webbrowser.open, [address]).start()
    server = uvicorn.Server(config)
    if wanted.workers > 1:
        Multiprocess(config, [listening]).run()
    else:
        server.run(sockets=[listening])


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to an address.

    Raises
    ------
    ConfigError
        The host is no address of this machine.
    InputError
        The port is taken or forbidden.
    """
    try:
        family, kind, proto, _, at = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError as error:
        raise ConfigError(f"host {host!r}: {error.strerror}", hint="127.0.0.1 is this machine alone") from error
    listening = socket.socket(family, kind, proto)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(at)
    except OSError as error:
        listening.close()
        hint = "is the service running already? Choose another: --port 8001, or 0 for any that is free"
        raise InputError(f"port {port} of {host} cannot be used: {error.strerror}", hint=hint) from error
    listening.set_inheritable(True)
    return listening


def _check_keys(settings: Settings) -> None:
    """Refuse to let other machines in without keys.

    Raises
    ------
    ConfigError
        There are none, or they cannot be read.
    """
    host, keys = settings.serve.host, Keys(settings.home / "service").all()
    if not is_loopback(host) and not keys:
        hint = "`graphrec serve keys add NAME --scope read` makes one; 127.0.0.1 is this machine alone"
        raise ConfigError(f"host {host!r} lets other machines in, and there is no key", hint=hint)
