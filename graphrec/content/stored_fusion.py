"""Update each item's fused content vector if any of its inputs changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from graphrec.common.console import warn
from graphrec.common.errors import ConfigError
from graphrec.common.hashing import digest
from graphrec.config.schema import LEARNED, MODALITIES, READING
from graphrec.config.settings import ContentSettings, Settings
from graphrec.content import store
from graphrec.content.fusion import MAX_DIM, Block, fuse, fusion_label, modality_weights
from graphrec.content.stage import Modality
from graphrec.content.store import Item
from graphrec.db.database import Database

_VERSION = "1"


def check(settings: ContentSettings) -> None:
    """Refuse an impossible fusion before anything is encoded.

    Raises
    ------
    ConfigError
        All modalities have weight 0, or ``fusion = 'llm'`` without a language model.
    """
    modality_weights(settings)
    if settings.fusion == "llm" and settings.llm == "none":
        raise ConfigError(
            "[content] fusion = 'llm' takes a language model's vectors, but llm = 'none'",
            hint="name one: [content] llm = 'DIR', or graphrec embed --llm DIR",
        )


def update_content(
    db: Database,
    settings: Settings,
    items: Sequence[Item],
    parts: Mapping[str, Modality],
    currents: Mapping[str, Mapping[int, str]],
) -> tuple[int, str | None, int | None]:
    """Fuse the vectors of items with changed inputs.

    Parameters
    ----------
    parts
        Modality → its result.
    currents
        Modality → item (its position) → hash of the content of its vector.

    Returns
    -------
    tuple
        Number of items with a fused vector, label of the fusion, length of its vectors.

    Raises
    ------
    ConfigError
        The fused vectors are longer than Neo4j indexes.
    """
    content = settings.content
    weights = modality_weights(content)
    learned = _item_weights(items) if content.fusion in LEARNED else None
    used = [READING] if content.fusion == "llm" else [m for m in MODALITIES if weights[m] > 0]
    inputs: list[list[str]] = [[] for _ in items]
    for modality in used:
        for n, made_of in currents[modality].items():
            inputs[n].append(f"{parts[modality].encoder} {made_of}")
    held = [n for n, made_of in enumerate(inputs) if made_of]
    said = [f"{items[n].key!r} {' '.join(inputs[n])} {'' if learned is None else learned[n].tolist()}" for n in held]
    if content.fusion == "llm":
        dim, how = parts[READING].dim, f"llm@{digest(_VERSION, *said)}"
    else:
        dim, how = _length(content, [parts[m] for m in used]), fusion_label(content, said)
    wanted = [how if made_of else None for made_of in inputs]
    if any(want and item.content_encoder != want for item, want in zip(items, wanted, strict=True)):
        fused = _fuse(db, settings, items, learned)
        have = np.flatnonzero(fused.mask).tolist()
        store.write_content(db, settings.graph, how, [items[n].node for n in have], fused.vectors[have])
    gone = [item.node for item, want in zip(items, wanted, strict=True) if item.content_encoder and not want]
    store.clear_content(db, settings.graph, gone)
    return (len(held), how, dim) if held else (0, None, None)


def refresh(db: Database, settings: Settings) -> int:
    """Fuse the stored vectors again after a change of weights; return the number of items with a fused vector."""
    items = store.read_items(db, settings.graph)
    parts, currents = {}, {}
    for modality in store.STORED:
        made = {n: item.encoders[modality] for n, item in enumerate(items) if modality in item.encoders}
        if len(set(made.values())) > 1:
            warn(f"{modality}: vectors of several encoders, so content is not fused: graphrec embed was interrupted")
            return 0
        parts[modality] = Modality(encoder=next(iter(made.values()), None), kept=len(made))
        currents[modality] = {n: items[n].hashes.get(modality, "") for n in made}
    held, _, length = update_content(db, settings, items, parts, currents)
    store.ensure_indexes(db, settings.graph, {"content": length})
    return held


def _fuse(db: Database, settings: Settings, items: Sequence[Item], learned: NDArray[np.float32] | None) -> Block:
    nodes = [item.node for item in items]
    if settings.content.fusion != "llm":
        return fuse(store.read_vectors(db, settings.graph, nodes), settings.content, learned)
    read = store.read_vectors(db, settings.graph, nodes, [READING])[READING]
    length = np.linalg.norm(read.vectors, axis=1, keepdims=True)
    return Block((read.vectors / np.where(length > 0, length, 1)).astype(np.float32), read.mask)


def _length(content: ContentSettings, parts: Sequence[Modality]) -> int:
    """Return the length of the fused vectors."""
    if content.fusion != "concat":
        return content.dim
    length = sum(part.dim or 0 for part in parts if part.vectors)
    if length > MAX_DIM:
        raise ConfigError(
            f"[content] fusion = 'concat' makes vectors of {length} dimensions; Neo4j indexes {MAX_DIM}",
            hint="use fusion = 'mean'",
        )
    return length


def _item_weights(items: Sequence[Item]) -> NDArray[np.float32]:
    """Return the published run's weights of each item's modalities, float32 [n, 3]; 1 where missing."""
    weights = np.ones((len(items), len(MODALITIES)), np.float32)
    known = [n for n, item in enumerate(items) if item.weights]
    if not known:
        warn("no published run has learned weights of the items' modalities yet: they count equally")
    for n in known:
        weights[n] = items[n].weights
    return weights
