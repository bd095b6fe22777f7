"""A managed server that these tests may stop, kill and confuse, and the ways to look at it from outside."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from graphrec.db.driver import driver_module
from graphrec.db.server import Address, ensure, stop

ENSURE = """
import logging, pathlib, sys
import graphrec.db.server as server
logging.basicConfig(level=logging.INFO, format="%(message)s")
print(server.ensure(pathlib.Path(sys.argv[1])).uri)
"""


@pytest.fixture(scope="session")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose path has a space, an accent and a quote in it, as people's folders do."""
    home = tmp_path_factory.mktemp("server") / "Zoë's project" / ".graphrec"
    yield home
    stop(home)


@pytest.fixture
def server(own_home: Path) -> Address:
    """The address of the running server."""
    return ensure(own_home)


@pytest.fixture
def query() -> Callable[..., list[dict[str, Any]]]:
    """Run one query with a driver of its own."""

    def call(address: Address, text: str, **parameters: Any) -> list[dict[str, Any]]:
        auth = (address.username, address.password)
        with driver_module().GraphDatabase.driver(address.uri, auth=auth) as driver:
            return [record.data() for record in driver.execute_query(text, parameters).records]

    return call


@pytest.fixture
def ensure_elsewhere() -> Callable[[Path], subprocess.Popen[str]]:
    """Call ``ensure`` in another process, which prints the address."""
    return lambda home: subprocess.Popen(
        [sys.executable, "-c", ENSURE, str(home)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture
def processes_of() -> Callable[[Path], list[psutil.Process]]:
    """Return every process that is a server of a home, by another way than the code under test."""

    def call(home: Path) -> list[psutil.Process]:
        option = f"--home-dir={home.resolve() / 'neo4j'}"
        return [p for p in psutil.process_iter(["cmdline"]) if option in (p.info["cmdline"] or [])]

    return call
