"""Image file → RGB picture, or the reason why not."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from graphrec.errors import InputError

#: Larger pictures are refused before they are decoded: 50 megapixels of RGB are 150 MB.
MAX_PIXELS = 50_000_000
#: JPEGs are decoded at a fraction of their size, never below this side; every encoder looks at 256 or less.
_DRAFT = (512, 512)


def read_picture(path: Path) -> Image.Image:
    """Read an image upright, in RGB, transparency on white.

    Raises
    ------
    InputError
        The file is missing, is not an image, is truncated or corrupt, or is too large to decode.
    """
    if not path.is_file():
        raise InputError("no such file")
    try:
        with Image.open(path) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise InputError(f"{width}×{height} pixels are more than {MAX_PIXELS // 1_000_000} million")
            if width < 2 or height < 2:
                raise InputError(f"{width}×{height} pixels are too few")
            image.draft("RGB", _DRAFT)
            upright = ImageOps.exif_transpose(image)
            return _rgb(upright)
    except InputError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError("too many pixels (a decompression bomb?)") from error
    except MemoryError as error:
        raise InputError("too large for this machine's memory") from error
    except Exception as error:  # decoders raise nearly anything on hostile bytes: SyntaxError, struct.error, KeyError
        raise InputError(f"not a readable image: {error}") from error


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
