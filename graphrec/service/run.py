"""Run the service: one process or several, on one socket."""

from __future__ import annotations

import math
import os
import shutil
import signal
import socket
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Event, Thread, Timer
from typing import TYPE_CHECKING, Any

import uvicorn

from graphrec.common.console import echo, is_terminal, warn
from graphrec.common.duration import seconds
from graphrec.common.errors import ConfigError, InputError
from graphrec.common.private import private_folder
from graphrec.config.settings import Settings
from graphrec.credentials.keys import Keys
from graphrec.db.database import connect
from graphrec.service.addresses import is_loopback
from graphrec.service.experiment import unserved
from graphrec.service.local_neo4j import kept_running
from graphrec.service.metrics_folder import FOLDER
from graphrec.service.processes import GRACE, HEALTH, end_on_request, end_with_parent, run_one, run_several
from graphrec.service.schedule import run_schedule
from graphrec.service.tls import check_certificate

if TYPE_CHECKING:
    from fastapi import FastAPI

#: Most connections that wait to be accepted.
_WAITING = 2048
#: How often a worker takes changes in where the settings do not say it.
EVERY = "15m"
_EVERY = "[serve] update_every"


def server_config(settings: Settings, access_log: bool = False, **more: Any) -> uvicorn.Config:
    """Return how uvicorn serves a project; ``more`` are options of its own."""
    from graphrec.service.protocol import LimitedProtocol

    return uvicorn.Config(
        partial(_app, settings, access_log),
        factory=True,
        http=LimitedProtocol,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        backlog=_WAITING,
        timeout_graceful_shutdown=GRACE,
        timeout_worker_healthcheck=HEALTH,
        timeout_keep_alive=math.ceil(settings.serve.timeout),
        **more,
    )


def _app(settings: Settings, access_log: bool, keyed: bool = False) -> FastAPI:
    """Return the application, in the process that serves it."""
    from graphrec.service.app import create_app

    end_with_parent()
    return create_app(settings, access_log=access_log, keyed=keyed)


def _look_at_keys(keys: Keys, config: uvicorn.Config, settings: Settings, access_log: bool) -> None:
    """Tell processes that are still to come if there were keys: should these be lost, nobody gets in without one."""
    with suppress(ConfigError):  # the processes answer that they cannot be read
        keys.all()
    if keys.used:
        config.app = partial(_app, settings, access_log, keyed=True)


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
    from graphrec.service.state import open_checked

    end_on_request()
    wanted = settings.serve
    check_certificate(certificate, key)
    keys = _checked_keys(settings)
    database, _, experiment = open_checked(settings)  # here, once, where an error has a message and an exit code
    with database:
        for run in unserved(database.hurried(), experiment):
            warn(f"[serve.experiment] {run!r} is not published, or no longer kept: its users get the active run")
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
    with kept_running(settings), _updating(settings):
        if wanted.workers > 1:
            run_several(config, listening, partial(_look_at_keys, keys, config, settings, access_log))
        else:
            run_one(config, listening)


@contextmanager
def _updating(settings: Settings) -> Iterator[None]:
    """Take changes in within the block, as ``[serve] update_every`` says."""
    every = settings.serve.update_every
    if not every:
        yield
        return
    ended = Event()
    thread = Thread(target=run_schedule, args=(settings, seconds(every, _EVERY), ended), name="schedule", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(GRACE)  # it may be waiting for a database that is down


def work(settings: Settings) -> None:
    """Take changes in as ``[serve] update_every`` says until the process is stopped, and answer no requests.

    Raises
    ------
    DatabaseError, ServerError
        The database cannot be opened.
    """
    connect(settings).close()
    ended = Event()
    every = settings.serve.update_every or EVERY
    echo(f"graphrec takes changes in every {every} (Ctrl-C stops it)")
    before = signal.signal(signal.SIGTERM, lambda *_: ended.set())
    try:
        run_schedule(settings, seconds(every, _EVERY), ended)
    finally:
        signal.signal(signal.SIGTERM, before)


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


def _checked_keys(settings: Settings) -> Keys:
    """Return the keys, and refuse to let other machines in without any.

    Raises
    ------
    ConfigError
        There are none, or they cannot be read.
    """
    host, keys = settings.serve.host, Keys(settings.home / "service")
    if not keys.all() and not is_loopback(host):
        hint = "`graphrec serve keys add NAME --scope read` makes one; 127.0.0.1 is this machine alone"
        raise ConfigError(f"host {host!r} lets other machines in, and there is no key", hint=hint)
    return keys
