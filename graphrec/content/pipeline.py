"""Overlap reading, encoding and writing.

Each has its own threads with short queues between them, so that memory holds only a few batches, whatever the number
of items.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from types import TracebackType
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from graphrec.common.console import progress
from graphrec.common.errors import DatabaseError, EncoderError, InputError
from graphrec.content.cache import VectorCache
from graphrec.content.encoder import Encoder
from graphrec.content.image_file import quiet
from graphrec.content.sources import THREADS, Source, attempt

T = TypeVar("T")
#: Batches read ahead during encoding; transactions queued during writing.
_AHEAD, _BEHIND = 3, 2
#: Vectors per look-up in the cache.
_LOOK = 500
#: Seconds after which an incomplete transaction is written, so that a slow encoder's vectors are soon safe.
_SOON = 10.0
NOTHING = "has nothing that this encoder recognises"


class Encoded(NamedTuple):
    """A source with its vector, or with None and the reason; ``cached``: the vector came from the cache."""

    source: Source
    vector: NDArray[np.float32] | None
    reason: str = ""
    cached: bool = False


def encoded(
    encoder: Encoder[Any], read: Callable[[Any], Any], todo: Sequence[Source], size: int, cache: VectorCache, what: str
) -> Generator[list[Encoded], None, None]:
    """Yield all of ``todo`` in batches, with vectors from the cache or the encoder.

    Equal content is encoded once, ``size`` contents at a time, and is cached before it is yielded.

    Parameters
    ----------
    read
        Converts a source's value to an encoder input; called from several threads.
    what
        ``text``, ``image``, …: name in the progress bar.
    """
    same: dict[str, list[Source]] = {}
    for source in todo:
        same.setdefault(source.content, []).append(source)
    with quiet(), progress() as bar:
        task = bar.add_task(f"encoding {what}", total=len(todo))
        missing: list[list[Source]] = []
        groups = list(same.values())
        for start in range(0, len(groups), _LOOK):
            part = groups[start : start + _LOOK]
            held = cache.get(encoder.fingerprint, [group[0].content for group in part])
            known = [(group, held.get(group[0].content)) for group in part]
            missing += [group for group, vector in known if vector is None or len(vector) != encoder.dim]
            results = [
                _result(source, vector, cached=True)
                for group, vector in known
                if vector is not None and len(vector) == encoder.dim
                for source in group
            ]
            if results:
                yield results
                bar.advance(task, len(results))
        # Batch texts of similar length: padding a mixed batch would be most of the work.
        if missing and isinstance(missing[0][0].value, str):
            missing.sort(key=lambda group: len(group[0].value))
        for batch, inputs in read_ahead(read, missing, size):
            vectors = _vectors(encoder, inputs)
            fresh = {
                group[0].content: vector
                for group, vector in zip(batch, vectors, strict=True)
                if not isinstance(vector, InputError)
            }
            cache.put(encoder.fingerprint, fresh)
            results = [
                _result(source, vector) for group, vector in zip(batch, vectors, strict=True) for source in group
            ]
            yield results
            bar.advance(task, len(results))
            if speed := bar.tasks[task].speed:
                bar.update(task, description=f"encoding {what}, {speed:,.1f}/s")


def read_ahead(
    read: Callable[[Any], Any], groups: Sequence[list[Source]], size: int
) -> Generator[tuple[Sequence[list[Source]], list[Any]], None, None]:
    """Yield batches of (sources of one content, result of ``read`` or its ``InputError``)."""
    batches = (groups[start : start + size] for start in range(0, len(groups), size))
    pool = ThreadPoolExecutor(THREADS)

    def begin(batch: Sequence[list[Source]]) -> tuple[Sequence[list[Source]], list[Future[Any]]]:
        return batch, [pool.submit(attempt, read, group[0].value) for group in batch]

    try:
        waiting = deque(map(begin, islice(batches, _AHEAD)))
        while waiting:
            batch, futures = waiting.popleft()
            inputs = [future.result() for future in futures]
            waiting.extend(map(begin, islice(batches, 1)))
            yield batch, inputs
    finally:
        pool.shutdown(cancel_futures=True)


def _result(source: Source, vector: NDArray[np.float32] | InputError, *, cached: bool = False) -> Encoded:
    if isinstance(vector, InputError):
        return Encoded(source, None, vector.message)
    return Encoded(source, vector, cached=cached) if vector.any() else Encoded(source, None, NOTHING, cached)


def _vectors(encoder: Encoder[Any], inputs: Sequence[Any]) -> list[Any]:
    """Return the vector or the ``InputError`` of every input."""
    readable = [value for value in inputs if not isinstance(value, InputError)]
    try:
        made = iter(encoder.encode(readable) if readable else ())
    except InputError:  # one input failed: encode the others without it
        made = iter([attempt(lambda one: encoder.encode([one])[0], value) for value in readable])
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "out of memory" not in str(error):
            raise
        raise EncoderError(
            f"{encoder.name!r}: {len(readable)} inputs at a time do not fit in memory",
            hint=f"set [content] batch below {len(readable)}" if len(readable) > 1 else "use a smaller model",
        ) from error
    return [value if isinstance(value, InputError) else next(made) for value in inputs]


class Writer(Generic[T]):
    """Write rows in a separate thread, ``size`` at a time. Use as a context manager.

    On exit, also by Ctrl-C, all added rows have been written; database errors are raised.

    Parameters
    ----------
    write
        Writes one batch.
    size
        Rows per batch.
    """

    def __init__(self, write: Callable[[list[T]], None], size: int) -> None:
        self._write, self._size = write, size
        self._rows: list[T] = []
        self._waiting: deque[Future[None]] = deque()
        self._pool = ThreadPoolExecutor(1)
        self._sent = time.monotonic()

    def __enter__(self) -> Writer[T]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if not isinstance(error, DatabaseError):
                self._send()
                while self._waiting:
                    self._waiting.popleft().result()
        finally:
            self._pool.shutdown(cancel_futures=True)

    def add(self, rows: Sequence[T]) -> None:
        """Add rows to write; block only if the database falls behind."""
        self._rows += rows
        if len(self._rows) >= self._size or time.monotonic() - self._sent > _SOON:
            self._send()
        while len(self._waiting) > _BEHIND or (self._waiting and self._waiting[0].done()):
            self._waiting.popleft().result()

    def _send(self) -> None:
        for start in range(0, len(self._rows), self._size):
            self._waiting.append(self._pool.submit(self._write, self._rows[start : start + self._size]))
        self._rows = []
        self._sent = time.monotonic()
