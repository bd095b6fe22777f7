"""Free text → the items whose text means the like."""

from __future__ import annotations

from typing import Any

from graphrec import queries
from graphrec.config import Settings
from graphrec.content import store
from graphrec.content.encoder import split_label
from graphrec.content.text import TextEncoder, open_text
from graphrec.db import Database
from graphrec.errors import EncoderError, GraphError

#: At least so many candidates are looked at: with few, the approximate index misses near neighbours.
_CANDIDATES = 200
_EMBED = "run graphrec embed"


def search(db: Database, settings: Settings, text: str, k: int) -> list[dict[str, Any]]:
    """Return the ``k`` items nearest to ``text``: rank, item, title, score.

    Raises
    ------
    GraphError
        The items have no text vectors, or no index over them.
    EncoderError
        The encoder that made them cannot be had.
    """
    stored = store.text_encoders(db, settings.graph)
    if not stored or "itemText" not in store.index_names(db):
        raise GraphError("the items' text is not indexed yet", hint=_EMBED)
    if len({split_label(s)[1] for s in stored}) > 1:
        counts = ", ".join(f"{name} ({items} items)" for name, items in stored.items())
        raise EncoderError(f"the items hold text vectors of several encoders: {counts}", hint=_EMBED)
    vector = _encoder(next(iter(stored)), settings).encode([text])[0].tolist()
    rows = db.read(
        queries.load("query/search", settings.graph), vector=vector, candidates=max(10 * k, _CANDIDATES), k=k
    )
    return [{"rank": rank, **row.data()} for rank, row in enumerate(rows, start=1)]


def _encoder(stored: str, settings: Settings) -> TextEncoder:
    """Open the encoder that made the stored vectors: by its own name, or else the configured one if it is the same."""
    name, fingerprint = split_label(stored)
    found, reasons = [], []
    for candidate in dict.fromkeys((name, settings.content.text)):
        try:
            encoder = open_text(candidate, settings.root, lean=True)
        except EncoderError as error:
            reasons.append(error.message)
            continue
        if encoder.fingerprint == fingerprint:
            return encoder
        found.append(f"{encoder.name}@{encoder.fingerprint}")
    here = f"; here is {', '.join(found)}" if found else ""
    raise EncoderError(
        f"the items' text vectors are of {stored}{here}{''.join(f'; {r}' for r in reasons)}",
        hint=f"set [content] text to that encoder, or {_EMBED} to encode the items again",
    )
