"""The one place where calls with the scope ``admin`` are written down; which of them touch people's data.

What a shop asks for its visitors, with the scopes ``read`` and ``events``, is not written down: the entry of ``serve``
stands for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import Request

from graphrec.journal.recording import Kind, Recording, recorded

#: Operation with the scope ``admin`` → what it does to people's data; None: it touches none. One that is missing here
#: counts as ``write``.
ROUTES: dict[str, Kind | None] = {
    "overview": None,
    "quality": None,
    "find_users": "read",
    "create_item": None,
    "replace_item": None,
    "change_item": None,
    "delete_item": "remove",
    "handovers": "read",
    "dead_events": "read",
    "experiment": None,
    "jobs": None,
    "start_job": "write",
    "job": None,
    "stop_job": None,
    "job_log": None,
    "publish": "write",
    "item_users": "read",
    "compare": "read",
    "runs": None,
    "rollback": "write",
    "trends": None,
}


async def written_down(request: Request, key: str) -> AsyncIterator[None]:
    """Write down a call, before and after; ``key``: the name of the caller's key."""
    route = request.scope["route"]
    name = getattr(route, "operation_id", None) or route.name
    kind = ROUTES.get(name, "write")
    if kind is None:
        yield
        return
    user = request.path_params.get("user")
    service = request.app.state.service
    recording = Recording(name, kind, "service", [service.door.user(user)], key=key or None)
    settings = service.settings
    await asyncio.to_thread(recording.begin, settings)
    with recorded(recording, settings, apart=True):
        yield
