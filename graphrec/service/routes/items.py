"""Items: one, those like it, the popular and the newest ones, their pictures."""

from __future__ import annotations

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from graphrec.client.models import By, CatalogueItem, Item, Listed, SimilarItems
from graphrec.config.ids import json_id
from graphrec.config.roles import ItemRole
from graphrec.config.schema import is_own_property
from graphrec.service.access import Reader
from graphrec.service.problem import ProblemError, responses
from graphrec.service.routes.recommendations import Category, Filters, Length
from graphrec.service.state import Service, service_of
from graphrec.serving import availability
from graphrec.serving.availability import Availability
from graphrec.serving.listings import latest as newest
from graphrec.serving.listings import popular_of
from graphrec.serving.lookup import find_item, titles_like
from graphrec.serving.similar_items import similar as similar_items

router = APIRouter(tags=["items"])

ItemId = Annotated[str, Path(description="Id or title of the item.", min_length=1, max_length=1_000, examples=["50"])]
#: Entities shown around an item.
_ENTITIES = 100


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
    (row,) = service.db.read(
        availability.load("query/item_detail", schema, Availability.of(service.settings, service.db)),
        item=key,
        behaviours=list(schema.behaviours),
        knowledge=list(schema.knowledge or ()),
        limit=_ENTITIES,
    )
    properties = dict(row["properties"])
    return CatalogueItem(
        item_id=json_id(key, schema.item),
        title=row["title"],
        available=row["available"],
        users=row["users"],
        modalities=[name for name in ("text", "image", "audio") if f"{name}Vector" in properties],
        properties={name: _plain(value) for name, value in properties.items() if _shown(schema.item, name, value)},
        entities=[dict(one) for one in row["entities"]],
    )


def _shown(role: ItemRole, name: str, value: Any) -> bool:
    """Whether a property is the catalogue's, and short; where pictures and sounds are stored is nobody's business."""
    vector = isinstance(value, list) and len(value) > 20 and isinstance(value[0], float)
    place = name in (role.image, role.audio)
    return not (vector or place or is_own_property(name) or isinstance(value, bytes | bytearray))


def _plain(value: Any) -> Any:
    native = getattr(value, "to_native", None)
    return native().isoformat() if native else value
