"""Read image files as RGB pictures, or explain why not."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from graphrec.common.errors import InputError
from graphrec.content.files import Media, readable

#: Larger pictures are refused before they are decoded: 50 megapixels of RGB are 150 MB.
MAX_PIXELS = 50_000_000
#: Largest aspect ratio: encoders scale the shorter side, and the longer one in proportion.
MAX_ASPECT = 100
#: Pictures are downscaled while they are read; pixels that the shorter side keeps unless an encoder needs more.
SIDE = 512
#: Accepted formats: no EPS, which Ghostscript would run as a program, and no non-photographic formats.
_FORMATS = ("AVIF", "BMP", "GIF", "ICO", "JPEG", "JPEG2000", "MPO", "PCX", "PNG", "PPM", "TGA", "TIFF", "WEBP")


def read_picture(path: Media, side: int = SIDE) -> Image.Image:
    """Read an image upright, in RGB, transparency on white; of an animation the first frame.

    Parameters
    ----------
    path
        The file, or embedded content.
    side
        Pixels of the shorter side that the encoder needs.

    Raises
    ------
    InputError
        The file is missing, is not an image, is truncated or corrupt, or is too large to decode.
    """
    source = readable(path)
    try:
        with Image.open(source, formats=_formats()) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise InputError(f"{width}×{height} pixels are more than {MAX_PIXELS // 1_000_000} million")
            if width < 2 or height < 2:
                raise InputError(f"{width}×{height} pixels are too few")
            if max(width, height) > MAX_ASPECT * min(width, height):
                raise InputError(f"{width}×{height} pixels are a line, not a picture")
            image.draft("RGB", (side, side))  # a JPEG is decoded at a fraction of its size, quickly
            image.load()
            # Downscale other large images now: all pictures of a batch are in memory together.
            return _shrink(_rgb(_upright(image)), side)
    except InputError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError("too many pixels (a decompression bomb?)") from error
    except MemoryError as error:
        raise InputError("too large for this machine's memory") from error
    except UnidentifiedImageError as error:
        raise InputError("not a readable image: unknown format") from error
    except Exception as error:  # decoders may raise anything on malformed bytes: SyntaxError, struct.error, KeyError
        raise InputError(f"not a readable image: {error}") from error


@functools.cache
def _formats() -> tuple[str, ...]:
    """Return the formats that the installed Pillow supports; it fails on unknown ones."""
    Image.init()
    return tuple(name for name in _FORMATS if name in Image.OPEN)


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # any error in damaged EXIF data; the picture itself is fine
        return image


def _shrink(image: Image.Image, side: int) -> Image.Image:
    factor = min(image.size) // side
    # A long strip may keep four times the side, if that is more than its shorter side allows.
    factor = max(factor, math.isqrt(image.width * image.height // (16 * side * side)))
    return image.reduce(factor) if factor > 1 else image


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":  # more than 8 bits: "convert" would clip them to white
        grey = np.asarray(image, dtype=np.float32)
        top = 65_535.0 if image.mode.startswith("I;16") else max(float(grey.max()), 1.0)
        image = Image.fromarray((grey / top * 255).clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        layers = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers).convert("RGB")
    return image.convert("RGB")


@contextmanager
def quiet() -> Iterator[None]:
    """Turn decompression-bomb warnings into errors and silence others. Not thread-safe: enter before threads start."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield
