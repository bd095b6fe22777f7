"""Generate a small PNG poster and WAV theme per item that reflect the item's taste."""

from __future__ import annotations

import math
import wave
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from graphrec.datasets.sample.vocabulary import Colour, Shape, Taste, Timbre

WIDTH, HEIGHT = 160, 240
#: Samples per second, and seconds: 32 kB per theme.
RATE, SECONDS = 8000, 2.0


def write_poster(path: Path, taste: Taste, title: str, rng: np.random.Generator) -> None:
    """Draw the poster of one item: palette and shape of its taste with jitter, and its title."""
    back, front, ink = (_jitter(colour, rng) for colour in taste.palette)
    image = Image.new("RGB", (WIDTH, HEIGHT), back)
    draw = ImageDraw.Draw(image)
    _shapes(draw, taste.shape, front, rng)
    draw.rectangle((0, HEIGHT - 62, WIDTH, HEIGHT), fill=back)
    for row, line in enumerate(_wrap(title)):
        draw.text((WIDTH / 2, HEIGHT - 48 + 22 * row), line, fill=ink, font=_font(), anchor="mm")
    # 64 colours: a third of the bytes, and tests decoders on palette-mode PNG files, which are common.
    image.quantize(64).save(path, optimize=False)


def write_theme(path: Path, timbre: Timbre, rng: np.random.Generator) -> None:
    """Write the theme of one item: a random tune in the timbre and tempo of its taste, 16-bit mono."""
    # Convert to 16 bits like libsndfile: round at 32 bits and cut off the lower half.
    samples = (np.rint(_tune(timbre, rng).astype(np.float64) * 2**31).astype(np.int64) >> 16).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


def _jitter(colour: Colour, rng: np.random.Generator) -> Colour:
    r, g, b = (int(np.clip(c + rng.integers(-22, 23), 0, 255)) for c in colour)
    return r, g, b


@cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(16)


def _wrap(title: str, width: int = 18) -> list[str]:
    """Wrap the title to at most two lines."""
    if len(title) <= width:
        return [title]
    words = title.split()
    cut = min(range(1, len(words)), key=lambda n: abs(len(" ".join(words[:n])) - len(" ".join(words[n:]))), default=1)
    return [" ".join(words[:cut]), " ".join(words[cut:])]


def _shapes(draw: ImageDraw.ImageDraw, shape: Shape, colour: Colour, rng: np.random.Generator) -> None:
    floor = HEIGHT - 62
    x, y = (int(v) for v in (rng.integers(30, WIDTH - 30), rng.integers(40, floor - 40)))
    match shape:
        case "rings":
            for radius in range(12, 90, int(rng.integers(12, 20))):
                draw.ellipse((x - radius, y - radius // 2, x + radius, y + radius // 2), outline=colour, width=3)
        case "bars":
            for left in range(int(rng.integers(4, 16)), WIDTH, int(rng.integers(18, 28))):
                draw.rectangle((left, 0, left + 8, floor), fill=colour)
        case "hills":
            for top in range(int(rng.integers(50, 90)), floor, 34):
                line = [(i, top + 12 * math.sin(i / 22 + top + x)) for i in range(0, WIDTH + 1, 8)]
                draw.line(line, fill=colour, width=14, joint="curve")
        case "dots":
            for _ in range(int(rng.integers(12, 20))):
                cx, cy, r = rng.integers(0, WIDTH), rng.integers(0, floor), int(rng.integers(6, 15))
                draw.ellipse((int(cx) - r, int(cy) - r, int(cx) + r, int(cy) + r), fill=colour)
        case "spikes":
            for left in range(0, WIDTH, int(rng.integers(18, 30))):
                draw.polygon([(left, 0), (left + 18, 0), (left + 9, int(rng.integers(60, floor)))], fill=colour)
        case "stripes":
            for left in range(-HEIGHT, WIDTH, int(rng.integers(34, 50))):
                draw.line((left, floor, left + floor, 0), fill=colour, width=12)


def _tune(timbre: Timbre, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return one theme, float32 [RATE × SECONDS], peak 0.8."""
    total = int(RATE * SECONDS)
    tempo = timbre.tempo * rng.uniform(0.9, 1.1)
    out = timbre.noise * rng.standard_normal(total)
    for start in np.arange(0, SECONDS, 1 / tempo):
        first = int(start * RATE)
        t = np.arange(total - first) / RATE
        pitch = rng.choice(timbre.notes) * rng.choice((0.5, 1.0, 1.0, 1.5))
        # Partials above the Nyquist frequency would alias to noise.
        partials = [(k, a) for k, a in enumerate(timbre.harmonics, 1) if k * pitch < RATE / 2]
        note = sum((a * np.sin(2 * np.pi * k * pitch * t) for k, a in partials), np.zeros_like(t))
        out[first:] += note * np.exp(-timbre.decay * t) * np.minimum(1, t / 0.01)
    theme: NDArray[np.float32] = (0.8 * out / np.abs(out).max()).astype(np.float32)
    return theme
