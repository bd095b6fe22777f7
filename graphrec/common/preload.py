"""Modules that are imported while the database answers."""

from __future__ import annotations

import contextlib
import importlib
from threading import Thread


def ahead(*modules: str) -> None:
    """Begin to import modules; whoever imports them meanwhile waits for them, and meets what is wrong with them."""

    def run() -> None:
        with contextlib.suppress(Exception):
            for module in modules:
                importlib.import_module(module)

    # No daemon: an import that is cut off when Python ends may take it down.
    Thread(target=run, name="imports").start()
