"""The plainest questions, answered without a router: ``GET /v1/users/{user}/recommendations`` with ``k`` and ``now``.

FastAPI needs three times as long to find the route and to read its six parameters as the answer itself takes. What is
asked otherwise, and whatever goes wrong, goes on to the route (:mod:`graphrec.service.routes.recommendations`), which
gives the same answer.
"""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

from graphrec.common.errors import GraphrecError
from graphrec.service.access import Caller
from graphrec.service.metrics import ANSWERS
from graphrec.service.problem import CALLER
from graphrec.service.published import LINKS
from graphrec.service.routes.recommendations import by_links, json_answer
from graphrec.serving.request import Request

if TYPE_CHECKING:
    from graphrec.service.state import Service

_PATH = re.compile(r"/v1/users/([^/]{1,1000})/recommendations")
_QUERY = re.compile(rb"(?:k=(?P<k>[1-9][0-9]{0,2}|1000)(?:&|\Z))?(?P<now>now=true)?")
#: What the measures know the route by.
_ROUTE = SimpleNamespace(path="/v1/users/{user:path}/recommendations")
_K = 10


class Direct:
    """Middleware that answers from the published links, or with what the user did since, and nothing else asked for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] == "http" and scope["method"] == "GET":
            path, query = _PATH.fullmatch(scope["path"]), _QUERY.fullmatch(scope["query_string"])
            caller: Caller | None = scope.get(CALLER)
            # Another scope than read, and a user of its own, are the route's to judge.
            if path and query and caller and caller.user is None and not caller.scopes.isdisjoint(("read", "admin")):
                answer = await _answer(scope, path[1], int(query["k"] or _K), bool(query["now"]))
                if answer is not None:
                    scope["route"] = _ROUTE
                    await json_answer(answer)(scope, receive, send)
                    return
        await self.app(scope, receive, send)


async def _answer(scope: Scope, user: str, k: int, now: bool) -> dict[str, object] | None:
    """Return the answer; None for any error, and where links are not enough: the route need not read these again."""
    service: Service = scope["app"].state.service
    user = service.door.user(user)
    try:
        if now:
            found = await service.answers.to_user(user, k, Request(now=True), run_id=service.experiment.run_of(user))
            ANSWERS.labels("live").inc()
            return found
        if service.settings.recommend.beyond_links:
            return None
        links = scope[LINKS] = await service.published.of(user, service.experiment.run_of(user))
    except GraphrecError:
        return None
    answer = by_links(service, links, k)
    if answer is not None:
        ANSWERS.labels("stale" if links.stale else "links").inc()
    return answer
