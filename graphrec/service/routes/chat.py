"""The assistant: turns of conversations, whose answers come in pieces, and what waits for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile
from fastapi.responses import StreamingResponse

from graphrec.assistant.assistant import Turn
from graphrec.assistant.hearing import hear
from graphrec.assistant.perform import Put
from graphrec.assistant.store import Summary
from graphrec.assistant.understanding.vocabulary import open_vocabulary
from graphrec.client.models_chat import ChatReply, ChatRequest, Handover, Handovers
from graphrec.config.ids import json_id
from graphrec.config.schema import GraphSchema
from graphrec.content.files import Embedded
from graphrec.ingest.event import Event
from graphrec.service.access import Admin, Caller, Reader
from graphrec.service.metrics import EVENTS
from graphrec.service.problem import responses
from graphrec.service.state import Service, service_of

router = APIRouter(tags=["chat"])

_EVENTS = (
    "With `Accept: application/json` the whole answer at once; else server-sent events: `understood` (what was said, "
    "the action, and how it was understood), `items` (the list, if there is one), `text` (the answer in pieces), and "
    "`done` (the whole answer, a ChatReply)."
)
#: One of them.
_EVENT = {
    "type": "object",
    "properties": {"event": {"type": "string"}, "data": {"type": "string", "description": "JSON"}},
    "required": ["event", "data"],
}
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": _EVENTS,
        "model": ChatReply,
        "content": {"text/event-stream": {"schema": _EVENT}},
    },
    **responses(404, 409),
}
#: Of a form: fields that are left out.
_User = Annotated[str | None, Form(min_length=1, max_length=1_000, description="Left out: a visitor.")]
_Conversation = Annotated[str | None, Form(min_length=1, max_length=100, description="Left out: a new one.")]


@router.post("/chat", operation_id="chat", response_class=StreamingResponse, responses=_ANSWER)
def chat(request: Request, caller: Reader, body: ChatRequest) -> Response:
    """Say something to the assistant, in English or Chinese.

    It recommends, explains, compares, filters and looks up; a like, a dislike or a block is recorded only after it has
    asked, and only for a caller that may send events.
    """
    user = _speaker(request, caller, body.user_id)
    return _turn(request, caller, body.text, user, body.conversation)


@router.post("/chat/recording", operation_id="chat_by_voice", response_class=StreamingResponse, responses=_ANSWER)
def chat_by_voice(
    request: Request,
    caller: Reader,
    file: Annotated[UploadFile, File(description="What was said: WAV, FLAC, OGG or MP3.")],
    user_id: _User = None,
    conversation: _Conversation = None,
) -> Response:
    """Say something to the assistant by a recording."""
    service, user = service_of(request), _speaker(request, caller, user_id)
    vocabulary = open_vocabulary(service.db, service.settings)
    heard = hear(service.settings, Embedded(file.file.read()), vocabulary)
    return _turn(request, caller, heard.text, user, conversation, heard.how)


@router.get("/handovers", operation_id="handovers", responses=responses())
def handovers(request: Request, caller: Admin, k: Annotated[int, Query(ge=1, le=1_000)] = 100) -> Handovers:
    """List conversations that wait for a person, with a summary, the latest first."""
    service = service_of(request)
    found = service.assistant.conversations.handovers(k)
    return Handovers(handovers=[_handover(one, service.settings.graph) for one in found])


def _speaker(request: Request, caller: Caller, given: Any) -> Any:
    """Return for whom a turn is; of a token, its own user.

    Raises
    ------
    ProblemError
        403: a token is of another user.
    """
    user = caller.user if given is None else service_of(request).door.user(given)
    if user is not None:
        caller.require_user(user, "body.user_id")
    return user


def _turn(
    request: Request, caller: Caller, words: str, user: Any, conversation: str | None, heard: str = ""
) -> Response:
    service = service_of(request)
    seconds, put = service.settings.serve.timeout / 2, _putting(service, caller)
    turn = service.assistant.turn(words, user, conversation, put, heard=heard, seconds=seconds)
    if request.headers.get("accept", "").startswith("application/json"):
        return Response(msgspec.json.encode(_whole(turn, service.settings.graph)), media_type="application/json")
    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(_events(turn, service.settings.graph), media_type="text/event-stream", headers=headers)


def _putting(service: Service, caller: Caller) -> Put | None:
    """Return what stores events for a caller; None: it may not."""
    if caller.scopes.isdisjoint(("events", "admin")):
        return None

    def put(events: Sequence[Event]) -> str:
        outcome = service.events.put(events)
        EVENTS.labels("event", outcome).inc(len(events))
        return outcome

    return put


def _events(turn: Turn, schema: GraphSchema) -> Iterator[bytes]:
    found = turn.understood
    understood = {"action": msgspec.to_builtins(found.action), "understood": found.how}
    understood |= {"said": turn.said, "heard": turn.heard}
    yield _event("understood", understood)
    if turn.outcome.rows:
        yield _event("items", {"items": _items(msgspec.to_builtins(turn.outcome.rows), schema)})
    for piece in turn.pieces():
        yield _event("text", {"text": piece})
    yield _event("done", _whole(turn, schema))


def _whole(turn: Turn, schema: GraphSchema) -> dict[str, Any]:
    """Return the whole answer; its pieces are read if nobody has."""
    reply = turn.reply.to_dict()
    reply["items"] = _items(reply.pop("rows"), schema)
    return reply


def _items(rows: Sequence[dict[str, Any]], schema: GraphSchema) -> list[dict[str, Any]]:
    return [{**row, "item_id": json_id(row.pop("item"), schema.item)} for row in map(dict, rows)]


def _event(name: str, data: dict[str, Any]) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"


def _handover(found: Summary, schema: GraphSchema) -> Handover:
    plain = msgspec.to_builtins(found)
    plain |= {"user_id": json_id(plain.pop("user"), schema.user), "at": datetime.fromtimestamp(found.at, UTC)}
    return Handover.model_validate(plain)
