"""What an anonymous visitor did in a session, as interactions of a run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from graphrec.common.errors import InputError, nearest
from graphrec.config.schema import disliked
from graphrec.graph.behaviours import weights
from graphrec.graph.history import Interaction
from graphrec.graph.values import read_number

if TYPE_CHECKING:
    from graphrec.runs.run import Run
    from graphrec.serving.request import Event


def session_history(run: Run, events: Sequence[Event]) -> list[Interaction]:
    """Return the events as interactions with the weights of the run's mapping, in the order given.

    An event without a time is dated between its neighbours, the last one now, so that recency counts as it happened.

    Raises
    ------
    InputError
        The run has no behaviour of a type, or a strength is not a number that the mapping allows.
    """
    times = _times([event.at for event in events])
    return [_interaction(run, event, at) for event, at in zip(events, times, strict=True)]


def _interaction(run: Run, event: Event, at: int) -> Interaction:
    mapped = run.schema.behaviours.get(event.kind)
    if mapped is None:
        raise InputError(
            f"event type {event.kind!r}: run {run.run_id} has no such behaviour",
            hint=nearest(event.kind, run.schema.behaviours),
        )
    given, kind = 1.0, event.kind
    if event.strength is not None and mapped.strength is not None:
        read = read_number(event.strength, mapped)
        if read is None or not np.isfinite(read[0]) or read[0] < 0:
            raise InputError(
                f"event {event.kind!r}: strength = {event.strength!r}: not a number of 0 or more",
                hint=f"give what {mapped.strength!r} holds in the graph, or leave it out",
            )
        given = read[0]
        if mapped.dislike is not None and given <= mapped.dislike:
            kind = disliked(kind)
    return Interaction(event.item, kind, float(weights(np.array([given]), event.kind, mapped)[0]), at)


def _times(given: Sequence[int | None]) -> list[int]:
    """Return a time for each event: one that is missing is a second before the next one.

    >>> _times([None, None, 100, 200])
    [98, 99, 100, 200]
    """
    found: list[int] = []
    after = int(time.time()) + 1
    for at in reversed(given):
        after = after - 1 if at is None else at
        found.append(after)
    return found[::-1]
