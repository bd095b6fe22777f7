"""Answer many requests together: those that wait when the answer before is done are gathered, and answered at once.

So no answer is older than its request, as work for it begins after it has arrived, and whatever is asked of a database
is asked once for all of them, without a cache to invalidate.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Waiting = TypeVar("Waiting")


class Batcher(Generic[Waiting]):
    """A thread that answers requests in the order in which they came, several at once.

    Parameters
    ----------
    answer
        Answers some requests; it hands errors to those who wait, and raises none.
    most
        Requests that are answered at once at most: the first of them waits for all.
    name
        Of the thread.
    """

    def __init__(self, answer: Callable[[list[Waiting]], None], most: int, name: str) -> None:
        self._answer, self._most = answer, most
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def put(self, one: Waiting) -> None:
        """Add a request; it is answered in the thread."""
        self._queue.put(one)

    def close(self) -> None:
        """End the thread when what waits has been answered; later requests are never answered."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first]
            while len(batch) < self._most and not self._queue.empty():
                following = self._queue.get()
                if following is None:
                    self._queue.put(None)  # for the next turn, which ends
                    break
                batch.append(following)
            self._answer(batch)
