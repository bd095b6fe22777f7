"""The files of the page."""

from __future__ import annotations

from pathlib import Path

from fastapi.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

PAGE = Path(__file__).with_name("page")
_PARTS = (b"range", b"if-range")


class PageFiles(StaticFiles):
    """Files that are given whole: they are small, and parts of them are of use only to who wants to keep us busy."""

    def __init__(self) -> None:
        super().__init__(directory=PAGE, html=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a file."""
        headers = [one for one in scope["headers"] if one[0] not in _PARTS]
        await super().__call__({**scope, "headers": headers}, receive, send)
