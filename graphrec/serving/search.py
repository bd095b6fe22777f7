"""Find the items nearest to a text, an image or an audio file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graphrec.common.errors import EncoderError, GraphError, GraphrecError, InputError
from graphrec.config.schema import MODALITIES, VECTOR_INDEXES
from graphrec.config.settings import Settings
from graphrec.content import store
from graphrec.content.encoder import SpaceEncoder, Vectors
from graphrec.content.registry import open_file_encoder, open_fitted
from graphrec.db.database import Database
from graphrec.graph.mapping import unmapped
from graphrec.graph.vector_labels import is_given, split_label
from graphrec.serving import availability
from graphrec.serving.availability import Availability
from graphrec.serving.open_encoders import in_turn, opened
from graphrec.serving.vectors_held import no_vector

#: Minimum number of candidates: with few, the approximate index misses near neighbours.
_CANDIDATES = 200
_EMBED = "run graphrec embed"


def search(db: Database, settings: Settings, text: str, k: int, by: str | None = None) -> list[dict[str, Any]]:
    """Return the ``k`` items nearest to ``text``: rank, item, title, score.

    Parameters
    ----------
    by
        ``text``: items with the nearest text; ``image`` or ``audio``: items with the nearest image or audio, if the
        encoder understands both, as CLIP and CLAP do. None: the first of these that works.

    Raises
    ------
    GraphError
        The items have no such vectors, or no index over them.
    EncoderError
        Their encoder is not available, or does not encode texts.
    """
    by, encoder = (by, _opened(db, settings, by)) if by else _askable(db, settings)
    if by != "text" and not isinstance(encoder, SpaceEncoder):
        raise EncoderError(
            f"the items' {by} vectors are of {encoder.name}, which understands no texts",
            hint=f"search by --{by} FILE, or encode by a model of both: graphrec embed --{by} DIR of a "
            + ("CLIP" if by == "image" else "CLAP"),
        )
    with in_turn():
        vectors = encoder.encode([text]) if by == "text" else encoder.encode_text([text])
    return _nearest(db, settings, by, vectors, f"{text!r}", k)


def search_like(db: Database, settings: Settings, file: Path, modality: str, k: int) -> list[dict[str, Any]]:
    """Return the ``k`` items whose image or audio is nearest to that of ``file``: rank, item, title, score.

    Raises
    ------
    InputError
        The file cannot be read.
    GraphError
        The items have no such vectors, or no index over them.
    EncoderError
        Their encoder is not available.
    """
    encoder = _opened(db, settings, modality)
    try:
        content = encoder.read(file)
    except InputError as error:
        raise InputError(f"{file}: {error.message}", hint=error.hint) from error
    with in_turn():
        vectors = encoder.encode([content])
    return _nearest(db, settings, modality, vectors, str(file), k)


def _nearest(
    db: Database, settings: Settings, modality: str, vectors: Vectors, what: str, k: int
) -> list[dict[str, Any]]:
    if not vectors[0].any():
        raise InputError(f"{what} says nothing to the encoder of the items' {modality}", hint="use other words")
    query = availability.load("query/search", settings.graph, Availability.of(settings, db))
    candidates = max(10 * k, _CANDIDATES)
    rows = db.read(
        query, index=db.index_name(VECTOR_INDEXES[modality]), vector=vectors[0].tolist(), candidates=candidates, k=k
    )
    return [{"rank": rank, **row.data()} for rank, row in enumerate(rows, start=1)]


def _askable(db: Database, settings: Settings) -> tuple[str, Any]:
    """Return the modality to compare a text with if none is named, and its encoder."""
    held = set(store.index_names(db))
    present = [modality for modality in MODALITIES if db.index_name(VECTOR_INDEXES[modality]) in held]
    if not present:
        raise unmapped(db, settings.graph, ("item",)) or no_vector(db, settings.graph, "text")
    if "text" in present:
        return "text", _opened(db, settings, "text")
    missing = no_vector(db, settings.graph, "text")
    reasons = []
    for modality in present:
        try:
            encoder = _opened(db, settings, modality)
        except GraphrecError as error:
            reasons.append(error.message)
            continue
        if isinstance(encoder, SpaceEncoder):
            return modality, encoder
        reasons.append(f"their {modality} vectors are of {encoder.name}, which understands no texts")
    raise EncoderError("; ".join([missing.message, *reasons]), hint=f"{missing.hint}; or search by --{present[0]} FILE")


def _opened(db: Database, settings: Settings, modality: str) -> Any:
    """Open the single encoder that made the items' vectors of a modality."""
    stored = store.encoders(db, settings.graph, modality)
    if not stored:
        raise no_vector(db, settings.graph, modality)
    if db.index_name(VECTOR_INDEXES[modality]) not in store.index_names(db):
        raise GraphError(f"the items' {modality} is not indexed yet", hint=_EMBED)
    if len({split_label(s)[1] for s in stored}) > 1:
        counts = ", ".join(f"{name} ({items} items)" for name, items in stored.items())
        raise EncoderError(f"the items hold {modality} vectors of several encoders: {counts}", hint=_EMBED)
    label = next(iter(stored))
    name = label, modality, getattr(settings.content, modality), settings.home, settings.root
    return opened(name, lambda: _encoder(label, settings, modality))


def _encoder(stored: str, settings: Settings, modality: str) -> Any:
    """Open the encoder of the stored vectors: by its own name, else the configured one if it is the same."""
    name, fingerprint = split_label(stored)
    if is_given(stored):
        raise EncoderError(
            f"the items' {modality} vectors were given ({stored}): no encoder can turn a query into one",
            hint=f"find similar items by graphrec similar ITEM --by {modality}, "
            f"or encode: graphrec embed --{modality} NAME",
        )
    if modality == "text" and (fitted := open_fitted(fingerprint, settings.home)):
        return fitted
    found, reasons = [], []
    for candidate in dict.fromkeys((name, getattr(settings.content, modality))):
        try:
            encoder = _open(modality, candidate, settings)
        except EncoderError as error:
            reasons.append(error.message)
            continue
        if encoder.fingerprint == fingerprint:
            return encoder
        found.append(f"{encoder.name}@{encoder.fingerprint}")
    here = f"; here is {', '.join(found)}" if found else ""
    raise EncoderError(
        f"the items' {modality} vectors are of {stored}{here}{''.join(f'; {r}' for r in reasons)}",
        hint=f"set [content] {modality} to that encoder, or {_EMBED} to encode the items again",
    )


def _open(modality: str, name: str, settings: Settings) -> Any:
    if modality != "text":
        return open_file_encoder(modality, name, settings.root)
    if name == "tfidf":
        raise EncoderError(f"its fitted state is not in {settings.home / 'encoders'}", hint=_EMBED)
    from graphrec.content.text import open_for_search

    return open_for_search(name, settings.root)
