"""What visitors were shown."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from graphrec.client.models import Impression, Impressions, Taken
from graphrec.ingest.event import Impression as Given
from graphrec.service.access import Sender
from graphrec.service.metrics import EVENTS
from graphrec.service.problem import responses
from graphrec.service.state import service_of

router = APIRouter(tags=["events"])


@router.post(
    "/impressions",
    operation_id="add_impressions",
    responses={202: {"model": Taken, "description": "On the disk, as Neo4j is away or busy"}, **responses()},
)
def add_impressions(request: Request, response: Response, caller: Sender, body: Impressions | Impression) -> Taken:
    """Store what users were shown: for the cool-down of items, and for experiments.

    200 once it is in Neo4j, 202 once it is on the disk. Give the `run_id` of the list.
    """
    impressions = body.impressions if isinstance(body, Impressions) else [body]
    for one in impressions:
        caller.require_user(one.user_id, "body.user_id")
    given = [
        Given(user=one.user_id, items=one.item_ids, run=one.run_id or "", at=one.at, key=caller.own_key(one.key))
        for one in impressions
    ]
    outcome = service_of(request).events.put_impressions(given)
    EVENTS.labels("impression", outcome).inc(len(impressions))
    response.status_code = 200 if outcome == "stored" else 202
    return Taken(status=outcome, count=len(impressions))
