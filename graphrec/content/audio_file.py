"""Read audio files as mono samples at an encoder's sample rate, or explain why not.

Formats: WAV, FLAC, OGG, MP3 and others of libsndfile. Files are read and mixed to mono in blocks, so that a file
never has to fit in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphrec.common.errors import InputError
from graphrec.common.libraries import library
from graphrec.content.files import Media, readable

if TYPE_CHECKING:
    import soundfile

Wave = NDArray[np.float32]

#: Default samples per second; frequencies above 8 kHz add little information about a sound.
RATE = 16_000
#: Most seconds of a clip that :func:`read_wave` returns.
MAX_SECONDS = 60
#: Root mean square below which a clip counts as silent.
SILENCE = 1e-5
#: Full scale is 1, unscaled integers reach 2³¹; larger values would overflow in later arithmetic.
_LOUDEST = 1e10
#: Samples of all channels together that are read at once.
_PART = 1 << 20


def check_libraries() -> None:
    """Load the audio libraries, so that an encoder fails when it is opened rather than at the first file.

    Raises
    ------
    LibraryError
        soundfile or torchaudio does not load.
    """
    with library("soundfile"):
        import soundfile  # noqa: F401
    with library("torchaudio"):
        import torchaudio.functional  # noqa: F401


@contextmanager
def opened(path: Media) -> Iterator[soundfile.SoundFile]:
    """Open an audio file; turn errors inside the block into :class:`InputError`."""
    with library("soundfile"):
        import soundfile

    source = readable(path)
    try:
        with soundfile.SoundFile(source) as file:
            if not 1_000 <= file.samplerate <= 768_000:
                raise InputError(f"a sample rate of {file.samplerate} Hz")
            yield file
    except (soundfile.SoundFileError, OSError, ValueError, TypeError, MemoryError) as error:
        said = getattr(error, "error_string", None) or str(error)  # libsndfile's message, without the path
        if "not a regular file" in said:  # libsndfile's message for an MP3 file without frames
            said = "Format not recognised."
        raise InputError(f"not a readable sound file: {said.removeprefix('Error : ')}") from error


def blocks(file: soundfile.SoundFile, length: int) -> Iterator[Wave]:
    """Yield the rest of the file in mono, ``length`` samples at a time; the last block may be shorter.

    Raises
    ------
    InputError
        A sample is NaN, infinite or absurdly large.
    """
    while len(block := take(file, length)):
        yield block


def take(file: soundfile.SoundFile, length: int) -> Wave:
    """Return the next ``length`` samples in mono, fewer at the end of the file.

    Raises
    ------
    InputError
        A sample is NaN, infinite or absurdly large.
    """
    parts, at_once = [], max(1, _PART // file.channels)
    while length > 0:
        part = file.read(min(length, at_once), dtype="float32", always_2d=True)
        if not len(part):
            break
        if not np.isfinite(part).all():
            raise InputError("holds NaN or infinite samples")
        if np.abs(part).max() > _LOUDEST:
            raise InputError(f"holds samples beyond {_LOUDEST:g}, which are not audio")
        parts.append(part.mean(axis=1))
        length -= len(part)
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def read_wave(path: Media, rate: int = RATE, window: float = 10.0) -> Wave:
    """Read an audio file as mono; a long one as evenly spaced windows, joined.

    Parameters
    ----------
    path
        The file, or embedded content.
    rate
        Samples per second of the result.
    window
        Seconds per window. A clip longer than :data:`MAX_SECONDS` gives as many windows as fit into that.

    Raises
    ------
    InputError
        The file is missing, not audio, empty or silent, or has NaN or infinite samples.
    """
    with opened(path) as file:
        if file.frames > MAX_SECONDS * file.samplerate and file.seekable():
            length, count = int(window * file.samplerate), max(1, int(MAX_SECONDS / window))
            starts = np.linspace(0, file.frames - length, count).astype(int) if count > 1 else [0]
            parts = [_at(file, int(start), length) for start in starts]
        else:
            parts = [take(file, MAX_SECONDS * file.samplerate)]
        # Resample each window on its own, so that all keep the same number of samples.
        size, heard = round(window * rate), [resample(part, file.samplerate, rate) for part in parts if len(part)]
    wave = np.concatenate([h[:size] for h in heard] if len(heard) > 1 else heard or [np.zeros(0, np.float32)])
    check_audible(len(wave), float(np.mean(wave.astype(np.float64) ** 2)) if len(wave) else 0.0)
    return wave


def check_audible(samples: int, power: float) -> None:
    """Refuse an empty or silent clip.

    Parameters
    ----------
    samples
        Number of samples.
    power
        Their mean square.

    Raises
    ------
    InputError
        The clip is empty or silent.
    """
    if not samples:
        raise InputError("empty: no samples")
    if np.sqrt(power) < SILENCE:
        raise InputError("silent")


def resample(mono: Wave, rate: int, wanted: int) -> Wave:
    """Resample ``mono`` from ``rate`` to ``wanted`` samples per second."""
    import torch

    with library("torchaudio"):
        from torchaudio.functional import resample as change

    # The filter bank grows with the rates over their common divisor: an odd one such as 44,101 Hz would need
    # # gigabytes. The nearest hundred is at most 5 % off at 1 kHz and 0.1 % at 44 kHz, too little to matter here.
    near = rate if np.gcd(rate, wanted) >= 25 else max(100, round(rate / 100) * 100)
    changed: Wave = change(torch.from_numpy(mono), near, wanted).numpy()
    return changed


def _at(file: soundfile.SoundFile, start: int, length: int) -> Wave:
    file.seek(start)
    return take(file, length)
