"""The encoders of searches: opened once in a process, as a model takes a second to load, and used by one at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any

#: Most encoders that are held; the one opened first makes room.
_MOST = 4
_held: dict[Hashable, Any] = {}
_opening, _using = threading.Lock(), threading.Lock()


def opened(name: Hashable, make: Callable[[], Any]) -> Any:
    """Return the encoder of a name, made at the first call; an error is not kept.

    Parameters
    ----------
    name
        Tells it from all others: its fingerprint, and where its files are looked for.
    make
        Opens it.
    """
    with _opening:
        if name not in _held:
            found = make()
            while len(_held) >= _MOST:
                del _held[next(iter(_held))]
            _held[name] = found
        return _held[name]


def in_turn() -> threading.Lock:
    """Return the lock under which an encoder encodes: tokenizers and models are not made for several threads."""
    return _using
