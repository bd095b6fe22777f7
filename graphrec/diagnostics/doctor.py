"""Run all checks."""

from __future__ import annotations

from collections.abc import Iterator

from graphrec.common.errors import GraphrecError
from graphrec.config.settings import Settings, load_settings
from graphrec.diagnostics.check import Check
from graphrec.diagnostics.environment import check_environment
from graphrec.diagnostics.machine import check_disk, check_hub, check_java, check_memory
from graphrec.diagnostics.native import check_native
from graphrec.diagnostics.packages import check_packages
from graphrec.diagnostics.python import check_python


def examine() -> Iterator[Check]:
    """Yield each check as soon as it is done, the slow ones last.

    This changes nothing and starts no server.
    """
    yield check_python()
    yield from check_packages()
    yield check_environment()
    try:
        settings = load_settings()
    except GraphrecError as error:
        yield Check.failed("settings", error)
    else:
        yield from _of_project(settings)
    yield check_hub()
    yield check_memory()
    yield from check_native()


def _of_project(settings: Settings) -> Iterator[Check]:
    from graphrec.diagnostics.neo4j import check_neo4j

    yield Check("settings", "ok", f"project {settings.root}", details={"root": str(settings.root)})
    yield check_java(settings)
    yield check_neo4j(settings)
    yield check_disk(settings.home)
