"""Describe images and audio in words by classical measures, without a network, as input for a language model.

The words describe how something looks or sounds, not what it shows or who plays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from graphrec.common.libraries import library

#: Increase whenever the words change.
VERSION = "1"

Wave = NDArray[np.float32]

_SIDE = 128
#: Upper limits of CIELAB hues in degrees.
_HUES = ((15, "pink"), (50, "red"), (80, "orange"), (110, "yellow"), (175, "green"), (225, "turquoise"), (310, "blue"),
    (335, "purple"), (361, "pink"))  # fmt: skip
#: Least share of a picture for a colour to be named, and to be called its main colour.
_NAMED, _MOSTLY = 0.12, 0.4
_RATE, _WINDOW, _HOP = 16_000, 512, 160
_TINY = 1e-10


def picture_words(image: Image.Image) -> str:
    """Describe a picture: light, colours, colourfulness, amount of detail.

    >>> picture_words(Image.new("RGB", (60, 90), (190, 20, 20)))
    'evenly lit, mostly red, plain'
    """
    with library("skimage"):
        from skimage import color, filters

    small = np.asarray(image.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.BOX), np.float64) / 255
    lab = color.rgb2lab(small)
    light, chroma = lab[..., 0], np.hypot(lab[..., 1], lab[..., 2])
    words = [_step(light.mean(), (18, 36, 64, 80), ("very dark", "dark", "evenly lit", "bright", "very bright"))]
    words.append(_step(light.std(), (10, 31), ("", "", "high in contrast")))
    # Not the maximum: a coloured speck does not make a photograph colourful.
    if np.percentile(chroma, 98) < 8:
        words.append("without colour")
    words.append(_colours(lab, light, chroma))
    words.append(_step(_colourfulness(small), (20, 65), ("muted" if chroma.mean() > 3 else "", "", "colourful")))
    edges: NDArray[np.float64] = filters.sobel(light / 100)  # type: ignore[no-untyped-call]
    words.append(_step(float(edges.mean()), (0.025, 0.08), ("plain", "", "busy")))
    return ", ".join(word for word in words if word)


def sound_words(wave: Wave) -> str:
    """Describe a sound (mono, 16 kHz): length, loudness, pitch, noise or tone, and its course in time.

    >>> time = np.arange(16_000) / 16_000
    >>> sound_words((0.05 * np.sin(2 * np.pi * 220 * time)).astype(np.float32))
    'very short, quiet, deep, tonal, steady'
    """
    signal = np.asarray(wave, np.float64)
    peak = np.abs(signal).max(initial=0.0)
    if peak == 0:
        return "silent"
    seconds = len(signal) / _RATE
    words = [_step(seconds, (2, 10, 30), ("very short", "short", "", "long"))]
    loudness = 20 * np.log10(np.sqrt(np.mean(signal**2)) + _TINY)
    words.append(_step(loudness, (-26, -12), ("quiet", "", "loud")))
    frames = _frames(signal / peak)
    power = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW), axis=1)) ** 2
    energy = power.sum(axis=1)
    sounding = energy > 1e-4 * energy.max()  # more than 40 dB below the loudest is a tail or a pause
    spectrum = power[sounding]
    frequencies = np.fft.rfftfreq(_WINDOW, 1 / _RATE)
    centroid = np.average(spectrum @ frequencies / spectrum.sum(axis=1), weights=np.sqrt(energy[sounding]))
    words.append(_step(centroid, (500, 1200, 2500), ("deep", "warm", "", "bright")))
    flatness = np.exp(np.log(spectrum + _TINY).mean(axis=1)) / (spectrum.mean(axis=1) + _TINY)
    words.append(_step(float(np.median(flatness)), (0.01, 0.25), ("tonal", "", "noisy")))
    return ", ".join(word for word in [*words, *_motion(power, sounding, seconds)] if word)


def _step(value: float, limits: tuple[float, ...], words: tuple[str, ...]) -> str:
    """Return the word for the range of ``value``; ``words`` has one entry more than ``limits``."""
    return words[int(np.searchsorted(limits, value, side="right"))]


def _colours(lab: NDArray[np.float64], light: NDArray[np.float64], chroma: NDArray[np.float64]) -> str:
    """Name the colours that cover most of a picture."""
    hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) % 360
    names = np.select([hue < limit for limit, _ in _HUES], [name for _, name in _HUES], "pink").astype(object)
    warm = (names == "orange") | (names == "yellow") | (names == "red")
    names[(names == "red") & (light > 68)] = "pink"
    names[warm & (hue > 42) & (light < 50)] = "brown"
    names[warm & (light > 65) & (chroma < 35)] = "beige"
    grey = chroma < 9
    names[grey] = "grey"
    names[grey & (light > 86)] = "white"
    names[(light < 16) | (grey & (light < 28))] = "black"
    found, counts = np.unique(names.astype(str), return_counts=True)
    order = np.argsort(-counts, kind="stable")[:3]
    most = [str(found[n]) for n in order if counts[n] >= _NAMED * names.size]
    if not most:
        return "of many colours"
    return ("mostly " if counts[order[0]] >= _MOSTLY * names.size else "") + _and(most)


def _and(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _colourfulness(rgb: NDArray[np.float64]) -> float:
    """Return the colourfulness of Hasler and Süsstrunk 2003, for channels from 0 to 255."""
    red, green, blue = (255 * rgb[..., c] for c in range(3))
    first, second = red - green, (red + green) / 2 - blue
    spread, distance = np.hypot(first.std(), second.std()), np.hypot(first.mean(), second.mean())
    return float(spread + 0.3 * distance)


def _frames(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    short = _WINDOW - len(signal)
    padded = np.pad(signal, (0, short)) if short > 0 else signal
    return np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]


def _motion(power: NDArray[np.float64], sounding: NDArray[np.bool_], seconds: float) -> list[str]:
    """Describe a sound's course in time: onsets, their regularity, steadiness, pauses."""
    energy = power.sum(axis=1)
    level = 10 * np.log10(energy / energy.max() + _TINY)
    before = np.concatenate([np.full(3, -100.0), level])[: len(level)]  # silence before the beginning
    # A percussive onset: 8 dB louder within 30 ms, and 5 dB down again after 0.2 s.
    blows: list[int] = []
    for frame in np.flatnonzero((level - before > 8) & (level > -25)):
        top = level[frame : frame + 5].max()
        fallen = level[frame + 20 : frame + 25]
        if (not len(fallen) or fallen.mean() < top - 5) and (not blows or frame - blows[-1] > 8):
            blows.append(int(frame))
    words = []
    if len(blows) >= max(1, seconds):
        words.append("percussive")
    gaps = np.diff(blows)
    if len(gaps) >= 3 and gaps.std() < 0.2 * gaps.mean():
        words.append("rhythmic")
    if len(level) > 20 and sounding.mean() > 0.9 and level[sounding].std() < 3 and not blows:
        words.append("steady")
    elif sounding.mean() < 0.5 and len(blows) > 1:
        words.append("with pauses")
    return words
