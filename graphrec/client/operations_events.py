"""What users did and what they were shown: operations for the scope ``events``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar
from uuid import uuid4

from graphrec.client.call import AnyId, Call, model, operation
from graphrec.client.models import Event, Impression, Taken, Token, TokenScope

E = TypeVar("E", Event, Impression)


class Sending:
    """Operations for the scope ``events``.

    Events without a key get one before they are sent, so that an attempt after a lost answer stores nothing twice.
    """

    @operation
    def add_events(self, events: Sequence[Event]) -> Call[Taken]:
        """Store what users did, all of it or nothing: at most 1,000 events.

        Returns
        -------
        Taken
            ``stored`` in Neo4j, or ``queued`` on the service's disk while Neo4j is away.

        Raises
        ------
        InputError
            Some are invalid; ``details`` says which, and why.
        ConflictError
            The key of one is that of another event.
        OverloadedError
            More wait than the service takes.
        """
        body = {"events": [dumped(event) for event in events]}
        return Call("POST", "/v1/events", model(Taken), body=body)

    @operation
    def add_event(
        self,
        user_id: AnyId,
        type: str,
        item_id: AnyId | None = None,
        *,
        at: datetime | None = None,
        value: float | str | None = None,
        text: str | None = None,
        key: str | None = None,
    ) -> Call[Taken]:
        """Store one thing that a user did.

        Parameters
        ----------
        user_id, item_id
            Ids; a search has no item.
        type
            A behaviour or search of the graph's mapping.
        at
            When; None: now.
        value
            The strength of a behaviour, such as a rating.
        text
            The words of a search.
        key
            What the event is known by, such as an order's number.
        """
        more = {"item_id": item_id, "at": at and at.isoformat(), "value": value, "text": text}
        body = {"key": key or uuid4().hex, "user_id": user_id, "type": type} | {
            name: one for name, one in more.items() if one is not None
        }
        return Call("POST", "/v1/events", model(Taken), body=body)

    @operation
    def add_impressions(self, impressions: Sequence[Impression]) -> Call[Taken]:
        """Store what users were shown, for the cool-down of items and for experiments: at most 1,000 lists."""
        body = {"impressions": [dumped(one) for one in impressions]}
        return Call("POST", "/v1/impressions", model(Taken), body=body)

    @operation
    def make_token(
        self, user_id: AnyId, *, expires_in: int = 3_600, scopes: Sequence[TokenScope] = ("read", "events")
    ) -> Call[Token]:
        """Return a token that reads one user, and sends events of that user, for ``expires_in`` seconds."""
        body = {"user_id": user_id, "expires_in": expires_in, "scopes": list(scopes)}
        return Call("POST", "/v1/tokens", model(Token), body=body)


def dumped(event: E) -> dict[str, object]:
    """Return an event as JSON data, with a key."""
    fields = event.model_dump(mode="json", exclude_none=True)
    return {"key": uuid4().hex} | fields


def batches(events: Iterable[Event], size: int) -> Iterator[Sequence[Event]]:
    """Yield events in as many calls of :meth:`Sending.add_events` as they need."""
    waiting = iter(events)
    while batch := list(islice(waiting, size)):
        yield batch
