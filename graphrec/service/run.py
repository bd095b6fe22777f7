"""Run the service: one process or several, on one socket."""

from __future__ import annotations

import ipaddress
import os
import shutil
import signal
import socket
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread, Timer

import uvicorn
from uvicorn.supervisors import Multiprocess

from graphrec.common.console import echo, is_terminal, warn
from graphrec.common.errors import ConfigError, InputError
from graphrec.common.private import private_folder
from graphrec.config.settings import Settings
from graphrec.db.database import connect
from graphrec.service.experiment import Experiment, unserved
from graphrec.service.metrics_folder import FOLDER
from graphrec.service.schedule import interval, run_schedule

_APP = "graphrec.service.app:app_of_environment"
#: Seconds for requests in progress when the service is stopped.
_GRACE = 10
#: How often a worker takes changes in where the settings do not say it.
EVERY = "15m"


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
        The address is reachable from other machines, and there are no keys.
    InputError
        The address is taken, or a file cannot be read.
    DatabaseError, ServerError
        The database cannot be opened.
    """
    wanted = settings.serve
    _check_files(certificate, key)
    experiment = Experiment(wanted.experiment)
    with connect(settings) as db:  # here, once, where an error has a message and an exit code
        for run in unserved(db, experiment):
            warn(f"[serve.experiment] {run!r} is not published, or no longer kept: its users get the active run")
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
        ssl_certfile=certificate,
        ssl_keyfile=key,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=30,
    )
    host = f"[{wanted.host}]" if ":" in wanted.host else wanted.host
    address = f"{'https' if certificate else 'http'}://{host}:{port}"
    echo(f"graphrec serves at {address} (Ctrl-C stops it)")
    if page and is_terminal(sys.stderr):
        Timer(1.5, webbrowser.open, [address]).start()
    server = uvicorn.Server(config)
    with _updating(settings):
        if wanted.workers > 1:
            Multiprocess(config, [listening]).run()
        else:
            server.run(sockets=[listening])


@contextmanager
def _updating(settings: Settings) -> Iterator[None]:
    """Take changes in within the block, as ``[serve] update_every`` says."""
    every = settings.serve.update_every
    if not every:
        yield
        return
    ended = Event()
    thread = Thread(target=run_schedule, args=(settings, interval(every), ended), name="schedule", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_GRACE)  # it may be waiting for a database that is down


def work(settings: Settings) -> None:
    """Take changes in as ``[serve] update_every`` says until the process is stopped, and answer no requests.

    Raises
    ------
    DatabaseError, ServerError
        The database cannot be opened.
    """
    connect(settings).close()
    ended = Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    every = settings.serve.update_every or EVERY
    echo(f"graphrec takes changes in every {every} (Ctrl-C stops it)")
    run_schedule(settings, interval(every), ended)


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


def _check_files(certificate: Path | None, key: Path | None) -> None:
    if (certificate is None) != (key is None):
        raise InputError("a certificate needs its key, and a key its certificate", hint="give --tls-cert and --tls-key")
    for file in (certificate, key):
        if file is not None and not file.is_file():
            raise InputError(f"{file}: no such file", hint="give the file in PEM format")
