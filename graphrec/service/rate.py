"""How many requests one caller may send: token buckets, in the memory of each process."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

#: Callers that are remembered; the ones that have been quiet longest are forgotten, and begin with a full bucket.
_MOST = 50_000


class Rate:
    """A bucket for each caller: it holds a minute's requests, and fills steadily.

    Parameters
    ----------
    per_minute
        Requests a minute; 0: any number.
    clock
        Seconds from any beginning.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size, self._clock = per_minute, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, caller: str) -> int:
        """Count a request, and return 0; or the seconds until the next one is answered."""
        if not self._size:
            return 0
        now = self._clock()
        left, at = self._buckets.pop(caller, (float(self._size), now))
        left = min(self._size, left + (now - at) * self._size / 60)
        allowed = left >= 1
        self._buckets[caller] = (left - 1 if allowed else left, now)
        while len(self._buckets) > _MOST:
            self._buckets.popitem(last=False)
        return 0 if allowed else max(1, math.ceil((1 - left) * 60 / self._size))
