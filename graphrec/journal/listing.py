"""What the journal tells, for people: a beginning and its end together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphrec.journal.file import Journal
from graphrec.journal.recording import id_text

#: What is of the chain, and not of the work.
_CHAIN = frozenset({"number", "before", "mark", "cut", "event", "id"})


@dataclass
class Work:
    """A piece of work; without an end it was killed, or goes on."""

    first: dict[str, Any]
    last: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return who did what, and how it ended."""
        told = {name: value for name, value in self.first.items() if name not in _CHAIN}
        ended = {name: value for name, value in (self.last or {}).items() if name not in _CHAIN | {"at"}}
        told = {"account": None, "through": None, "did": None, "kind": None} | told
        return told | {"outcome": "no end", "counts": {}} | ended


def works(journal: Journal, since: datetime | None = None, ids: Iterable[object] | None = None) -> Iterator[Work]:
    """Return what was written down, the oldest first; ``ids``: about somebody with one of these, by fingerprints."""
    wanted = None if ids is None else {journal.fingerprint_known(id_text(one)) for one in ids}
    begun: dict[str, Work] = {}
    for line in journal.lines():
        entry = line.entry
        if entry is None:
            continue
        if entry["event"] != "begin":
            if entry["id"] in begun:
                begun[entry["id"]].last = entry
            continue
        if wanted is not None and wanted.isdisjoint(entry.get("users") or ()):
            continue
        if since is not None and not _is_after(entry["at"], since):
            continue
        begun[entry["id"]] = Work(entry)
    return iter(begun.values())


def _is_after(text: str, since: datetime) -> bool:
    with suppress(ValueError, TypeError):
        return datetime.fromisoformat(text) >= since
    return True
