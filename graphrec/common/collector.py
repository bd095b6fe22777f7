"""Python's collector of garbage, in processes that answer: it would walk through all that is loaded, time and again."""

from __future__ import annotations

import gc


def leave_alone() -> None:
    """Let the collector leave alone what there is now, until :func:`look_again`."""
    gc.collect()
    gc.freeze()


def look_again() -> None:
    """Let the collector look at everything, before much of it goes."""
    gc.unfreeze()
