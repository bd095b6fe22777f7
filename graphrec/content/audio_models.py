"""Encode audio with transformers models, including CLAP-like ones that embed texts in the same space.

Examples: AST, CLAP, the encoder of Whisper, wav2vec 2.0 and similar models. A clip longer than the model's input is
encoded window by window, and the vectors are averaged.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from graphrec.common.errors import EncoderError
from graphrec.common.hashing import digest_files
from graphrec.common.libraries import library
from graphrec.content.audio_file import MAX_SECONDS, Wave, check_libraries, read_wave
from graphrec.content.clip_like import TextTower, as_vectors, features, has_pooler, is_space, open_tower, probe, unit
from graphrec.content.encoder import Kind, Vectors
from graphrec.content.files import Media
from graphrec.content.hub import deciding_files, load_part

HINT = (
    "audio = 'mfcc' (or 'auto'), which needs no weights, a directory with a transformers audio model "
    "(AST, CLAP, Whisper, wav2vec 2.0, …), ORG/NAME on the hub, or 'none'"
)
_WHAT = "audio encoder"
_VERSION = "1"
#: Weights that a checkpoint may lack: those for training only, and those of a decoder.
_UNUSED = ("pooler.", "masked_spec_embed", "decoder.")
#: Windows per forward pass.
_TOGETHER = 8
#: Seconds: default window; shortest clip, padded with silence; shortest rest after whole windows that is encoded.
_WINDOW, _SHORTEST, _REST = 10.0, 0.1, 1.0


class HearingEncoder:
    """A transformers audio model with its feature extractor.

    Parameters
    ----------
    name
        The encoder's name as in the settings.
    folder
        The model's directory.
    model
        The loaded model.

    Raises
    ------
    EncoderError
        The directory has no feature extractor, or the model cannot encode audio alone.
    """

    kind: Kind = "pretrained"

    def __init__(self, name: str, folder: Path, model: Any) -> None:
        check_libraries()
        with library("transformers"):
            from transformers import AutoFeatureExtractor

        self.name, self._model = name, model
        self._extractor: Any = load_part(folder, AutoFeatureExtractor, what=_WHAT, hint=HINT)
        if not hasattr(self._extractor, "sampling_rate"):
            raise EncoderError(f"{folder} is a {model.config.model_type} model, not an {_WHAT}", hint=HINT)
        self.rate = int(self._extractor.sampling_rate)
        self._space = is_space(model, "audio")
        self._pooler = self._space or has_pooler(model, folder)
        # Of an encoder–decoder model, use the encoder.
        self._listener: Any = model.get_encoder() if getattr(model.config, "is_encoder_decoder", False) else model
        self._takes = set(inspect.signature(self._listener.forward).parameters)
        self.window = min(_seconds(self._extractor, self._takes), float(MAX_SECONDS))
        self.fingerprint = digest_files(deciding_files(folder), str(self.window), str(MAX_SECONDS), _VERSION)
        hum = np.sin(np.arange(self.rate, dtype=np.float32) * 0.1)
        vectors = probe(lambda: self.encode([hum]), name, "does not work as an audio encoder", HINT)
        self.dim = int(vectors.shape[1])

    def read(self, path: Media) -> Wave:
        """Read an audio file at the model's rate, a long one as evenly spaced windows; raises InputError."""
        return read_wave(path, self.rate, self.window)

    def encode(self, batch: Sequence[Wave]) -> Vectors:
        """Return float32 [len(batch), dim] of mono signals at ``rate``: means over their windows."""
        pieces = [(n, piece) for n, wave in enumerate(batch) for piece in self._cut(wave)]
        # Batch only windows of equal length: models without a mask would encode the padding.
        pieces.sort(key=lambda pair: len(pair[1]))
        sums: dict[int, Any] = {}
        start = 0
        while start < len(pieces):
            length = len(pieces[start][1])
            group = [p for p in pieces[start : start + _TOGETHER] if len(p[1]) == length]
            for (n, _), vector in zip(group, self._encode([piece for _, piece in group]), strict=True):
                whole, weight = sums.get(n, (0.0, 0))
                sums[n] = whole + length * vector.astype(np.float64), weight + length
            start += len(group)
        rows = [sums[n][0] / sums[n][1] for n in range(len(batch))]
        return np.stack(rows).astype(np.float32) if rows else np.zeros((0, self.dim), np.float32)

    def _cut(self, wave: Wave) -> list[Wave]:
        size, shortest = round(self.window * self.rate), round(_SHORTEST * self.rate)
        if len(wave) < shortest:
            return [np.pad(wave, (0, shortest - len(wave)))]
        pieces = [wave[start : start + size] for start in range(0, len(wave), size)]
        return pieces[:-1] if len(pieces) > 1 and len(pieces[-1]) < min(_REST * self.rate, size) else pieces

    def _encode(self, waves: list[Wave]) -> Vectors:
        import torch

        inputs = self._extractor(waves, sampling_rate=self.rate, return_tensors="pt", **self._options())
        mask = inputs.get("attention_mask")
        if "is_longer" in inputs:  # CLAP's extractor marks a random clip as long if none is
            inputs["is_longer"] = torch.zeros_like(inputs["is_longer"])
        inputs = inputs.to(self._model.device)
        with torch.inference_mode():
            if self._space:
                vectors = unit(features(self._model.get_audio_features(**inputs)))
            else:
                output = self._listener(**{k: v for k, v in inputs.items() if k in self._takes})
                pooled = getattr(output, "pooler_output", None) if self._pooler else None
                vectors = _mean(output.last_hidden_state, mask) if pooled is None else pooled
        return as_vectors(vectors, self.name)

    def _options(self) -> dict[str, Any]:
        # Extractors that pad to a fixed length, such as Whisper's, return the mask only on request.
        asks = "return_attention_mask" in inspect.signature(self._extractor.__call__).parameters
        return {"return_attention_mask": True} if asks else {}


class ClapEncoder(HearingEncoder):
    """A model that embeds audio and texts in one space, such as CLAP.

    Parameters
    ----------
    name, folder, model
        See :class:`HearingEncoder`.
    """

    def __init__(self, name: str, folder: Path, model: Any) -> None:
        super().__init__(name, folder, model)
        self._texts = TextTower(name, model, folder, what=_WHAT, hint=HINT)

    def encode_text(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors float32 [len(texts), dim], comparable with those of audio."""
        return self._texts.encode(texts) if texts else np.zeros((0, self.dim), np.float32)


def open_hearing(name: str, root: Path) -> HearingEncoder:
    """Open a transformers audio model.

    Parameters
    ----------
    name
        A directory (relative to ``root`` or absolute), or a name on the Hugging Face hub.
    root
        The project's root.

    Raises
    ------
    EncoderError
        The model is unavailable, or not an audio model.
    """
    return open_tower(name, root, HearingEncoder, ClapEncoder, of="audio", what=_WHAT, hint=HINT, unused=_UNUSED)


def _seconds(extractor: Any, takes: set[str]) -> float:
    """Return the seconds of a model's input; Whisper and CLAP give seconds, AST frames of 10 ms."""
    for name in ("chunk_length", "max_length_s"):
        if isinstance(said := getattr(extractor, name, None), int | float):
            return float(said)
    frames = getattr(extractor, "max_length", None)
    return frames / 100 if isinstance(frames, int) and "input_values" in takes else _WINDOW


def _mean(states: Any, mask: Any) -> Any:
    """Average states [n, length, dim] over time; ``mask`` [n, frames], finer than states, marks the audio's end."""
    import torch

    if mask is None:
        return states.mean(dim=1)
    length = states.shape[1]
    keep = [max(1, math.ceil(int(n) * length / mask.shape[1])) for n in mask.sum(dim=1)]
    return torch.stack([row[:n].mean(dim=0) for row, n in zip(states, keep, strict=True)])
