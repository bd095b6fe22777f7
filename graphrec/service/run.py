"""Run the service: one process or several, on one socket."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import sys
import webbrowser
from pathlib import Path
from threading import Timer

import uvicorn

from graphrec.common.console import echo, is_terminal
from graphrec.common.errors import ConfigError, InputError
from graphrec.common.private import private_folder
from graphrec.config.settings import Settings
from graphrec.service.metrics_folder import FOLDER
from graphrec.service.processes import GRACE, HEALTH, end_on_request, run_one, run_several

#: Most connections that wait to be accepted.
_WAITING = 2048
_APP = "graphrec.service.app:app_of_environment"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def serve(settings: Settings, *, certificate: Path | None = None, key: Path | None = None, page: bool = False) -> None:
    """Serve until the process is stopped.

    Parameters
    ----------
    settings
        The project's settings; the processes read them again from the environment.
    certificate, key
        Files of the TLS certificate and its key.
    page
        Whether to open the page in a browser.

    Raises
    ------
    ConfigError
        The address is reachable from other machines, and there are no keys; or a filter is invalid.
    InputError
        The address is taken, or a file cannot be read.
    DatabaseError, ServerError
        The database cannot be opened.
    ServiceError
        A process could not start.
    KeyboardInterrupt
        Ctrl-C; SIGTERM and SIGHUP end it without an error.
    """
    from graphrec.service.state import Service

    end_on_request()
    wanted = settings.serve
    _check_files(certificate, key)
    Service(settings).close()  # here, once, where an error has a message and an exit code
    listening = _bound(wanted.host, wanted.port)
    port = listening.getsockname()[1]
    folder = private_folder(settings.home / "service")
    if wanted.workers > 1:
        metrics = folder / "metrics"
        shutil.rmtree(metrics, ignore_errors=True)
        os.environ[FOLDER] = str(private_folder(metrics))
    config = uvicorn.Config(
        _APP,
        factory=True,
        workers=wanted.workers,
        backlog=_WAITING,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
        timeout_worker_healthcheck=HEALTH,
        timeout_keep_alive=30,
    )
    host = f"[{wanted.host}]" if ":" in wanted.host else wanted.host
    address = f"{'https' if certificate else 'http'}://{host}:{port}"
    echo(f"graphrec serves at {address} (Ctrl-C stops it)")
    if page and is_terminal(sys.stderr):
        Timer(1.5, webbrowser.open, [address]).start()
    (run_several if wanted.workers > 1 else run_one)(config, listening)


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address: who calls before a process answers waits, and is not refused.

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
        listening.listen(_WAITING)
    except OSError as error:
        listening.close()
        hint = "is the service running already? Choose another: --port 8001, or 0 for any that is free"
        raise InputError(f"port {port} of {host} cannot be used: {error.strerror}", hint=hint) from error
    listening.set_inheritable(True)
    return listening


def _check_files(certificate: Path | None, key: Path | None) -> None:
    if (certificate is None) != (key is None):
        raise InputError("a certificate needs its key, and a key its certificate", hint="give --tls-cert and --tls-key")
    for file in (certificate, key):
        if file is not None and not file.is_file():
            raise InputError(f"{file}: no such file", hint="give the file in PEM format")
