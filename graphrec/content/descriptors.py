"""Images without pretrained weights: where the colours are, and which way the edges run.

Classical descriptors, deterministic and honest about it: colour histograms on a grid (Swain and Ballard 1991) and
histograms of oriented gradients (Dalal and Triggs 2005), 208 numbers in all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from graphrec.content.encoder import Vectors, digest

SIDE = 96
_HUES, _TONES, _DIRECTIONS = 8, 4, 8
_COLOUR_GRID, _EDGE_GRID = 2, 3
_JOINT = (8, 3, 3)
_VERSION = "1"


class ClassicalImageEncoder:
    """Colour and gradient histograms."""

    name = "classical-colour-gradient"
    fingerprint = digest(name, _VERSION)
    dim = _COLOUR_GRID**2 * (_HUES + 2 * _TONES) + int(np.prod(_JOINT)) + _EDGE_GRID**2 * _DIRECTIONS

    def encode(self, batch: Sequence[Image.Image]) -> Vectors:
        """Return float32 [len(batch), 208] of unit length."""
        return np.stack([_describe(image) for image in batch]) if batch else np.zeros((0, self.dim), np.float32)


def _describe(image: Image.Image) -> NDArray[np.float32]:
    small = image.resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    hsv = np.asarray(small.convert("HSV"), dtype=np.float32) / 256.0
    grey = np.asarray(small.convert("L"), dtype=np.float32) / 255.0
    blocks = [*_colours(hsv), _joint(hsv), *_edges(grey)]
    # Square roots of shares: Euclidean distance becomes Hellinger's, and one flat background does not drown the rest.
    whole = np.concatenate([np.sqrt(b / max(b.sum(), 1e-9)) for b in blocks])
    described: NDArray[np.float32] = (whole / np.linalg.norm(whole)).astype(np.float32)
    return described


def _cells(array: NDArray[Any], grid: int) -> list[NDArray[Any]]:
    return [part for row in np.array_split(array, grid, axis=0) for part in np.array_split(row, grid, axis=1)]


def _colours(hsv: NDArray[np.float32]) -> list[NDArray[np.float64]]:
    """Per cell: hue (weighted by how colourful the pixel is), saturation, value."""
    blocks: list[NDArray[np.float64]] = []
    for cell in _cells(hsv, _COLOUR_GRID):
        hue, saturation, value = (cell[..., c].ravel() for c in range(3))
        # A thousandth keeps the hues of a grey cell even instead of undefined.
        blocks.append(_soft(hue, _HUES, saturation * value + 1e-3, round_trip=True))
        blocks += [_soft(tone, _TONES, np.ones_like(tone)) for tone in (saturation, value)]
    return blocks


def _soft(
    values: NDArray[np.float32], n: int, weights: NDArray[Any], *, round_trip: bool = False
) -> NDArray[np.float64]:
    """Count ``values`` of [0, 1) in ``n`` bins, each shared by the two nearest: a small change moves little."""
    place = values * n - 0.5
    low = np.floor(place).astype(int)
    share = place - low
    low, high = (bins % n if round_trip else bins.clip(0, n - 1) for bins in (low, low + 1))
    return _count(low, n, weights * (1 - share)) + _count(high, n, weights * share)


def _joint(hsv: NDArray[np.float32]) -> NDArray[np.float64]:
    bins = [(hsv[..., c].ravel() * n).astype(int) for c, n in enumerate(_JOINT)]
    return _count(np.ravel_multi_index(bins, _JOINT), int(np.prod(_JOINT)))


def _count(bins: NDArray[Any], n: int, weights: NDArray[Any] | None = None) -> NDArray[np.float64]:
    return np.bincount(bins, weights, n).astype(np.float64)


def _edges(grey: NDArray[np.float32]) -> list[NDArray[np.float64]]:
    """Per cell: unsigned gradient directions, weighted by strength."""
    down, right = np.gradient(grey)
    strength = np.hypot(down, right)
    direction = np.mod(np.arctan2(down, right), np.pi) / np.pi
    index = np.minimum((direction * _DIRECTIONS).astype(int), _DIRECTIONS - 1)
    pairs = zip(_cells(index, _EDGE_GRID), _cells(strength, _EDGE_GRID), strict=True)
    return [_count(i.ravel(), _DIRECTIONS, s.ravel() + 1e-3) for i, s in pairs]
