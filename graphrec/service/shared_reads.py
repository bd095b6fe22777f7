"""Answer many requests by one query (:mod:`graphrec.common.batcher`), for coroutines that wait for the answer.

The database has one query of each kind at a time, however many requests there are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from graphrec.common.batcher import Batcher

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
        self._batcher: Batcher[_Asked[Question]] = Batcher(self._answer, _MOST, name)

    async def ask(self, question: Question) -> Answer:
        """Return the answer to a question, read after this call."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[object] = loop.create_future()
        self._batcher.put(_Asked(question, loop, future))
        return await future  # type: ignore[return-value]

    def close(self) -> None:
        """End the thread; questions that wait are answered first."""
        self._batcher.close()

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
