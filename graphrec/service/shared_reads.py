"""Answer many requests by one query: requests that wait are gathered, and the next query answers all of them.

No answer is older than its request, as the query begins after the request has arrived; and the database has one query
of each kind at a time, however many requests there are. So answers stay fresh without any cache to invalidate.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")

#: Most requests that one query answers.
_MOST = 256


class _Asked(NamedTuple, Generic[Question]):
    question: Question
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[object]


class SharedReads(Generic[Question, Answer]):
    """One thread that reads for all requests of this process.

    Parameters
    ----------
    read
        Answers several questions, in their order. An exception is the answer to all of them; an exception among the
        answers is the answer to its question.
    name
        Of the thread.
    """

    def __init__(self, read: Callable[[Sequence[Question]], Sequence[Answer | Exception]], name: str) -> None:
        self._read = read
        self._queue: queue.SimpleQueue[_Asked[Question] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def ask(self, question: Question) -> Answer:
        """Return the answer to a question, read after this call."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[object] = loop.create_future()
        self._queue.put(_Asked(question, loop, future))
        return await future  # type: ignore[return-value]

    def close(self) -> None:
        """End the thread; questions that wait are answered first."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            asked, last = [first], False
            while len(asked) < _MOST:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    last = True
                    break
                asked.append(more)
            self._answer(asked)
            if last:
                return

    def _answer(self, asked: list[_Asked[Question]]) -> None:
        answers: Sequence[object]
        try:
            answers = self._read([one.question for one in asked])
        except Exception as error:  # the requests raise it
            answers = [error] * len(asked)
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[object], object]]] = {}
        for one, answer in zip(asked, answers, strict=True):
            by_loop.setdefault(one.loop, []).append((one.future, answer))
        for loop, settled in by_loop.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_settle, settled)


def _settle(settled: Sequence[tuple[asyncio.Future[object], object]]) -> None:
    for future, answer in settled:
        if future.done():  # its request has been given up
            continue
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
