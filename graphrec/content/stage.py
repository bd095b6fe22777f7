"""Update one modality: encode new and changed content, remove vectors of deleted content.

Every vector is written with the label of its encoder and the hash of its content, so that an interrupted run can be
resumed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from graphrec.common.console import note, stage
from graphrec.common.errors import LibraryError
from graphrec.config.schema import MODALITIES, READING
from graphrec.config.settings import Settings
from graphrec.content import store
from graphrec.content.cache import VectorCache
from graphrec.content.encoder import Encoder, about
from graphrec.content.fetch import fetcher_of
from graphrec.content.files import shown
from graphrec.content.llm_prompt import readings
from graphrec.content.pipeline import Encoded, Writer, encoded
from graphrec.content.precomputed import GivenVectors, match, open_given
from graphrec.content.registry import open_encoder
from graphrec.content.sources import Skipped, Source, hash_bytes, sources
from graphrec.content.store import Item
from graphrec.db.database import Database
from graphrec.db.server.room import COMPONENT_BYTES
from graphrec.graph.vector_labels import is_given, label, split_label

_Row = tuple[str, Any, str]
#: Share of the texts that a fitted encoder must already cover to be kept.
_ENOUGH = 0.9


@dataclass
class Modality:
    """Result for one modality: its encoder, numbers of items, and the content left out.

    ``encoded``: now; ``cached``: from the cache; ``given``: by the user now; ``kept``: unchanged in the graph;
    ``absent``: items without such content; ``unknown``: keys of given vectors without an item.
    """

    encoder: str | None = None
    kind: str | None = None
    about: str | None = None
    dim: int | None = None
    encoded: int = 0
    cached: int = 0
    given: int = 0
    kept: int = 0
    absent: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    unknown: list[Any] = field(default_factory=list)

    @property
    def vectors(self) -> int:
        """Number of items with a vector."""
        return self.encoded + self.cached + self.given + self.kept


@dataclass(frozen=True)
class Work:
    """Input of the stage: the items, the given files of vectors, the explicitly requested encoders.

    ``opened`` collects the encoders that were opened, by modality.
    """

    db: Database
    settings: Settings
    items: Sequence[Item]
    cache: VectorCache
    vectors: Mapping[str, Path]
    asked: frozenset[str]
    opened: dict[str, Encoder[Any]] = field(default_factory=dict)


def update(work: Work, modality: str) -> tuple[Modality, dict[int, str]]:
    """Update a modality.

    Returns
    -------
    tuple
        The result; item (its position) → hash of the content of its vector.

    Raises
    ------
    EncoderError
        The encoder is unavailable; nothing has been written for the modality. If a library does not load, raised only
        for an explicitly requested encoder; otherwise the modality stays unchanged, with a note.
    InputError
        The file of vectors is invalid; nothing has been written for the modality.
    """
    name: str = getattr(work.settings.content, "llm" if modality == READING else modality)
    done, current = Modality(), {}
    if modality in work.vectors:
        current = _give(work, modality, open_given(work.vectors[modality], work.settings.graph.item.key_name), done)
    elif modality not in work.asked and (held := _given_before(work.items, modality)):
        current = _stay(work, modality, held, done)
    elif name != "none":
        if modality == READING:
            found: list[Source] = readings(work.db, work.settings, work.items, work.cache)
        else:
            found, done.skipped = sources(work.items, modality, work.settings.media_folders, fetcher_of(work.settings))
        # Open an encoder only if there is content to encode: no download for items without images.
        if found:
            texts = [source.value for source in found] if modality == "text" else []
            standing = _standing(work.items, found) if modality == "text" else None
            root, home = work.settings.root, work.settings.home
            try:
                with stage(f"loading the {modality} encoder {name}"):
                    encoder, read = open_encoder(modality, name, root, home, texts, standing)
            except LibraryError as error:
                if modality in work.asked:
                    raise
                current = _left(work, modality, found, done, error)
            else:
                work.opened[modality] = encoder
                current = encode(work, modality, found, encoder, read, done)
    clean_up(work, modality, current, done)
    return done, current


def clean_up(work: Work, modality: str, current: Mapping[int, str], done: Modality) -> None:
    """Count the items without such content, and remove the vectors of deleted content.

    Parameters
    ----------
    current
        Item (its position) → hash of the content of its vector.
    """
    done.absent = len(work.items) - len(current) - len(done.skipped)
    gone = [item.node for n, item in enumerate(work.items) if modality in item.encoders and n not in current]
    store.clear(work.db, work.settings.graph, modality, gone)
    if gone:
        off = getattr(work.settings.content, "llm" if modality == READING else modality) == "none"
        why = f"{modality} is none" if off else f"they have no readable {modality} any more"
        note(f"{modality} vectors of {len(gone):,} items removed: {why}")


def encode(
    work: Work, modality: str, found: Sequence[Source], encoder: Encoder[Any], read: Any, done: Modality
) -> dict[int, str]:
    """Encode the sources without a current vector; return item (its position) → hash of the content of its vector."""
    done.encoder, done.dim = label(encoder.name, encoder.fingerprint), encoder.dim
    done.kind, done.about = encoder.kind, about(encoder)
    _rename(work, modality, done.encoder)
    current = {s.item: s.content for s in found if _is_fresh(work.items[s.item], modality, s.content, done.encoder)}
    done.kept = len(current)
    todo = [source for source in found if source.item not in current]
    work.db.require_room(len(todo) * encoder.dim * COMPONENT_BYTES)
    made = encoded(encoder, read, todo, work.settings.content.batch, work.cache, modality)
    with _writer(work, modality, done.encoder) as writer, closing(made):
        for batch in made:
            rows = [(work.items[e.source.item].node, e.vector, e.source.content) for e in batch if e.vector is not None]
            writer.add(rows)
            current.update((e.source.item, e.source.content) for e in batch if e.vector is not None)
            done.cached += sum(e.cached and e.vector is not None for e in batch)
            done.encoded += sum(not e.cached and e.vector is not None for e in batch)
            done.skipped += [_skipped(work.items[e.source.item], modality, e) for e in batch if e.vector is None]
    return current


def _standing(items: Sequence[Item], found: Sequence[Source]) -> str | None:
    """Return the fingerprint of the text encoder that made nearly all texts' vectors.

    A fitted encoder is kept until a tenth of the catalogue is new to it, as fitting again would change every vector.
    """
    same = [s for s in found if items[s.item].hashes.get("text") == s.content]
    counts = Counter(split_label(items[s.item].encoders.get("text", ""))[1] for s in same)
    fingerprint, count = counts.most_common(1)[0] if counts else ("", 0)
    return fingerprint if count > _ENOUGH * len(found) else None


def _skipped(item: Item, modality: str, result: Encoded) -> Skipped:
    value = result.source.value
    own = modality in MODALITIES and not isinstance(value, str)
    said = shown(getattr(item, modality)) if own else " ".join(str(value).split())[:60]
    return Skipped(item.key, modality, said, result.reason)


def _is_fresh(item: Item, modality: str, content: str, stored: str) -> bool:
    """Return whether an item's vector is of this content and encoder, under any name of the encoder."""
    return (
        item.hashes.get(modality) == content
        and split_label(item.encoders.get(modality, ""))[1] == split_label(stored)[1]
    )


def _rename(work: Work, modality: str, stored: str) -> None:
    """Store the encoder's current name with vectors that it made under another name."""
    held = {name for item in work.items if (name := item.encoders.get(modality)) and name != stored}
    for old in held:
        if split_label(old)[1] == split_label(stored)[1]:
            store.relabel(work.db, work.settings.graph, modality, old, stored)


def _writer(work: Work, modality: str, encoder: str) -> Writer[_Row]:
    return Writer(lambda rows: store.write(work.db, work.settings.graph, modality, encoder, rows), store.BATCH)


def _give(work: Work, modality: str, given: GivenVectors, done: Modality) -> dict[int, str]:
    """Write the user's own vectors."""
    places, done.unknown = match([item.key for item in work.items], given)
    done.encoder, done.dim = label(given.name, given.fingerprint), given.dim
    done.kind = "given"
    done.about = f"given by {given.path.name}"
    _rename(work, modality, done.encoder)
    current: dict[int, str] = {}
    with _writer(work, modality, done.encoder) as writer:
        for start, rows in given.rows():
            with np.errstate(over="ignore"):
                vectors = rows.astype(np.float32)
            sound = [bool(np.isfinite(vector).all()) for vector in vectors]
            for at, vector in enumerate(vectors):
                for n in places.get(start + at, ()):
                    item = work.items[n]
                    if not (sound[at] and vector.any()):
                        reason = "all zeros" if sound[at] else "NaN, infinite or missing numbers"
                        where = f"{given.path}, row {start + at}"
                        done.skipped.append(Skipped(item.key, modality, where, reason))
                        continue
                    content = hash_bytes(vector.tobytes())
                    current[n] = content
                    if _is_fresh(item, modality, content, done.encoder):
                        done.kept += 1
                    else:
                        writer.add([(item.node, vector, content)])
                        done.given += 1
    return current


def _given_before(items: Sequence[Item], modality: str) -> str | None:
    """Return the label of vectors that the user gave earlier (the most frequent, after an interrupted run)."""
    counts = Counter(item.encoders[modality] for item in items if is_given(item.encoders.get(modality)))
    return counts.most_common(1)[0][0] if counts else None


def _left(work: Work, modality: str, found: Sequence[Source], done: Modality, error: LibraryError) -> dict[int, str]:
    """Keep the vectors of a modality that cannot be encoded now; skip content without one."""
    note(f"{modality}: {error.message}; {modality} stays unchanged, the rest continues ({error.hint})")
    counts = Counter(item.encoders[modality] for item in work.items if modality in item.encoders)
    current: dict[int, str] = {}
    if counts:
        current = _keep(work, modality, counts.most_common(1)[0][0], done)
        done.about = "made before"
    done.skipped += [
        Skipped(work.items[source.item].key, modality, shown(source.value), error.message)
        for source in found
        if source.item not in current
    ]
    return current


def _stay(work: Work, modality: str, held: str, done: Modality) -> dict[int, str]:
    """Keep the user's own vectors: a default encoder must not replace them."""
    current = _keep(work, modality, held, done)
    done.kind, done.about = "given", f"given by {split_label(held)[0].partition(':')[2]}"
    note(f"{modality}: {done.kept} vectors {done.about} stay; --{modality} NAME encodes the items' {modality} instead")
    return current


def _keep(work: Work, modality: str, held: str, done: Modality) -> dict[int, str]:
    """Count the stored vectors of an encoder (its label); return their items with the hashes."""
    current = {
        n: item.hashes.get(modality, "") for n, item in enumerate(work.items) if item.encoders.get(modality) == held
    }
    done.encoder, done.kept = held, len(current)
    first = next(work.items[n].node for n in current)
    done.dim = store.vector_length(work.db, work.settings.graph, modality, first)
    return current
