"""The service on a free port of this machine, in a thread, with a client."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import Settings
from graphrec.credentials.keys import Keys
from graphrec.db.database import Database
from graphrec.publishing.publish import publish
from graphrec.service.run import server_config
from tests.film_graph import FILMS, SEEN, USERS

Serving = Callable[..., AbstractContextManager[httpx.Client]]


@pytest.fixture(scope="session")
def serving() -> Serving:
    """Serve a project: ``with serving(settings) as client``; more is for :func:`graphrec.service.run.server_config`."""

    @contextmanager
    def serve(settings: Settings, **options: Any) -> Iterator[httpx.Client]:
        server = uvicorn.Server(server_config(settings, port=0, lifespan="on", **options))
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the service has not started"
                time.sleep(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()

    return serve


@pytest.fixture
def rated_films(films, make_run) -> Database:
    """Five films with a published run that says what users do, so that every operation can answer."""
    schema = GraphSchema(behaviours={"RATED": Behaviour(strength="rating")})
    vectors = [vector for _, vector in FILMS.values()]
    publish(films, make_run(list(USERS), list(FILMS), list(USERS.values()), vectors, SEEN, schema=schema), k=3)
    return films


@pytest.fixture
def film_service(settings, films, film_run, serving) -> Iterator[httpx.Client]:
    """The service of five films with known scores (tests/film_graph.py)."""
    publish(films, film_run, k=3)
    with serving(settings) as client:
        yield client


@pytest.fixture
def keys(settings: Settings) -> Iterator[Keys]:
    """The keys of the service; the folder is shared by the tests of this process."""
    found = Keys(settings.home / "service")
    yield found
    found.path.unlink(missing_ok=True)
