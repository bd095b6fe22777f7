"""Image file → RGB picture, or the reason why not."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from graphrec.common.errors import InputError
from graphrec.content.files import check_regular

#: Larger pictures are refused before they are decoded: 50 megapixels of RGB are 150 MB.
MAX_PIXELS = 50_000_000
#: How many times longer than wide a picture may be: encoders scale its shorter side, and the longer one along with it.
MAX_ASPECT = 100
#: Pictures are shrunk while they are read, but their shorter side never below this; encoders that look at more say so.
SIDE = 512
#: What is opened: no EPS, which Ghostscript would run as a program, and no formats that are not pictures to look at.
_FORMATS = ("AVIF", "BMP", "GIF", "ICO", "JPEG", "JPEG2000", "MPO", "PCX", "PNG", "PPM", "TGA", "TIFF", "WEBP")


def read_picture(path: Path, side: int = SIDE) -> Image.Image:
    """Read an image upright, in RGB, transparency on white; of an animation the first frame.

    Parameters
    ----------
    path
        The file.
    side
        Pixels of the shorter side that the reader has use for.

    Raises
    ------
    InputError
        The file is missing, is not an image, is truncated or corrupt, or is too large to decode.
    """
    check_regular(path)
    try:
        with Image.open(path, formats=_formats()) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise InputError(f"{width}×{height} pixels are more than {MAX_PIXELS // 1_000_000} million")
            if width < 2 or height < 2:
                raise InputError(f"{width}×{height} pixels are too few")
            if max(width, height) > MAX_ASPECT * min(width, height):
                raise InputError(f"{width}×{height} pixels are a line, not a picture")
            image.draft("RGB", (side, side))  # a JPEG is decoded at a fraction of its size, quickly
            image.load()
            # Whatever else is large is shrunk now: the pictures of a batch are in memory together.
            return _shrink(_rgb(_upright(image)), side)
    except InputError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError("too many pixels (a decompression bomb?)") from error
    except MemoryError as error:
        raise InputError("too large for this machine's memory") from error
    except UnidentifiedImageError as error:
        raise InputError("not a readable image: of no known format") from error
    except Exception as error:  # decoders raise nearly anything on hostile bytes: SyntaxError, struct.error, KeyError
        raise InputError(f"not a readable image: {error}") from error


@functools.cache
def _formats() -> tuple[str, ...]:
    """Return those of the formats that the installed Pillow knows: it stumbles over others."""
    Image.init()
    return tuple(name for name in _FORMATS if name in Image.OPEN)


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF data, in nearly any way; the picture itself is fine
        return image


def _shrink(image: Image.Image, side: int) -> Image.Image:
    factor = min(image.size) // side
    # Four times the side is what a long strip may have left of it, if that is more than its shorter side allows.
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
    """Make a bomb's warning an error and silence the rest. Not thread-safe: enter before the threads start."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield
