"""Begin a run: make its directory, with a name and a number of its own."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from graphrec.common.private import private_folder
from graphrec.runs import layout
from graphrec.runs.run import Run


def new_run(folder: Path, info: dict[str, Any]) -> Run:
    """Create an empty run directory named after the time (UTC) and four random digits."""
    now = datetime.now(UTC)
    path = folder / f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    private_folder(path)
    about = {"number": 1 + _last_number(folder), "created": now.isoformat(timespec="seconds"), "state": "training"}
    run = Run(path, about | info)
    run.update()
    return run


def _last_number(folder: Path) -> int:
    """Return the highest number of the runs in a folder."""
    found = [0]
    for file in folder.glob(f"*/{layout.RUN}"):
        with suppress(OSError, ValueError, TypeError):  # of a damaged run, which others report
            found.append(int(json.loads(file.read_text(encoding="utf-8")).get("number", 0)))
    return max(found)
