"""The texts and pictures of a run's items, with the encoders that made their vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphrec.common.errors import InputError
from graphrec.config.settings import Settings
from graphrec.content.encoder import Encoder
from graphrec.content.registry import open_encoder
from graphrec.content.sources import sources
from graphrec.content.store import read_items
from graphrec.db.database import Database
from graphrec.graph.vector_labels import is_given, label, split_label
from graphrec.runs.run import Run

#: Modalities that an attack changes at their source.
ATTACKED = ("text", "image")


@dataclass(frozen=True)
class Contents:
    """One modality: the encoder, item (its index in the run) → content, and the reader of a content."""

    encoder: Encoder[Any]
    values: Mapping[int, Any]
    read: Callable[[Any], Any]


def contents_of(db: Database, settings: Settings, run: Run) -> dict[str, Contents]:
    """Return modality → contents, of those modalities whose vectors an encoder made.

    Raises
    ------
    InputError
        The encoder of the settings is not the one that made the run's vectors.
    EncoderError
        An encoder is unavailable.
    """
    items, found = read_items(db, run.schema), {}
    for modality in ATTACKED:
        stored = run.encoders.get(modality)
        if stored is None or is_given(stored):
            continue
        there, _ = sources(items, modality, settings.media_folders)
        name, fingerprint = getattr(settings.content, modality), split_label(stored)[1]
        texts = [source.value for source in there] if modality == "text" else []
        encoder, read = open_encoder(modality, name, settings.root, settings.home, texts, fingerprint)
        if encoder.fingerprint != fingerprint:
            raise InputError(
                f"[content] {modality} = {name!r} is {label(encoder.name, encoder.fingerprint)}, and the vectors of "
                f"{run.run_id} are of {stored}",
                hint=f"set {modality} to the encoder of that time, or train on the new vectors",
            )
        places = {run.item_positions.get(items[source.item].key): source.value for source in there}
        found[modality] = Contents(encoder, {n: value for n, value in places.items() if n is not None}, read)
    return found
