"""Take events and impressions from many threads, and answer when they are in Neo4j, or on the disk while it is away.

One thread writes to Neo4j what has come meanwhile, in one batch; callers wait for their batch. While anything waits on
the disk, newer events go behind it. One process at a time writes, so that the order is kept and none waits for
another's locks in Neo4j.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from graphrec.common.console import warn
from graphrec.common.errors import DatabaseError, GraphrecError, InputError, OverloadedError
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.ingest.event import Checked, Event, Impression, check_events, check_impressions
from graphrec.ingest.faults import Fault, refused
from graphrec.ingest.incoming import Incoming
from graphrec.ingest.spool import FILE, Dead, Spool, Waiting, turns
from graphrec.ingest.targets import Targets
from graphrec.ingest.writer import GraphWriter, Row

Outcome = Literal["stored", "queued"]

#: Most events that wait in memory, and most in one batch.
LIMIT, BATCH = 10_000, 1_000
#: Seconds after which what Neo4j has not taken goes to the disk, and for which another process may write.
PATIENCE, TURN = 10.0, 2.0
#: Seconds between two looks at the disk, and longest pause while Neo4j is away.
_LOOK, _LONGEST = 0.5, 5.0
_POLL = 0.002


@dataclass(eq=False)
class _Request:
    """The events of one call, and where they come to."""

    events: list[Checked]
    what: str = "event"
    #: Place in the request of each event: an impression has several.
    places: list[int] = field(default_factory=list)
    future: Future[Outcome] = field(default_factory=Future)


class EventStore:
    """Stores events. Threads may share it; each process has its own.

    Parameters
    ----------
    db
        The database. It is not closed.
    settings
        Settings of the project; the disk's part is in its home.
    patience
        Seconds after which what Neo4j has not taken goes to the disk.
    """

    def __init__(self, db: Database, settings: Settings, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._guard = Incoming(settings)
        self._db, self._schema = db.hurried(), settings.graph
        self._blocked = settings.recommend.blocked
        self.spool = Spool(settings.home / FILE)
        self._turns = turns(settings.home)
        self._mine = threading.Lock()
        self._writer: GraphWriter | None = None
        self._reading = threading.Lock()
        self._changed = threading.Condition()
        self._requests: deque[_Request] = deque()
        #: Number of events that wait in memory.
        self.waiting = 0
        self._closed = False
        self._wake = threading.Event()
        self._threads = [
            threading.Thread(target=work, name=f"graphrec {name}", daemon=True)
            for name, work in (("events", self._write_all), ("spool", self._drain_all))
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> EventStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write what waits in memory, to the disk if Neo4j is away, and end."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._wake.set()
        for thread in self._threads:
            thread.join()
        self.spool.close()

    @property
    def schema(self) -> GraphSchema:
        """The mapping with its behaviours.

        Raises
        ------
        GraphrecError
            It cannot be read: Neo4j is away, or the graph has no behaviours.
        """
        return self._graph_writer().targets.schema

    def put(self, events: Sequence[Event]) -> Outcome:
        """Store the events of a request, all or none.

        Returns
        -------
        str
            ``stored``: they are in Neo4j; ``queued``: on the disk, as Neo4j is away.

        Raises
        ------
        RefusedEventsError
            Some are invalid, or of items that do not exist; it lists them.
        ConflictingEventsError
            A key is that of another event.
        OverloadedError
            Too many wait.
        GraphrecError
            Neo4j refuses, or neither Neo4j nor the disk takes them.
        """
        known = [self._guard.event(event) for event in events]
        return self._put(_Request(check_events(known, self.schema), places=list(range(len(events)))))

    def put_impressions(self, impressions: Sequence[Impression]) -> Outcome:
        """Store what users were shown; see :meth:`put`."""
        several = check_impressions([self._guard.impression(one) for one in impressions], self.schema)
        places = [place for place, some in enumerate(several) for _ in some]
        return self._put(_Request([one for some in several for one in some], "impression", places))

    def on_disk(self) -> tuple[int, float, int]:
        """Return how many events wait on the disk, the age of the first in seconds, and how many are dead."""
        return *self.spool.depth(), self.spool.dead_count()

    def dead(self, most: int = 100) -> list[Dead]:
        """Return the events that could not be written when Neo4j was back, the latest first."""
        return self.spool.dead(most)

    def _graph_writer(self) -> GraphWriter:
        with self._reading:
            if self._writer is None:
                self._writer = GraphWriter(
                    self._db, Targets.read(self._db, self._schema, self._blocked), self._guard.key
                )
            return self._writer

    def _put(self, request: _Request) -> Outcome:
        size = len(request.events)
        if not size:
            return "stored"
        with self._changed:
            if self._closed or (self.waiting and self.waiting + size > LIMIT):
                raise OverloadedError(
                    f"{self.waiting:,} events wait to be written", hint="try again in a second, in larger batches"
                )
            self.waiting += size
            self._requests.append(request)
            self._changed.notify_all()
        try:
            return request.future.result(self._patience)
        except TimeoutError:
            pass
        # Neo4j does not answer. If it has taken them after all, their keys keep them from being written twice.
        if request.future.cancel() or not request.future.done():
            self._queue([request])
        return request.future.result() if not request.future.cancelled() else "queued"

    def _take(self) -> list[_Request]:
        """Return the requests of a batch; none when the store is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._requests or self._closed)
            taken, size = list[_Request](), 0
            while self._requests and (not taken or size + len(self._requests[0].events) <= BATCH):
                request = self._requests.popleft()
                size += len(request.events)
                taken.append(request)
            return taken

    def _write_all(self) -> None:
        while requests := self._take():
            size = sum(len(request.events) for request in requests)
            requests = [request for request in requests if request.future.set_running_or_notify_cancel()]
            try:
                self._store(requests)
            except Exception as error:
                for request in requests:
                    _settle(request, error)
            finally:
                with self._changed:
                    self.waiting -= size

    def _store(self, requests: list[_Request]) -> None:
        with self._turn(TURN) as mine:
            if mine and self.spool.empty():
                requests = self._write_each(requests)
            if requests:
                self._queue(requests)

    def _write_each(self, requests: list[_Request]) -> list[_Request]:
        """Write requests, and return those that cannot be written as Neo4j is away."""
        together = _apart(requests)
        while together:
            some = together[0]
            try:
                self._write(some)
            except DatabaseError as error:
                if not _is_answer(error):
                    return [request for some in together for request in some]
                if len(some) > 1:  # one of them is the cause, and the others are to be written
                    together[:1] = [[request] for request in some]
                    continue
                _settle(some[0], _refused(error) if _is_cause(error) else error)
            together.pop(0)
        return []

    def _write(self, requests: list[_Request]) -> None:
        """Write the requests that can be written as a whole, and refuse the others."""
        writer = self._graph_writer()
        planned = iter(writer.plan([event for request in requests for event in request.events]))
        rows: dict[_Request, list[Row]] = {}
        for request in requests:
            found = [next(planned) for _ in request.events]
            faults = [_placed(one, request, place) for place, one in enumerate(found) if isinstance(one, Fault)]
            if faults:
                _settle(request, refused(faults, request.places[-1] + 1))
            else:
                rows[request] = [one for one in found if isinstance(one, Row)]
        gone = set(map(id, writer.write([row for some in rows.values() for row in some])))
        for request, some in rows.items():
            lost = [row for row in some if id(row) in gone]
            if lost:  # deleted between the look and the writing
                fault = Fault(0, "missing", f"{lost[0].event.item!r} was deleted meanwhile", None, request.what)
                _settle(request, refused([fault], 1))
            else:
                _settle(request, "stored")

    def _queue(self, requests: list[_Request]) -> None:
        self.spool.append([event for request in requests for event in request.events])
        for request in requests:
            _settle(request, "queued")
        self._wake.set()

    @contextmanager
    def _turn(self, seconds: float) -> Iterator[bool]:
        """Hold the lock of who writes, over all threads and processes, and return whether it was free in time."""
        import filelock

        with self._mine:
            try:
                self._turns.acquire(timeout=seconds, poll_interval=_POLL)
            except filelock.Timeout:
                yield False
                return
            try:
                yield True
            finally:
                self._turns.release()

    def _drain_all(self) -> None:
        pause = _LOOK
        with suppress(GraphrecError):  # so that Neo4j may be away when the first event comes
            self._graph_writer()
        while not self._closed:
            self._wake.wait(pause)
            self._wake.clear()
            try:
                while not self._closed and self._drain():
                    pass
                pause = _LOOK
            except Exception as error:  # whatever it is: they wait on the disk, and the next try may succeed
                if not isinstance(error, GraphrecError):
                    warn(f"events on the disk could not be written: {type(error).__name__}: {error}")
                pause = min(2 * pause, _LONGEST)

    def _drain(self) -> bool:
        """Write the events that wait longest, and return whether there were any and it was this process' turn."""
        if self.spool.empty():
            return False
        with self._turn(TURN) as mine:
            waiting = self.spool.first(BATCH) if mine else []
            if not waiting:
                return False
            writer = self._graph_writer()
            try:
                dead = drain(writer, waiting)
            except DatabaseError as error:
                if not _is_cause(error):
                    raise
                dead = [pair for one in waiting for pair in drain_one(writer, one)]
            given_up = {one.place for one, _ in dead}
            self.spool.done([one for one in waiting if one.place not in given_up], dead)
        return True


def drain(writer: GraphWriter, waiting: Sequence[Waiting]) -> list[tuple[Waiting, str]]:
    """Write events from the disk, and return those that never can be, with the reason."""
    planned = writer.plan([one.event for one in waiting], again=True)
    dead = [(one, plan.message) for one, plan in zip(waiting, planned, strict=True) if isinstance(plan, Fault)]
    of = {id(plan): one for one, plan in zip(waiting, planned, strict=True)}
    gone = writer.write([plan for plan in planned if isinstance(plan, Row)])
    return dead + [(of[id(row)], "its user or item was deleted") for row in gone]


def drain_one(writer: GraphWriter, one: Waiting) -> list[tuple[Waiting, str]]:
    """Write an event of a batch that Neo4j refuses, and return it if it is the one."""
    try:
        return drain(writer, [one])
    except DatabaseError as error:
        if not _is_cause(error):
            raise
        return [(one, error.message)]


def _code(error: DatabaseError) -> str:
    return str(getattr(error.__cause__, "code", None) or "")


def _is_answer(error: DatabaseError) -> bool:
    """Return whether Neo4j is there, and refuses, as the user may not write; else it is away."""
    return _code(error).startswith("Neo.ClientError")


def _is_cause(error: DatabaseError) -> bool:
    """Return whether Neo4j refuses what it was given, which it will always do."""
    return _code(error).startswith(("Neo.ClientError.Statement", "Neo.ClientError.Schema"))


def _refused(error: DatabaseError) -> InputError:
    return InputError(f"the graph does not take this: {error.message}", hint="its constraints say what it takes")


def _apart(requests: Sequence[_Request]) -> list[list[_Request]]:
    """Divide requests so that none is in one part with an earlier one of the same key, and finds that one written."""
    parts = list[list[_Request]]()
    left = list(requests)
    while left:
        now, later, seen = list[_Request](), list[_Request](), set[str]()
        for request in left:
            keys = {event.key for event in request.events if event.given}
            (later if keys & seen else now).append(request)
            seen |= keys
        parts.append(now)
        left = later
    return parts


def _placed(fault: Fault, request: _Request, place: int) -> Fault:
    return Fault(request.places[place], fault.kind, fault.message, fault.hint, request.what)


def _settle(request: _Request, result: Outcome | Exception) -> None:
    """Answer a call, unless it has been answered."""
    settle: Callable[[Any], None] = request.future.set_result
    if isinstance(result, Exception):
        settle = request.future.set_exception
    with suppress(InvalidStateError):  # the caller has put it to the disk meanwhile
        settle(result)
