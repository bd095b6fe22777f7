"""Import modules in the background while the database responds."""

from __future__ import annotations

import contextlib
import importlib
from threading import Thread


def ahead(*modules: str) -> None:
    """Import modules in a thread; other imports of them wait for it, and raise any import error themselves."""

    def run() -> None:
        with contextlib.suppress(Exception):
            for module in modules:
                importlib.import_module(module)

    # Not a daemon: an import cut off at exit may crash Python.
    Thread(target=run, name="imports").start()
