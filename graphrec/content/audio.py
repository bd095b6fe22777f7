"""Sound → vector: statistics of mel-frequency cepstral coefficients.

Mean and standard deviation over time of 20 coefficients and of their changes (Tzanetakis and Cook 2002 describe a
sound by such statistics): 80 numbers that say what a sound is like, and nothing of its tune or words.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphrec.content.encoder import Vectors, check_finite, digest
from graphrec.errors import EncoderError, InputError

if TYPE_CHECKING:
    import soundfile

#: Samples per second that the encoder hears; sound above 8 kHz tells little about what a sound is.
RATE = 16_000
#: Seconds of a clip that are read; the rest of a long one never enters memory.
MAX_SECONDS = 60
_SILENCE = 1e-5
_COEFFICIENTS, _MELS, _WINDOW, _HOP = 20, 40, 512, 160
_VERSION = "1"

Wave = NDArray[np.float32]


class MfccEncoder:
    """MFCC statistics of a mono signal at 16 kHz."""

    name = "mfcc"
    fingerprint = digest(name, str((RATE, MAX_SECONDS, _COEFFICIENTS, _MELS, _WINDOW, _HOP)), _VERSION)
    dim = 4 * _COEFFICIENTS

    def __init__(self) -> None:
        from torchaudio.transforms import MFCC

        self._mfcc = MFCC(RATE, _COEFFICIENTS, melkwargs={"n_fft": _WINDOW, "hop_length": _HOP, "n_mels": _MELS})

    def encode(self, batch: Sequence[Wave]) -> Vectors:
        """Return float32 [len(batch), 80]; loudness does not count."""
        rows = [self._describe(wave) for wave in batch]
        return check_finite(np.stack(rows) if rows else np.zeros((0, self.dim), np.float32), self.name)

    def _describe(self, wave: Wave) -> Wave:
        import torch
        from torchaudio.functional import compute_deltas

        signal = torch.from_numpy(wave / np.sqrt(np.mean(wave**2)))
        if len(signal) < 2 * _WINDOW:  # the shortest clicks: a window needs something to stand on
            signal = torch.nn.functional.pad(signal, (0, 2 * _WINDOW - len(signal)))
        with torch.inference_mode():
            frames = self._mfcc(signal)
            changes = compute_deltas(frames)
            parts = [s for block in (frames, changes) for s in (block.mean(dim=1), block.std(dim=1))]
            described: Wave = torch.cat(parts).numpy()
        return described


def open_audio(name: str) -> MfccEncoder:
    """Open an audio encoder; ``mfcc`` (or ``auto``) is the only one.

    Raises
    ------
    EncoderError
        Another name.
    """
    if name not in ("auto", "mfcc"):
        raise EncoderError(f"there is no audio encoder {name!r}", hint="known: mfcc, none")
    return MfccEncoder()


def read_wave(path: Path) -> Wave:
    """Read the first minute of a sound file (WAV, FLAC, OGG, MP3, …), mixed to mono, at 16 kHz.

    Raises
    ------
    InputError
        The file is missing, is not sound, is empty, silent or holds numbers that are none.
    """
    import soundfile

    if not path.is_file():
        raise InputError("no such file")
    try:
        with soundfile.SoundFile(path) as file:
            rate = int(file.samplerate)
            mono = _mono(file)
    except (soundfile.SoundFileError, OSError, ValueError, TypeError, MemoryError) as error:
        raise InputError(f"not a readable sound file: {error}") from error
    if not len(mono):
        raise InputError("empty: no samples")
    if not np.isfinite(mono).all():
        raise InputError("holds NaN or infinite samples")
    wave = _resample(mono, rate)
    if np.sqrt(np.mean(wave**2)) < _SILENCE:
        raise InputError("silent")
    return wave


def _mono(file: soundfile.SoundFile) -> Wave:
    if not 1_000 <= file.samplerate <= 768_000:
        raise InputError(f"a sample rate of {file.samplerate} Hz")
    parts, wanted = [], MAX_SECONDS * file.samplerate
    # Block by block: a clip of hours, or of many channels, costs no more memory than its first minute in mono.
    for block in file.blocks(blocksize=65_536, dtype="float32", always_2d=True):
        parts.append(block.mean(axis=1)[:wanted])
        wanted -= len(parts[-1])
        if wanted <= 0:
            break
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _resample(mono: Wave, rate: int) -> Wave:
    import torch
    from torchaudio.functional import resample

    # The filter bank grows with RATE / gcd: an odd rate such as 44,101 Hz would ask for gigabytes. The nearest
    # hundred is at most 5 % off at 1 kHz and 0.1 % at 44 kHz, below what these statistics can tell.
    near = rate if np.gcd(rate, RATE) >= 25 else max(100, round(rate / 100) * 100)
    resampled: Wave = resample(torch.from_numpy(mono), near, RATE).numpy()
    return resampled
