"""Encode audio as statistics of mel-frequency cepstral coefficients (MFCC).

Mean and standard deviation over time of 20 coefficients, and standard deviations of their first and second changes
(as in Tzanetakis and Cook 2002): 80 numbers that describe timbre, not melody or words. They cover the whole clip,
whatever its length: it is read in blocks, and only sums are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graphrec.common.errors import EncoderError
from graphrec.common.hashing import digest
from graphrec.common.libraries import library
from graphrec.content.audio_file import (
    MAX_SECONDS,
    RATE,
    Wave,
    blocks,
    check_audible,
    check_libraries,
    opened,
    read_wave,
    resample,
)
from graphrec.content.encoder import Encoder, Kind, Vectors, check_finite
from graphrec.content.files import Media

__all__ = ["MAX_SECONDS", "RATE", "Description", "MfccEncoder", "Wave", "open_audio", "read_wave"]

#: Seconds per block.
_BLOCK = 30
_COEFFICIENTS, _MELS, _WINDOW, _HOP = 20, 40, 512, 160
#: Root mean square to which a clip is scaled; 60 dB below it counts as silence in the logarithm.
_LEVEL = 0.1
_VERSION = "2"

#: Result of :meth:`MfccEncoder.read`: the vector itself, as the samples might not fit in memory.
Description: TypeAlias = NDArray[np.float64]


class MfccEncoder:
    """MFCC statistics of a mono signal at 16 kHz, independent of loudness.

    Raises
    ------
    LibraryError
        soundfile or torchaudio does not load.
    """

    name = "mfcc"
    kind: Kind = "classical"
    fingerprint = digest(name, str((RATE, _BLOCK, _COEFFICIENTS, _MELS, _WINDOW, _HOP, _LEVEL)), _VERSION)
    dim = 4 * _COEFFICIENTS
    rate = RATE

    def __init__(self) -> None:
        check_libraries()
        with library("torchaudio"):
            from torchaudio.transforms import MFCC

        # log_mels has a fixed floor; a decibel floor would depend on the loudest moment, unknown while streaming.
        mel = {"n_fft": _WINDOW, "hop_length": _HOP, "n_mels": _MELS}
        self._mfcc = MFCC(RATE, _COEFFICIENTS, log_mels=True, melkwargs=mel)

    def read(self, path: Media) -> Description:
        """Read a whole file and return its statistics.

        Raises
        ------
        InputError
            The file is not audio, empty, silent or damaged.
        """
        with opened(path) as file:
            samples, total = 0, 0.0
            length = _BLOCK * file.samplerate
            for block in blocks(file, length):
                samples += len(block)
                total += float(np.sum(block.astype(np.float64) ** 2))
            check_audible(samples, total / max(samples, 1))
            # Second pass, now that the loudness is known.
            file.seek(0)
            heard = (resample(block, file.samplerate, RATE) for block in blocks(file, length))
            return self._describe(heard, np.sqrt(total / samples))

    def encode(self, batch: Sequence[Wave | Description]) -> Vectors:
        """Return float32 [len(batch), 80] for results of :meth:`read`, or for signals (float32) at 16 kHz."""
        rows = [row if row.dtype == np.float64 else self.describe(row.astype(np.float32)) for row in batch]
        whole = np.stack(rows).astype(np.float32) if rows else np.zeros((0, self.dim), np.float32)
        return check_finite(whole, self.name)

    def describe(self, wave: Wave) -> Description:
        """Return the statistics of a signal at 16 kHz."""
        step = _BLOCK * RATE
        loudness = float(np.sqrt(np.mean(wave.astype(np.float64) ** 2)))
        return self._describe((wave[start : start + step] for start in range(0, len(wave), step)), loudness)

    def _describe(self, parts: Iterable[Wave], loudness: float) -> Description:
        import torch
        from torchaudio.functional import compute_deltas

        moments = _Moments(3 * _COEFFICIENTS)
        for part in parts:
            # Too short for a window: pad with zeros. At the end of a long clip such a rest is left out.
            if (missing := 2 * _WINDOW - len(part)) > 0 and moments.count:
                continue
            signal = torch.from_numpy(np.pad(part * np.float32(_LEVEL / loudness), (0, max(missing, 0))))
            with torch.inference_mode():
                frames = self._mfcc(signal)
                changes = compute_deltas(frames)
                moments.add(torch.cat([frames, changes, compute_deltas(changes)]).numpy())
        # Means of changes are omitted: they are (last − first frame) / frames, near zero in a long clip.
        return np.concatenate([moments.mean[:_COEFFICIENTS], moments.deviation()])


class _Moments:
    """Streaming mean and squared deviations over blocks of columns (Chan, Golub and LeVeque 1979)."""

    def __init__(self, width: int) -> None:
        self.count = 0
        self.mean = np.zeros(width)
        self._squares = np.zeros(width)

    def add(self, block: NDArray[Any]) -> None:
        """Add a block [width, n]."""
        block = block.astype(np.float64)
        n, mean = block.shape[1], block.mean(axis=1)
        away, whole = mean - self.mean, self.count + n
        self._squares += ((block - mean[:, None]) ** 2).sum(axis=1) + away**2 * self.count * n / whole
        self.mean = self.mean + away * n / whole
        self.count = whole

    def deviation(self) -> NDArray[np.float64]:
        """Return the standard deviation over all blocks so far."""
        spread: NDArray[np.float64] = np.sqrt(self._squares / max(self.count - 1, 1))
        return spread


def open_audio(name: str, root: Path) -> Encoder[Any]:
    """Open an audio encoder.

    Parameters
    ----------
    name
        ``mfcc`` (or ``auto``), or a transformers audio model such as AST, CLAP, Whisper or wav2vec 2.0: a directory, or
        a name on the Hugging Face hub.
    root
        The project's root; directories are relative to it.

    Raises
    ------
    EncoderError
        The encoder is unknown, or its weights are unavailable.
    """
    if name in ("auto", "mfcc"):
        return MfccEncoder()
    from graphrec.content.audio_models import HINT, open_hearing

    if "/" not in name and not (root / Path(name).expanduser()).is_dir():
        raise EncoderError(f"unknown audio encoder {name!r}", hint=HINT)
    return open_hearing(name, root)
