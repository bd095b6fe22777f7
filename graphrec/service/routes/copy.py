"""Personal copy: a text about an item for a user."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from graphrec.client.models_copy import Kind, Lang, PersonalCopy, Tone
from graphrec.config.ids import with_lists_within
from graphrec.copywriting.wording import wording_of
from graphrec.service.access import Reader
from graphrec.service.problem import responses
from graphrec.service.routes.items import ItemId
from graphrec.service.routes.recommendations import UserId
from graphrec.service.state import service_of

router = APIRouter(tags=["users"])


@router.get(
    "/users/{user:path}/items/{item:path}/copy",
    operation_id="copy",
    response_model=PersonalCopy,
    responses=responses(404, 409),
)
def copy(
    request: Request,
    caller: Reader,
    user: UserId,
    item: ItemId,
    kind: Annotated[
        Kind | None, Query(description="Kind of text; by default `[copy] kind`.", examples=["blurb"])
    ] = None,
    lang: Annotated[Lang | None, Query(description="By default `[copy] lang`.", examples=["en"])] = None,
    tone: Annotated[Tone | None, Query(description="By default `[copy] tone`.", examples=["warm"])] = None,
    segment: Annotated[
        str | None, Query(max_length=200, description="A segment of `[copy.segments]`.", examples=["all"])
    ] = None,
) -> Any:
    """Return a text about an item for a user, from facts of the graph, with the verdict on every sentence."""
    caller.require_user(user)
    service = service_of(request)
    schema = service.settings.graph
    wording = wording_of(service.settings.copy, kind, lang, tone, segment)
    found = service.writer.write(user, item, wording, service.experiment.run_of(user))
    return with_lists_within(found.to_dict(), schema.user, schema.item)
