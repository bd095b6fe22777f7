"""Everything that is held of a person, as JSON that a person can read.

:data:`PLACES` has the places that :func:`graphrec.erasure.trace.search` searches and that ``forget`` empties, under the
names of :class:`graphrec.erasure.trace.Trace`.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from graphrec.common.errors import InputError
from graphrec.common.private import open_private, private_folder
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.erasure import in_answers as answers
from graphrec.erasure import in_cache as cache
from graphrec.erasure import in_conversations as conversations
from graphrec.erasure import in_copy as copy
from graphrec.erasure import in_credentials as credentials
from graphrec.erasure import in_events as events
from graphrec.erasure import in_graph as graph
from graphrec.erasure import in_jobs as jobs
from graphrec.erasure import in_rejects as rejects
from graphrec.erasure import in_runs as runs
from graphrec.erasure.in_store import beside
from graphrec.erasure.trace import Trace, Wanted, folder_of, search, searched_runs

_Read = Callable[[Database, Settings, Wanted, Trace], Any]

#: Name of a place → what it holds, in words, and what reads it.
PLACES: dict[str, tuple[str, _Read]] = {
    "graph": (
        "Neo4j: the node with its properties and embeddings, its relationships (behaviours, searches, friends, "
        "published links with their reasons, impressions, texts of campaigns), posts, and what is the user's alone",
        lambda db, settings, wanted, _: graph.read(db, settings.graph, wanted.forms),
    ),
    "runs": (
        "directories of runs: the position of the user, vectors, lists, and the items of the training, validation and "
        "test pairs",
        lambda _, settings, wanted, found: _runs(settings, wanted, found),
    ),
    "rejects": (
        "lines of reject files about the user's rows",
        lambda _, settings, wanted, __: rejects.read(folder_of(settings), wanted.text),
    ),
    "cached": (
        "vectors of the user's searches in the cache of encoded content, by hash; the words are under graph",
        lambda _, settings, __, found: cache.read(settings, found.graph.contents),
    ),
    "events": (
        "events that wait for Neo4j, or could not be written",
        lambda _, settings, wanted, __: events.read(settings, wanted.forms),
    ),
    "examples": (
        "reports on the data in which the user is an example",
        lambda _, settings, wanted, __: jobs.read(settings, wanted.forms),
    ),
    "answers": (
        "answers of a language model that are kept of the user",
        lambda _, settings, wanted, __: answers.read(settings, wanted.text),
    ),
    "keys": (
        "keys of the service for this user, by name; tokens are stored nowhere",
        lambda _, settings, wanted, __: credentials.read(settings, wanted.forms),
    ),
    "copies": (
        "texts in files of campaigns",
        lambda _, settings, wanted, __: copy.read(settings, wanted.forms),
    ),
    "conversations": (
        "conversations with the assistant, and what was handed over to a person",
        lambda _, settings, wanted, __: conversations.read(settings, wanted.forms),
    ),
}


def gather(db: Database, settings: Settings, wanted: Wanted) -> dict[str, Any] | None:
    """Return an index and all that is held of a person, by place; None if nothing is.

    Raises
    ------
    InputError
        A file is damaged.
    """
    found = search(db, settings, wanted)
    if not found:
        return None
    held = {name: plain(read(db, settings, wanted, found)) for name, (_, read) in PLACES.items()}
    index = {
        "person": wanted.text,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "found": found.lines(),
        "places": {name: what for name, (what, _) in PLACES.items() if held[name]},
        "files of yours that hold the id": list(beside(settings, wanted.text)),
        "not searched": {name: f"run {name} has that id, but {why}" for name, why in found.passed.items()},
    }
    return {"index": index, **{name: what for name, what in held.items() if what}}


def write(held: Mapping[str, Any], target: Path) -> list[Path]:
    """Write what :func:`gather` returns: to one file if ``target`` ends in ``.json``, else a file a place in a folder.

    Only their owner may read the files. Returns them, the index first.

    Raises
    ------
    InputError
        The target exists, or cannot be written.
    """
    single = target.suffix == ".json"
    try:
        if target.exists() and (single or not target.is_dir() or any(target.iterdir())):
            raise InputError(f"{target} is there already", hint="name a new file, or a new folder")
        if single:
            private_folder(target.parent)
            return [_write(target, held)]
        folder = private_folder(target)
        folder.chmod(0o700)  # an empty folder that was there
        return [_write(folder / f"{name}.json", part) for name, part in held.items()]
    except OSError as error:
        raise InputError(f"{target}: cannot be written: {error.strerror}", hint="name a folder of yours") from error


def plain(value: Any) -> Any:
    """Return a value of Neo4j, or of a file, as JSON has it."""
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if value is None or isinstance(value, str | int | bool) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    written = getattr(value, "iso_format", None) or getattr(value, "isoformat", None)
    if written:
        return written()
    return plain(list(value.to_native())) if hasattr(value, "to_native") else str(value)  # a vector


def _runs(settings: Settings, wanted: Wanted, found: Trace) -> list[dict[str, Any]]:
    theirs = {run.run_id for run in found.runs if run.listed}
    inside, _ = searched_runs(settings, wanted)
    return [runs.read(run, wanted.forms) for run in inside if run.run_id in theirs]


def _write(path: Path, what: Any) -> Path:
    with open_private(path, "x", encoding="utf-8") as file:
        json.dump(what, file, ensure_ascii=False, indent=2)
        file.write("\n")
    return path
