"""What a process of the service that replaces another waits for, and what it does not."""

from __future__ import annotations

import time

import pytest

from graphrec.common.errors import DatabaseError
from graphrec.config.settings import Settings, load_settings
from graphrec.db.server import ensure
from graphrec.service.app import opened


@pytest.mark.parametrize(("name", "value"), [("PASSWORD", "wrong"), ("DATABASE", "nowhere")])
def test_what_waiting_does_not_mend_fails_at_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    server = ensure(settings.home)
    monkeypatch.setenv("NEO4J_URI", server.uri)
    monkeypatch.setenv("NEO4J_USERNAME", server.username)
    monkeypatch.setenv("NEO4J_PASSWORD", server.password)
    monkeypatch.setenv(f"NEO4J_{name}", value)
    began = time.monotonic()
    with pytest.raises(DatabaseError):
        opened(load_settings(), keyed=False, patience=100)
    assert time.monotonic() - began < 60
