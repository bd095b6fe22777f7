"""Several vectors per item → one.

Each modality is standardised over the items that have it and brought to unit length, so that none speaks louder for
its scale. ``concat`` lays them side by side; ``mean`` and ``weighted`` first bring them into ``dim`` dimensions, by
principal components where there are more, then turn them by a fixed random rotation of the modality's own. Without
that turn the leading components of text and image would lie on the same axes and be added as if they meant the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphrec.common.errors import ConfigError
from graphrec.common.hashing import digest
from graphrec.config.schema import MODALITIES
from graphrec.config.settings import ContentSettings
from graphrec.content.encoder import Vectors

#: The longest vector that a Neo4j index takes.
MAX_DIM = 4096
_VERSION = "1"
_FLOOR = 0.1


@dataclass(frozen=True)
class Block:
    """One modality of all items: ``vectors`` float32 [n, d], and ``mask`` bool [n], false where an item has none."""

    vectors: Vectors
    mask: NDArray[np.bool_]


def fusion_label(settings: ContentSettings, inputs: list[str]) -> str:
    """Return what is stored beside a fused vector: changes with the settings or with any item's ``inputs``."""
    how = f"{settings.fusion}-{settings.dim}" if settings.fusion != "concat" else "concat"
    return f"{how}@{digest(how, str(modality_weights(settings)), _VERSION, *inputs)}"


def modality_weights(settings: ContentSettings) -> dict[str, float]:
    """Return what each modality counts; 1 where ``weights`` does not name it.

    Raises
    ------
    ConfigError
        None counts.
    """
    named: dict[str, float] = dict(settings.weights) if settings.fusion == "weighted" else {}  # type: ignore[arg-type]
    weights = {m: float(named.get(m, 1.0)) for m in MODALITIES}
    if not any(weights.values()):
        raise ConfigError("[content] weights: every modality has weight 0", hint="give one a positive weight")
    return weights


def fuse(
    blocks: Mapping[str, Block], settings: ContentSettings, item_weights: NDArray[np.float32] | None = None
) -> Block:
    """Fuse the modalities of the same n items.

    Parameters
    ----------
    blocks
        Modality → its vectors.
    settings
        ``fusion``, ``weights`` and ``dim`` count.
    item_weights
        What each item gives to text, image and audio, float32 [n, 3], none negative; every modality the same where
        absent, or where an item gives nothing to the modalities that it has. ``concat`` takes no notice.

    Returns
    -------
    Block
        Unit vectors; the mask is false for items with no modality of positive weight.

    Raises
    ------
    ConfigError
        No modality has a positive weight, or the concatenation is longer than an index takes.
    """
    weights = modality_weights(settings)
    used = [m for m in MODALITIES if m in blocks and weights[m] > 0]
    if not used:
        raise ConfigError("[content] weights: no modality that the items have weighs more than 0")
    parts = [_standardise(blocks[m]) for m in used]
    if settings.fusion == "concat":
        fused = np.concatenate(parts, axis=1)
        if fused.shape[1] > MAX_DIM:
            raise ConfigError(
                f"[content] fusion = 'concat' makes vectors of {fused.shape[1]} dimensions; Neo4j indexes {MAX_DIM}",
                hint="use fusion = 'mean'",
            )
    else:
        shares = _shares(blocks, used, item_weights)
        placed = (
            _place(p, blocks[m].mask, m, settings.dim) * weights[m] * shares[:, [n]]
            for n, (p, m) in enumerate(zip(parts, used, strict=True))
        )
        fused = np.sum(list(placed), axis=0)
    mask = np.any([blocks[m].mask for m in used], axis=0)
    return Block(_unit(fused).astype(np.float32), mask)


def _shares(
    blocks: Mapping[str, Block], used: list[str], item_weights: NDArray[np.float32] | None
) -> NDArray[np.float64]:
    """Return what each item gives to each modality used, [n, len(used)]: sums to 1 over those that it has."""
    present = np.stack([blocks[m].mask for m in used], axis=1).astype(np.float64)
    shares = present
    if item_weights is not None:
        given = item_weights[:, [MODALITIES.index(m) for m in used]] * present
        shares = np.where(given.sum(axis=1, keepdims=True) > 0, given, present)
    divided: NDArray[np.float64] = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)
    return divided


def _standardise(block: Block) -> NDArray[np.float64]:
    """Standardise over the present rows and scale each to length 1; absent rows are 0."""
    raw = block.vectors[block.mask].astype(np.float64)
    centred = raw - raw.mean(axis=0) if len(raw) > 1 else raw
    spread = centred.std(axis=0)
    # A dimension that hardly moves is noise; dividing by its tiny spread would make it the loudest.
    floor = _FLOOR * float(np.sqrt(np.mean(spread**2)))
    scaled = centred / np.maximum(spread, floor) if floor > 1e-9 else centred
    # An item that sits on the mean (all items alike) has no direction left: its own vector stands in.
    still = np.linalg.norm(scaled, axis=1) < 1e-6
    scaled[still] = raw[still]
    result = np.zeros(block.vectors.shape)
    result[block.mask] = _unit(scaled)
    return result


def _place(vectors: NDArray[np.float64], mask: NDArray[np.bool_], modality: str, dim: int) -> NDArray[np.float64]:
    """Bring unit rows [n, d] into [n, dim], distances kept as far as they can be."""
    if vectors.shape[1] > dim:
        present = vectors[mask]
        # Ascending eigenvalues: the last columns carry the most. Uncentred, the rows being centred nearly already.
        _, axes = np.linalg.eigh(present.T @ present)
        axes = axes[:, ::-1][:, :dim]
        axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(dim)])  # eigenvectors come with either sign
        kept = vectors @ axes
        lost = mask & (np.linalg.norm(kept, axis=1) < 1e-6)
        kept[lost] = vectors[lost][:, :dim]
        vectors = _unit(kept)
    rng = np.random.default_rng(MODALITIES.index(modality))
    turn, _ = np.linalg.qr(rng.standard_normal((dim, vectors.shape[1])))
    placed: NDArray[np.float64] = vectors @ turn.T
    return placed


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale rows to length 1; rows of zeros stay."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: NDArray[np.float64] = rows / np.where(length > 0, length, 1)
    return scaled
