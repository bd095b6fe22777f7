"""Encode images with transformers vision models, including CLIP-like ones that embed texts in the same space."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from graphrec.common.errors import EncoderError
from graphrec.common.hashing import digest_files
from graphrec.common.libraries import library
from graphrec.content.clip_like import TextTower, as_vectors, features, has_pooler, is_space, open_tower, probe, unit
from graphrec.content.encoder import Kind, Vectors
from graphrec.content.files import Media
from graphrec.content.hub import deciding_files, load_part
from graphrec.content.image_file import SIDE, read_picture

HINT = (
    "image = 'auto' (resnet18, or without weights classical), 'classical', a torchvision network such as 'resnet50', "
    "'resnet50:WEIGHTS.safetensors', a directory with a transformers vision model or CLIP, or ORG/NAME on the hub"
)
_WHAT = "image encoder"
_FAILING = "does not work as an image encoder"
_VERSION = "1"
#: Weights that a checkpoint may lack: a pooler, which is then not used, and those for training only.
_UNUSED = ("pooler.", "embeddings.mask_token")
#: Images per forward pass.
_TOGETHER = 32


class VisionEncoder:
    """A transformers vision model with its image processor.

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
        The directory has no image processor, or the model cannot encode images alone.
    """

    kind: Kind = "pretrained"

    def __init__(self, name: str, folder: Path, model: Any) -> None:
        with library("transformers"):
            from transformers import AutoImageProcessor

        self.name, self._model = name, model
        self._processor: Any = load_part(folder, AutoImageProcessor, what=_WHAT, hint=HINT)
        self._space = is_space(model, "image")
        self._pooler = self._space or has_pooler(model, folder)
        self.fingerprint = digest_files(deciding_files(folder), _VERSION)
        grey = Image.new("RGB", (SIDE, SIDE), (128, 128, 128))
        vectors = probe(lambda: self.encode([grey]), name, _FAILING, HINT)
        self.dim = int(vectors.shape[1])
        pixels = probe(
            lambda: self._processor(images=[grey], return_tensors="pt")["pixel_values"], name, _FAILING, HINT
        )
        self._side = max(SIDE, *pixels.shape[-2:])

    def read(self, path: Media) -> Image.Image:
        """Read an image file at the model's input size; raises InputError."""
        return read_picture(path, self._side)

    def encode(self, batch: Sequence[Image.Image]) -> Vectors:
        """Return float32 [len(batch), dim]: the pooled output, or else the mean over patches."""
        if not batch:
            return np.zeros((0, self.dim), np.float32)
        parts = [self._encode(batch[start : start + _TOGETHER]) for start in range(0, len(batch), _TOGETHER)]
        return np.concatenate(parts)

    def _encode(self, images: Sequence[Image.Image]) -> Vectors:
        import torch

        inputs = self._processor(images=list(images), return_tensors="pt").to(self._model.device)
        with torch.inference_mode():
            if self._space:
                vectors = unit(features(self._model.get_image_features(**inputs)))
            else:
                vectors = self._pooled(self._model(**inputs))
        if len(vectors) != len(images):
            raise EncoderError(f"{self.name!r} makes {len(vectors)} vectors of {len(images)} pictures", hint=HINT)
        return as_vectors(vectors, self.name)

    def _pooled(self, output: Any) -> Any:
        pooled = getattr(output, "pooler_output", None) if self._pooler else None
        if pooled is not None:
            return pooled.flatten(1)  # convolutional networks return [n, dim, 1, 1]
        states = output.last_hidden_state
        return states.mean(dim=(2, 3)) if states.ndim == 4 else states.mean(dim=1)


class ClipEncoder(VisionEncoder):
    """A model that embeds images and texts in one space: CLIP, Chinese-CLIP, SigLIP, ALIGN and others.

    Parameters
    ----------
    name, folder, model
        See :class:`VisionEncoder`.
    """

    def __init__(self, name: str, folder: Path, model: Any) -> None:
        super().__init__(name, folder, model)
        self._texts = TextTower(name, model, folder, what=_WHAT, hint=HINT)

    def encode_text(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors float32 [len(texts), dim], comparable with those of images."""
        return self._texts.encode(texts) if texts else np.zeros((0, self.dim), np.float32)


def open_vision(name: str, root: Path) -> VisionEncoder:
    """Open a transformers vision model.

    Parameters
    ----------
    name
        A directory (relative to ``root`` or absolute), or a name on the Hugging Face hub.
    root
        The project's root.

    Raises
    ------
    EncoderError
        The model is unavailable, or not a vision model.
    """
    return open_tower(name, root, VisionEncoder, ClipEncoder, of="image", what=_WHAT, hint=HINT, unused=_UNUSED)
