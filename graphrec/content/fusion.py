"""Fuse the modality vectors of an item into one.

Each modality is standardised over the items that have it and scaled to unit length, so that none dominates by scale.
``concat`` concatenates them. ``mean`` and ``weighted`` first reduce them to ``dim`` dimensions by principal
components, if they have more, then apply a fixed random rotation per modality. Without the rotation the leading
components of text and image would share axes and be added as if they had the same meaning.
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

#: Most dimensions of a Neo4j vector index.
MAX_DIM = 4096
_VERSION = "1"
_FLOOR = 0.1


@dataclass(frozen=True)
class Block:
    """One modality of all items: ``vectors`` float32 [n, d], and ``mask`` bool [n], false where an item has none."""

    vectors: Vectors
    mask: NDArray[np.bool_]


def fusion_label(settings: ContentSettings, inputs: list[str]) -> str:
    """Return the label stored with a fused vector; it changes with the settings and any item's ``inputs``."""
    how = f"{settings.fusion}-{settings.dim}" if settings.fusion != "concat" else "concat"
    return f"{how}@{digest(how, str(modality_weights(settings)), _VERSION, *inputs)}"


def modality_weights(settings: ContentSettings) -> dict[str, float]:
    """Return the weight of each modality; 1 if ``weights`` does not name it.

    Raises
    ------
    ConfigError
        All weights are 0.
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
        Uses ``fusion``, ``weights`` and ``dim``.
    item_weights
        Weights of text, image and audio per item, float32 [n, 3], not negative. Equal weights if absent, or if an
        item has weight 0 on all of its modalities. Ignored by ``concat``.

    Returns
    -------
    Block
        Unit vectors; the mask is false for items with no modality of positive weight.

    Raises
    ------
    ConfigError
        No modality has a positive weight, or the concatenation is too long for an index.
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
    """Return each item's weights of the modalities used, [n, len(used)]; they sum to 1 over those that it has."""
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
    # A nearly constant dimension is noise; dividing by its tiny deviation would make it dominate.
    floor = _FLOOR * float(np.sqrt(np.mean(spread**2)))
    scaled = centred / np.maximum(spread, floor) if floor > 1e-9 else centred
    # An item at the mean (if all items are alike) has no direction: use its original vector.
    still = np.linalg.norm(scaled, axis=1) < 1e-6
    scaled[still] = raw[still]
    result = np.zeros(block.vectors.shape)
    result[block.mask] = _unit(scaled)
    return result


def _place(vectors: NDArray[np.float64], mask: NDArray[np.bool_], modality: str, dim: int) -> NDArray[np.float64]:
    """Project unit rows [n, d] to [n, dim], preserving distances as far as possible."""
    if vectors.shape[1] > dim:
        present = vectors[mask]
        # Eigenvalues ascend: the last columns explain most. No centring, as the rows are nearly centred.
        _, axes = np.linalg.eigh(present.T @ present)
        axes = axes[:, ::-1][:, :dim]
        axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(dim)])  # an eigenvector's sign is arbitrary
        kept = vectors @ axes
        lost = mask & (np.linalg.norm(kept, axis=1) < 1e-6)
        kept[lost] = vectors[lost][:, :dim]
        vectors = _unit(kept)
    rng = np.random.default_rng(MODALITIES.index(modality))
    turn, _ = np.linalg.qr(rng.standard_normal((dim, vectors.shape[1])))
    placed: NDArray[np.float64] = vectors @ turn.T
    return placed


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale rows to length 1; keep rows of zeros."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: NDArray[np.float64] = rows / np.where(length > 0, length, 1)
    return scaled
