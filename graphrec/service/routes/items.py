"""Items: one, those like it, the popular and the newest ones, their pictures."""

from __future__ import annotations

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from graphrec.client.models import By, CatalogueItem, Item, Listed, SimilarItems
from graphrec.common.errors import NotFoundError
from graphrec.config.ids import json_id
from graphrec.service.access import Reader
from graphrec.service.problem import ProblemError, responses
from graphrec.service.routes.recommendations import Category, Filters, Length
from graphrec.service.state import Service, service_of
from graphrec.serving.availability import Availability
from graphrec.serving.item_detail import read_detail
from graphrec.serving.listings import latest as newest
from graphrec.serving.listings import popular_of
from graphrec.serving.lookup import find_item, titles_like
from graphrec.serving.similar_items import similar as similar_items

router = APIRouter(tags=["items"])

ItemId = Annotated[str, Path(description="Id or title of the item.", min_length=1, max_length=1_000, examples=["50"])]


def listed(service: Service, rows: list[dict[str, Any]]) -> list[Item]:
    """Return rows of ``item, title, score`` as the API lists them."""
    return [
        Item(
            rank=rank,
            item_id=json_id(row["item"], service.settings.graph.item),
            title=row["title"],
            score=row["score"],
        )
        for rank, row in enumerate(rows, 1)
    ]


@router.get("/items", operation_id="find_items", responses=responses(404, 409))
def find_items(
    request: Request,
    caller: Reader,
    q: Annotated[str, Query(min_length=1, max_length=200, description="The beginning or a part of a title.")],
    k: Length = 10,
) -> Listed:
    """Find items by title."""
    service = service_of(request)
    near = titles_like(service.db, service.settings.graph, q, k, Availability.of(service.settings, service.db))
    return Listed(items=listed(service, [{"item": item, "title": title, "score": 0.0} for item, title in near]))


@router.get("/popular", operation_id="popular", responses=responses(404, 409))
def popular(
    request: Request,
    caller: Reader,
    k: Length = 10,
    where: Filters = [],  # noqa: B006  # FastAPI copies defaults
    category: Category = None,
) -> Listed:
    """Return the items with the most users, counted within the last minute; the score is their number."""
    service = service_of(request)
    filters = service.filters.pick(where, {})
    ranked = service.ranking.get()
    rows = popular_of(service.db, service.settings, ranked, k, where=filters, category=category)
    found = [{"item": row["item"], "title": row["title"], "score": float(row["users"])} for row in rows]
    return Listed(items=listed(service, found))


@router.get("/latest", operation_id="latest", responses=responses(404, 409))
def latest(
    request: Request,
    caller: Reader,
    k: Length = 10,
    where: Filters = [],  # noqa: B006  # FastAPI copies defaults
    category: Category = None,
) -> Listed:
    """Return the newest items, by the time among their properties; the score is the place from the end."""
    service = service_of(request)
    filters = service.filters.pick(where, {})
    rows = newest(service.db, service.settings, k, where=filters, category=category, time=service.item_time.get())
    found = [{"item": row["item"], "title": row["title"], "score": -float(n)} for n, row in enumerate(rows, 1)]
    return Listed(items=listed(service, found))


@router.get("/items/{item:path}/similar", operation_id="similar", responses=responses(404, 409))
def similar(request: Request, caller: Reader, item: ItemId, k: Length = 10, by: By = "embedding") -> SimilarItems:
    """Return the items most similar to one, by users' behaviour or by content; the score is a cosine."""
    service = service_of(request)
    key, _ = find_item(service.db, service.settings.graph, item)
    rows = similar_items(service.db, service.settings.graph, key, k, by, Availability.of(service.settings, service.db))
    return SimilarItems(item_id=json_id(key, service.settings.graph.item), by=by, items=listed(service, rows))


@router.get(
    "/items/{item:path}/image",
    operation_id="item_image",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, **responses(404)},
)
def image(request: Request, caller: Reader, item: ItemId) -> Response:
    """Return an item's picture as a small JPEG."""
    from graphrec.presentation.recommendation_page import posters

    service = service_of(request)
    key, title = find_item(service.db, service.settings.graph, item)
    found = posters(service.db, service.settings.graph, [key], service.settings.media_folders)
    if key not in found:
        raise ProblemError(404, f"{title!r} has no picture on this machine", value=item, place="path.item")
    return Response(
        base64.b64decode(found[key]), media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"}
    )


@router.get("/items/{item:path}", operation_id="item", responses=responses(404, 409))
def item_detail(request: Request, caller: Reader, item: ItemId) -> CatalogueItem:
    """Return an item: its properties, how many users it has, and the knowledge around it."""
    service = service_of(request)
    schema = service.resolved
    key, _ = find_item(service.db, schema, item)
    found = read_detail(service.db, service.settings, schema, key)
    if found is None:
        raise NotFoundError(f"item {item!r} has been deleted", hint="ask for another")
    return CatalogueItem(
        item_id=json_id(key, schema.item),
        title=found.title,
        available=found.available,
        users=found.users,
        modalities=list(found.modalities),
        properties=found.properties,
        entities=[one._asdict() for one in found.entities],
    )
