"""Items made, replaced, changed and deleted."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from graphrec.client.models import ItemChange, ItemChanged, ItemDeleted, NewItem
from graphrec.config.ids import json_id
from graphrec.ingest.items import Catalogue, Changed
from graphrec.ingest.withdrawn import Withdrawn
from graphrec.service.access import Admin
from graphrec.service.problem import responses
from graphrec.service.routes.items import ItemId
from graphrec.service.state import Service, service_of

router = APIRouter(tags=["items"])


@router.post("/items", operation_id="create_item", status_code=201, responses=responses(409))
def create_item(request: Request, caller: Admin, body: NewItem) -> ItemChanged:
    """Make an item; 409 if it exists."""
    service = service_of(request)
    return _answer(service, _catalogue(service).create(body.item_id, body.properties))


@router.put(
    "/items/{item:path}",
    operation_id="replace_item",
    responses={201: {"model": ItemChanged, "description": "Made"}, **responses(409)},
)
def replace_item(request: Request, response: Response, caller: Admin, item: ItemId, body: ItemChange) -> ItemChanged:
    """Give an item these properties and no others; make it if it does not exist. What graphrec writes stays."""
    service = service_of(request)
    changed = _catalogue(service).replace(item, body.properties)
    _withdraw(service, changed.item, body.properties)
    response.status_code = 201 if changed.created else 200
    return _answer(service, changed)


@router.patch("/items/{item:path}", operation_id="change_item", responses=responses(404))
def change_item(request: Request, caller: Admin, item: ItemId, body: ItemChange) -> ItemChanged:
    """Change some properties of an item, such as its price, stock or whether it is hidden; null removes one."""
    service = service_of(request)
    changed = _catalogue(service).patch(item, body.properties)
    _withdraw(service, changed.item, body.properties)
    return _answer(service, changed)


@router.delete("/items/{item:path}", operation_id="delete_item", responses=responses(404))
def delete_item(request: Request, caller: Admin, item: ItemId) -> ItemDeleted:
    """Delete an item with its relationships, users' behaviours too. To only take it out of answers, hide it."""
    service = service_of(request)
    found = _catalogue(service).delete(item)
    Withdrawn(service.settings.home).note(found.item)
    return ItemDeleted(item_id=_id(service, found.item), relationships=found.relationships)


def _catalogue(service: Service) -> Catalogue:
    return Catalogue(service.db, service.settings.graph, service.settings.serve)


def _withdraw(service: Service, item: Any, properties: dict[str, Any]) -> None:
    """Keep an item out of earlier answers if it may have been taken out of the answers."""
    serve = service.settings.serve
    stock = properties.get(serve.stock)
    if properties.get(serve.hidden) or properties.get(serve.expires) is not None or (stock is not None and stock <= 0):
        Withdrawn(service.settings.home).note(item)


def _answer(service: Service, changed: Changed) -> ItemChanged:
    return ItemChanged(item_id=_id(service, changed.item), created=changed.created, note=changed.note)


def _id(service: Service, item: Any) -> Any:
    return json_id(item, service.settings.graph.item)
