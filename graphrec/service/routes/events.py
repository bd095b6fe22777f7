"""What visitors do, and what could not be written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from graphrec.client.models import DeadEvent, DeadEvents, Event, Events, Taken
from graphrec.ingest.event import Event as Given
from graphrec.service.access import Admin, Sender
from graphrec.service.metrics import EVENTS
from graphrec.service.problem import responses
from graphrec.service.state import service_of

router = APIRouter(tags=["events"])


@router.post(
    "/events",
    operation_id="add_events",
    responses={202: {"model": Taken, "description": "On the disk, as Neo4j is away or busy"}, **responses(409)},
)
def add_events(request: Request, response: Response, caller: Sender, body: Events | Event) -> Taken:
    """Store what users did, all of it or nothing: 200 once it is in Neo4j, 202 once it is on the disk.

    An event with the key of an earlier one is stored once. New users are made; items must exist.
    """
    events = body.events if isinstance(body, Events) else [body]
    for event in events:
        caller.require_user(event.user_id, "body.user_id")
    given = [
        Given(
            user=one.user_id,
            type=one.type,
            item=one.item_id,
            at=one.at,
            value=one.value,
            context=one.context,
            text=one.text,
            key=caller.own_key(one.key),
        )
        for one in events
    ]
    outcome = service_of(request).events.put(given)
    EVENTS.labels("event", outcome).inc(len(events))
    response.status_code = 200 if outcome == "stored" else 202
    return Taken(status=outcome, count=len(events))


@router.get("/events/dead", operation_id="dead_events", responses=responses())
def dead_events(request: Request, caller: Admin, k: Annotated[int, Query(ge=1, le=1_000)] = 100) -> DeadEvents:
    """List the events that were on the disk and could not be written when Neo4j was back, the latest first."""
    store = service_of(request).events
    rows = [
        DeadEvent.model_validate(
            {
                "user_id": one.event.user,
                "type": one.event.type or "SHOWN",
                "item_id": one.event.item,
                "text": one.event.text,
                "key": one.event.key,
                "at": datetime.fromtimestamp(one.event.at / 1000, UTC),
                "reason": one.reason,
            }
        )
        for one in store.dead(k)
    ]
    return DeadEvents(total=store.spool.dead_count(), events=rows)
