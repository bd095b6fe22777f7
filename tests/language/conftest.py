"""Tiny models, and an endpoint that answers by one of them."""

from __future__ import annotations

import runpy
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from graphrec.config.language_settings import LanguageSettings
from graphrec.config.settings import Neo4jSettings, Settings
from graphrec.language.local_model import LocalModel


@pytest.fixture(scope="session")
def tiny() -> Any:
    """The makers of tiny models."""
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("tiny.py"))))


@pytest.fixture(scope="session")
def writer(tiny: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny causal model."""
    return tiny.writer(tmp_path_factory.mktemp("models") / "writer")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """Settings of a project in ``tmp_path``: ``project(model="…")``."""
    monkeypatch.delenv("GRAPHREC_LANGUAGE_KEY", raising=False)

    def make(**language: Any) -> Settings:
        return Settings(
            root=tmp_path,
            home=tmp_path / "home",
            runs=tmp_path / "runs",
            neo4j=Neo4jSettings(),
            language=LanguageSettings(**language),
        )

    return make


@pytest.fixture(scope="session")
def _server(writer: Path) -> Iterator[Any]:
    made = runpy.run_path(str(Path(__file__).with_name("endpoint_server.py")))["Endpoint"](
        LocalModel(str(writer), writer)
    )
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    made.stopped.set()
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def endpoint(_server: Any) -> Any:
    """An endpoint that answers by ``writer``, with no plans."""
    _server.plan, _server.max_model_len = [], None
    _server.asked.clear()
    _server.stopped.clear()
    yield _server
    _server.stopped.set()
