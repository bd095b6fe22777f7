"""Encode images without pretrained weights, by colours and edge directions.

Classical, deterministic descriptors computed by scikit-image: a joint histogram of colours (Swain and Ballard 1991)
in CIELAB, a perceptually uniform space, and histograms of oriented gradients (Dalal and Triggs 2005).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from graphrec.common.hashing import digest
from graphrec.common.libraries import library
from graphrec.content.encoder import Kind, Vectors
from graphrec.content.files import Media
from graphrec.content.image_file import read_picture

_SIDE, _COLOUR_SIDE = 96, 64
#: Bins of lightness, green–red and blue–yellow; rare colours beyond the last edge count into the last bin.
_BINS = (8, 8, 8)
_LOW, _HIGH = np.array([0.0, -80.0, -80.0]), np.array([100.0, 80.0, 80.0])
#: Smoothing in bins, so that similar colours share bins.
_BLUR = 0.5
_DIRECTIONS, _CELL, _BLOCK = 8, 48, 2
_VERSION = "2"


class ClassicalImageEncoder:
    """Colour and gradient histograms.

    Raises
    ------
    LibraryError
        scikit-image does not load.
    """

    name = "classical-colour-gradient"
    kind: Kind = "classical"
    fingerprint = digest(name, str((_SIDE, _COLOUR_SIDE, _BINS, _BLUR, _DIRECTIONS, _CELL, _BLOCK)), _VERSION)
    dim = int(np.prod(_BINS)) + _DIRECTIONS * (_SIDE // _CELL) ** 2

    def __init__(self) -> None:
        _skimage()

    def read(self, path: Media) -> Image.Image:
        """Read an image file; raises InputError."""
        return read_picture(path)

    def encode(self, batch: Sequence[Image.Image]) -> Vectors:
        """Return float32 [len(batch), 544] of unit length."""
        return np.stack([_describe(image) for image in batch]) if batch else np.zeros((0, self.dim), np.float32)


@cache
def _skimage() -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return scikit-image's ``rgb2lab`` and ``hog``."""
    with library("skimage"):
        from skimage.color import rgb2lab
        from skimage.feature import hog
    return rgb2lab, hog


def _describe(image: Image.Image) -> NDArray[np.float32]:
    whole = np.concatenate([_unit(_colours(image)), _unit(_edges(image))])
    described: NDArray[np.float32] = _unit(whole).astype(np.float32)
    return described


def _colours(image: Image.Image) -> NDArray[np.float64]:
    rgb2lab, _ = _skimage()
    lab = rgb2lab(_pixels(image, _COLOUR_SIDE)).reshape(-1, 3).clip(_LOW, _HIGH)
    counts, _ = np.histogramdd(lab, bins=_BINS, range=list(zip(_LOW, _HIGH, strict=True)))
    # Square roots: Euclidean becomes Hellinger distance, and a flat background does not dominate.
    rooted: NDArray[np.float64] = np.sqrt(gaussian_filter(counts, _BLUR, mode="constant")).ravel()
    return rooted


def _edges(image: Image.Image) -> NDArray[np.float64]:
    _, hog = _skimage()
    described: NDArray[np.float64] = hog(
        _pixels(image.convert("L"), _SIDE),
        orientations=_DIRECTIONS,
        pixels_per_cell=(_CELL, _CELL),
        cells_per_block=(_BLOCK, _BLOCK),
        block_norm="L1-sqrt",
    )
    return described


def _pixels(image: Image.Image, side: int) -> NDArray[np.uint8]:
    return np.asarray(image.resize((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0))


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    # An image of one flat colour has no edges: the gradient part stays zero.
    return vector / max(float(np.linalg.norm(vector)), 1e-9)
