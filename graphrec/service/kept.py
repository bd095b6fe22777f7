"""An answer that takes long to make, and is kept for a while: whoever asks while it is made waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Makes a value at most once in so many seconds.

    Parameters
    ----------
    make
        Makes the value; an error is not kept.
    seconds
        How long it is kept.
    """

    def __init__(self, make: Callable[[], T], seconds: float) -> None:
        self._make, self._seconds = make, seconds
        self._lock = threading.Lock()
        self._made: tuple[float, T] | None = None

    def get(self) -> T:
        """Return the value."""
        with self._lock:
            if self._made is None or time.monotonic() - self._made[0] > self._seconds:
                self._made = None
                value = self._make()
                self._made = (time.monotonic(), value)
            return self._made[1]
