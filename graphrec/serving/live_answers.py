"""Answers that the published links cannot give, for many callers at once.

What waits is answered together (:mod:`graphrec.common.batcher`): one query reads the status of all users, one their
histories, one the titles of all candidates, and all are folded in at once. The active run is read with the status: a
publish or rollback is seen by the next request, and no answer mixes two runs.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from graphrec.common import collector
from graphrec.common.batcher import Batcher
from graphrec.common.errors import GraphrecError
from graphrec.config.ids import stored_forms
from graphrec.runs import layout
from graphrec.runs.store import published_run
from graphrec.serving.exact_list import Asked, ExactLists
from graphrec.serving.impressions import shown_often
from graphrec.serving.lookup import find_item, user_missing
from graphrec.serving.recommend import Recommended
from graphrec.serving.request import Request
from graphrec.serving.rules import check_types
from graphrec.serving.user_status import read_statuses

if TYPE_CHECKING:
    from graphrec.config.settings import Settings
    from graphrec.db.database import Database
    from graphrec.runs.run import Run

#: Most requests that are answered together: the first of them waits for all.
_MOST = 16


@dataclass(frozen=True)
class _Waiting:
    """A request whose caller waits; the answer is None if the user does not exist."""

    user: Any
    k: int
    request: Request
    run_id: str | None
    answer: Future[Recommended | None] = field(default_factory=Future)


class LiveAnswers:
    """Answers requests by the scores of all items of the active run; thread-safe, one per process.

    The run is opened at the first request after it was published, and held until another one is active.

    Parameters
    ----------
    db, settings
        The database, and the project's settings: mapping, rules, location of runs.

    Raises
    ------
    ConfigError
        A rule of ``[recommend]`` names a relationship type that the graph does not have.
    """

    def __init__(self, db: Database, settings: Settings) -> None:
        check_types(db, settings.graph, settings.recommend)
        self._db, self._settings = db, settings
        self._open: dict[str, tuple[tuple[object, ...], ExactLists]] = {}
        #: Whether a run was opened that the collector has not been told of.
        self._fresh = False
        self._batcher: Batcher[_Waiting] = Batcher(self._work, _MOST, "live answers")

    def close(self) -> None:
        """Answer what waits, and stop; later requests are never answered."""
        self._batcher.close()
        collector.look_again()

    def recommend(self, user: Any, k: int, request: Request, run_id: str | None = None) -> Recommended:
        """Return recommendations to a user, or to an anonymous visitor if ``user`` is None; wait for the answer.

        See :meth:`ask` for callers that do not wait.

        Parameters
        ----------
        user
            An id, as typed or as stored.
        k
            Maximum number of items.
        request
            Ids of items as typed or as stored.
        run_id
            A published run; None, or one that is not kept: the active one.

        Raises
        ------
        NotFoundError
            No run is published, its directory is not on this machine, or the user or category does not exist.
        InputError
            An event has a type that the run does not have.
        GraphError, EncoderError
            A text cannot be compared with the items.
        DatabaseError
            Neo4j is unreachable.
        """
        answer = self.ask(user, k, request, run_id).result()
        if answer is None:
            raise user_missing(self._db, self._settings.graph, str(user))
        return answer

    def ask(self, user: Any, k: int, request: Request, run_id: str | None = None) -> Future[Recommended | None]:
        """Return the coming answer, or error, of :meth:`recommend`; None: no such user."""
        waiting = _Waiting(user, k, request, run_id)
        self._batcher.put(waiting)
        return waiting.answer

    def open(self) -> None:
        """Open the active run now, so that the first request need not wait for it.

        Raises
        ------
        NotFoundError
            No run is published, or its directory is not on this machine.
        """
        self.recommend(None, 1, Request())

    def _work(self, batch: list[_Waiting]) -> None:
        """Answer requests, in the thread of this object."""
        # A caller that has given up, as at its time limit, has cancelled its answer.
        if batch := [one for one in batch if one.answer.set_running_or_notify_cancel()]:
            self._answer(batch)
            if self._fresh:
                self._fresh = False
                collector.leave_alone()  # PyTorch and the run, a tenth of a second each time

    def _answer(self, batch: Sequence[_Waiting]) -> None:
        """Answer requests together; if one is refused, each by itself, so that the others get their answers."""
        try:
            answers = self._answers(batch)
        except GraphrecError as error:
            if len(batch) > 1:
                for one in batch:
                    self._answer([one])
            else:
                batch[0].answer.set_exception(error)
        except Exception as error:
            # asyncio cannot hand StopIteration on, and whoever waits would wait for ever.
            given = RuntimeError(repr(error)) if isinstance(error, StopIteration) else error
            for one in batch:
                one.answer.set_exception(given)
        else:
            for one, answer in zip(batch, answers, strict=True):
                one.answer.set_result(answer)

    def _answers(self, batch: Sequence[_Waiting]) -> list[Recommended | None]:
        rules, runs = self._settings.recommend, [one.run_id for one in batch]
        found = read_statuses(self._db, self._settings.graph, [one.user for one in batch], rules.blocked, runs)
        there = {n: status for n, status in enumerate(found) if status is not None}
        answers: list[Recommended | None] = [None] * len(batch)
        for run_id in dict.fromkeys(status.run_id for status in there.values()):
            lists = self._opened(run_id)
            places = [n for n, status in there.items() if status.run_id == run_id]
            often = self._shown_often(lists, [there[n].user for n in places])
            asked = [
                Asked(there[n], batch[n].k, self._stored(batch[n].request, lists, often.get(there[n].user, {})))
                for n in places
            ]
            for n, one, (rows, reason) in zip(places, asked, lists.answer(asked), strict=True):
                answers[n] = Recommended(one.status.user, run_id, rows, reason if len(rows) < one.k else "")
        return answers

    def _shown_often(self, lists: ExactLists, users: Sequence[Any]) -> dict[Any, dict[Any, int]]:
        """Return user → the items shown so often without a reaction that they step back."""
        serve, known = self._settings.serve, [user for user in users if user is not None]
        if not serve.cool_down:
            return {}
        return shown_often(self._db, lists.run.schema, known, serve.cool_down, serve.cool_down_days)

    def _opened(self, run_id: str) -> ExactLists:
        """Return what answers from a run; it is opened again if its files were replaced, as by forgetting a user."""
        import torch

        state, lists = self._open.get(run_id, ((), None))
        if lists is None or state != files_of(lists.run):
            # Only the runs of an experiment are held beside the active one; the memory of others is freed first.
            self._open = {name: one for name, one in self._open.items() if name in self._settings.serve.experiment}
            collector.look_again()
            self._fresh = True
            torch.set_num_threads(1)  # others wait for work on cores that Neo4j needs
            run = published_run(self._settings, run_id)
            state, lists = files_of(run), ExactLists(self._db, self._settings, run_id, run)
            self._open[run_id] = state, lists
        return lists

    def _stored(self, request: Request, lists: ExactLists, often: Collection[Any]) -> Request:
        """Return a request with the ids of items as the run has them; those shown ``often`` step back.

        Raises
        ------
        NotFoundError
            An item that somebody likes, or did something with, does not exist.
        """
        places, schema = lists.run.item_positions, self._settings.graph

        def stored(item: Any) -> Any:
            return next((form for form in stored_forms(item, schema.item) if form in places), item)

        def there(item: Any) -> Any:
            return found if (found := stored(item)) in places else find_item(self._db, schema, item)[0]

        return replace(
            request,
            likes=[there(item) for item in request.likes],
            exclude=[stored(item) for item in request.exclude],
            step_back=[*(stored(item) for item in request.step_back), *often],
            events=[replace(event, item=there(event.item)) for event in request.events],
        )


def files_of(run: Run) -> tuple[object, ...]:
    """Return what changes when files of a run are replaced or gone."""
    found: list[object] = []
    for name in (layout.IDS, layout.EMBEDDINGS, layout.ENCODER):
        file = run.path / name
        found += [file.stat().st_mtime_ns, file.stat().st_ino] if file.is_file() else [None]
    return tuple(found)
