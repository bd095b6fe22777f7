"""How trainings get a process of their own, that begins with nothing but what they all import.

On Linux it is forked from one that has imported it already: the imports take longer than many a peer. Elsewhere each
process imports it anew: macOS has libraries that a fork breaks, Windows has no fork.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from multiprocessing.context import ForkServerContext, SpawnContext

#: Keeps the folder where the user stands out of the places where Python looks for modules.
_SAFE = "PYTHONSAFEPATH"


def context() -> ForkServerContext | SpawnContext:
    """Return what makes such processes; where imports are made once, they have begun."""
    if not sys.platform.startswith("linux"):
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver

    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["graphrec.benchmark.forked"])
    before = os.environ.get(_SAFE)
    os.environ[_SAFE] = "1"
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ[_SAFE]
        else:
            os.environ[_SAFE] = before
    return found
