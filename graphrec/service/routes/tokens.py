"""Short-lived tokens that read one user, for a shop to give to its visitors' browsers."""

from __future__ import annotations

import time
from typing import get_args

from fastapi import APIRouter, Request

from graphrec.client.models import Token, TokenRequest, TokenScope
from graphrec.service.access import Sender
from graphrec.service.problem import ProblemError, responses
from graphrec.service.state import service_of

router = APIRouter(tags=["tokens"])

_SCOPES: tuple[TokenScope, ...] = get_args(TokenScope)


@router.post("/tokens", operation_id="make_token", responses=responses())
def make_token(request: Request, caller: Sender, body: TokenRequest) -> Token:
    """Return a token that reads one user, and sends events of that user, until it ends.

    It may do what the key may that asks for it, within `scopes`, and ends with that key. A token may ask for another,
    which ends no later than itself.
    """
    caller.require_user(body.user_id, "body.user_id")
    may: list[TokenScope] = [scope for scope in _SCOPES if caller.scopes & {scope, "admin"}]
    lacking = [scope for scope in body.scopes or () if scope not in may]
    if lacking:
        detail = f"the key {caller.name!r} lacks the scope {lacking[0]!r}"
        raise ProblemError(403, detail, value=lacking[0], place="body.scopes", hint="ask for what the key may do")
    scopes = body.scopes or may
    now = int(time.time())
    expires = now + body.expires_in
    if caller.until is not None:
        expires = min(expires, caller.until)
    service = service_of(request)
    user = service.door.user(body.user_id)
    token = service.access.token(caller, user, tuple(scopes), expires)
    return Token(token=token, user_id=user, scopes=scopes, expires_in=expires - now)
