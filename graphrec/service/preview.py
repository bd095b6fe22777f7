"""What a user would be recommended after further behaviour, none of which is stored."""

from __future__ import annotations

from typing import Any

from graphrec.client.models_page import Preview
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.service.state import Service
from graphrec.serving.named_filters import NamedFilters
from graphrec.serving.recommend import Recommended
from graphrec.serving.request import Event, Request


def preview(service: Service, user: str, body: Preview) -> Recommended:
    """Return recommendations to a user, with the changes counted after what they did.

    A disliked item is left out; it lowers others where the graph has a behaviour that says dislike.

    Raises
    ------
    InputError
        A filter does not exist or lacks a value, or a type of event is not one of the run.
    NotFoundError
        No run is published, its directory is not on this machine, or the user or category does not exist.
    """
    events = [_given(event.type, event.item_id, event.value, event.at) for event in body.events]
    dislike = disliking(service.resolved)
    if dislike is not None:
        kind, mapped = dislike
        events += [Event(kind, item, strength=mapped.dislike) for item in body.dislikes]
    request = Request(
        where=NamedFilters(service.settings.serve.filters).pick(body.where, body.context),
        likes=body.likes,
        searches=body.searches,
        exclude=[*body.exclude, *body.dislikes],
        category=body.category,
        events=events,
    )
    return service.answers.live().recommend(user, body.k, request)


def _given(kind: str, item: Any, value: float | None, at: Any) -> Event:
    return Event(kind, item, None if at is None else int(at.timestamp()), value)


def disliking(schema: GraphSchema) -> tuple[str, Behaviour] | None:
    """Return the behaviour by which users say that they dislike an item; None if the graph has none."""
    for kind, mapped in schema.behaviours.items():
        if mapped.negative or mapped.dislike is not None:
            return kind, mapped
    return None
