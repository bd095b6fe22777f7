"""The stage: read the items, encode what changed, write it, fuse, index.

Every vector is written together with its encoder's label and the hash of the content it was made of. A run can
therefore stop anywhere: the next one encodes only what is missing or changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from graphrec.config import Settings
from graphrec.console import progress
from graphrec.content import store
from graphrec.content.encoder import Encoder, label, split_label
from graphrec.content.fusion import MODALITIES, fuse, fusion_label, modality_weights
from graphrec.content.picture import quiet
from graphrec.content.sources import THREADS, Skipped, Source, attempt, opener, sources
from graphrec.content.store import Item
from graphrec.db import Database
from graphrec.errors import GraphError, InputError


@dataclass
class Modality:
    """What became of one modality: its encoder, numbers of items, and the files left out."""

    encoder: str | None = None
    dim: int | None = None
    encoded: int = 0
    kept: int = 0
    absent: int = 0
    skipped: list[Skipped] = field(default_factory=list)


@dataclass
class Report:
    """What a run of the stage did. ``content``: items with a fused vector; ``dim``: its length."""

    items: int
    text: Modality = field(default_factory=Modality)
    image: Modality = field(default_factory=Modality)
    audio: Modality = field(default_factory=Modality)
    content: int = 0
    fusion: str | None = None
    dim: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return asdict(self)

    @property
    def skipped(self) -> list[Skipped]:
        """All files left out."""
        return [*self.text.skipped, *self.image.skipped, *self.audio.skipped]


def embed(db: Database, settings: Settings) -> Report:
    """Bring all content vectors and their indexes up to date.

    Raises
    ------
    ConfigError
        The fusion is impossible.
    GraphError
        There are no items.
    EncoderError
        An encoder that is needed cannot be had; nothing has been written for its modality.
    """
    weights = modality_weights(settings.content)
    items = store.read_items(db, settings.graph)
    if not items:
        raise GraphError(
            f"there are no (:{settings.graph.item.label}) nodes to embed",
            hint="graphrec load first, or name the label of your items in [graph.item] of graphrec.toml",
        )
    report = Report(len(items))
    inputs: list[list[str]] = [[] for _ in items]
    for modality in MODALITIES:
        done: Modality = getattr(report, modality)
        current = _modality(db, settings, items, modality, done)
        for n, content in current.items() if weights[modality] > 0 else ():
            inputs[n].append(f"{done.encoder} {content}")
    _content(db, settings, items, inputs, report)
    return report


def _modality(db: Database, settings: Settings, items: Sequence[Item], modality: str, done: Modality) -> dict[int, str]:
    """Bring one modality up to date, filling ``done``; return item → hash of the content its vector is of."""
    name: str = getattr(settings.content, modality)
    found, done.skipped = sources(items, modality, settings.root) if name != "none" else ([], [])
    done.absent = len(items) - len(found) - len(done.skipped)
    current: dict[int, str] = {}
    # An encoder is opened only where there is something to encode: no download for items without images.
    if found:
        encoder, read = opener(modality, name, settings.root)
        done.encoder, done.dim = label(encoder.name, encoder.fingerprint), encoder.dim
        fresh = {s.item: s.content for s in found if _is_fresh(items[s.item], modality, s, encoder)}
        done.kept = len(fresh)
        current |= fresh
        todo = [s for s in found if s.item not in fresh]
        rows: list[tuple[Source, Any]] = []
        for batch, end in _encode(encoder, read, todo, settings.content.batch, modality):
            for source, result in batch:
                if isinstance(result, InputError):
                    path = str(source.value)
                    done.skipped.append(Skipped(items[source.item].key, modality, path, result.message))
                else:
                    rows.append((source, result))
            if len(rows) >= store.BATCH or (end and rows):
                values = [(items[s.item].node, vector, s.content) for s, vector in rows]
                store.write(db, settings.graph, modality, done.encoder, values)
                current.update((s.item, s.content) for s, _ in rows)
                done.encoded += len(rows)
                rows = []
    gone = [item.node for n, item in enumerate(items) if modality in item.encoders and n not in current]
    store.clear(db, settings.graph, modality, gone)
    return current


def _is_fresh(item: Item, modality: str, source: Source, encoder: Encoder[Any]) -> bool:
    fingerprint = split_label(item.encoders.get(modality, ""))[1]
    return item.hashes.get(modality) == source.content and fingerprint == encoder.fingerprint


def _encode(
    encoder: Encoder[Any], read: Callable[[Any], Any], todo: Sequence[Source], size: int, modality: str
) -> Iterator[tuple[list[tuple[Source, Any]], bool]]:
    """Yield batches of sources with their vector or :class:`InputError`, and whether the batch is the last.

    The same content is encoded once. Files of the next batch are decoded while this one is encoded.
    """
    same: dict[str, list[Source]] = {}
    for source in todo:
        same.setdefault(source.content, []).append(source)
    # Texts of like length go together: padding to the longest of a mixed batch would be most of the work.
    groups = sorted(same.values(), key=lambda g: len(g[0].value)) if modality == "text" else list(same.values())
    batches = [groups[start : start + size] for start in range(0, len(groups), size)]
    with quiet(), progress() as bar, ThreadPoolExecutor(THREADS) as pool:
        task = bar.add_task(f"encoding {modality}", total=len(todo))
        ready = _submit(pool, read, batches[:1])
        for n, batch in enumerate(batches):
            inputs, ready = list(ready), _submit(pool, read, batches[n + 1 : n + 2])
            readable = [value for value in inputs if not isinstance(value, InputError)]
            vectors = iter(encoder.encode(readable) if readable else ())
            results = [value if isinstance(value, InputError) else next(vectors) for value in inputs]
            pairs = [(source, result) for group, result in zip(batch, results, strict=True) for source in group]
            yield pairs, n == len(batches) - 1
            bar.advance(task, len(pairs))


def _submit(
    pool: ThreadPoolExecutor, read: Callable[[Any], Any], batches: Sequence[Sequence[Sequence[Source]]]
) -> Iterator[Any]:
    return pool.map(lambda group: attempt(read, group[0].value), [group for batch in batches for group in batch])


def _content(
    db: Database, settings: Settings, items: Sequence[Item], inputs: Sequence[Sequence[str]], report: Report
) -> None:
    """Fuse where anything that goes in has changed, and see to the indexes."""
    schema = settings.graph
    held = [f"{item.key!r} {' '.join(parts)}" for item, parts in zip(items, inputs, strict=True) if parts]
    report.content = len(held)
    if held:
        report.fusion = fusion_label(settings.content, held)
        report.dim = _dim(settings, report)
    wanted = [report.fusion if parts else None for parts in inputs]
    if any(want and item.content_encoder != want for item, want in zip(items, wanted, strict=True)):
        fused = fuse(store.read_vectors(db, schema, [item.node for item in items]), settings.content)
        have = np.flatnonzero(fused.mask).tolist()
        store.write_content(db, schema, str(report.fusion), [items[n].node for n in have], fused.vectors[have])
    gone = [item.node for item, want in zip(items, wanted, strict=True) if item.content_encoder and not want]
    store.clear_content(db, schema, gone)
    store.ensure_index(db, schema, "itemText", report.text.dim if report.text.encoded + report.text.kept else None)
    store.ensure_index(db, schema, "itemContent", report.dim)


def _dim(settings: Settings, report: Report) -> int:
    """Return the length of the fused vectors."""
    if settings.content.fusion != "concat":
        return settings.content.dim
    parts = (report.text, report.image, report.audio)
    return sum(part.dim or 0 for part in parts if part.encoded + part.kept)
