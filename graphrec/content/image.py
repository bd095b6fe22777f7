"""Image → vector: the last layer but one of a torchvision network, or classical descriptors where there is none."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from graphrec.console import note
from graphrec.content.descriptors import ClassicalImageEncoder
from graphrec.content.encoder import Encoder, Vectors, check_finite, digest, impatient
from graphrec.errors import EncoderError, nearest

#: What ``auto`` takes where its weights can be had: small enough for thousands of pictures on two cores.
DEFAULT = "resnet18"
_VERSION = "1"


class NetworkImageEncoder:
    """A torchvision classification network without its last layer.

    Parameters
    ----------
    name
        What opens it again.
    arch
        The network's name in torchvision.
    state
        Its weights.

    Raises
    ------
    EncoderError
        torchvision has no such network, or the weights do not fit it.
    """

    def __init__(self, name: str, arch: str, state: dict[str, Any]) -> None:
        import torch
        import torchvision

        self.name = name
        # These two have auxiliary heads, which serve training alone, and warn unless told not to initialise.
        options = {"init_weights": False} if arch in ("googlenet", "inception_v3") else {}
        model = torchvision.models.get_model(arch, weights=None, **options)
        linear = [(path, m) for path, m in model.named_modules() if isinstance(m, torch.nn.Linear)]
        if not linear:
            raise EncoderError(f"{arch!r} ends in no linear layer that could be taken off", hint="try resnet18")
        head, layer = linear[-1]
        self.dim = int(layer.in_features)
        parent, _, leaf = head.rpartition(".")
        setattr(model.get_submodule(parent), leaf, torch.nn.Identity())
        # A network trained on other classes than ImageNet's has another head, and that is fine.
        body = {k: v for k, v in state.items() if not k.startswith(head + ".")}
        try:
            model.load_state_dict(body)
        except RuntimeError as error:
            reason = str(error).splitlines()[1].strip() if "\n" in str(error) else str(error)
            raise EncoderError(f"{name!r}: the weights do not fit {arch}: {reason}", hint="check arch:path") from error
        model.train(False)
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._model = model.to(self._device)
        self._transform = torchvision.models.get_model_weights(arch).DEFAULT.transforms()
        raw = [part for k in sorted(body) for part in (k, body[k].contiguous().numpy().tobytes())]
        self.fingerprint = digest(arch, str(self._transform), *raw, _VERSION)

    def encode(self, batch: Sequence[Image.Image]) -> Vectors:
        """Return float32 [len(batch), dim]."""
        import torch

        if not batch:
            return np.zeros((0, self.dim), np.float32)
        with torch.inference_mode():
            pixels = torch.stack([self._transform(image) for image in batch])
            vectors = self._model(pixels.to(self._device))
        return check_finite(vectors.float().cpu().numpy(), self.name)


def open_image(name: str, root: Path) -> Encoder[Image.Image]:
    """Open an image encoder.

    Parameters
    ----------
    name
        ``auto``, ``classical``, a torchvision network such as ``resnet50`` with its pretrained weights, or
        ``resnet50:weights.safetensors`` with one's own.
    root
        The project's root, against which a path is read.

    Raises
    ------
    EncoderError
        There is no such network, or its weights cannot be had.
    """
    if name in ("classical", ClassicalImageEncoder.name):
        return ClassicalImageEncoder()
    if name == "auto":
        try:
            return NetworkImageEncoder(DEFAULT, DEFAULT, _pretrained(DEFAULT))
        except EncoderError as error:
            note(
                f"images: {error.message}; classical colour and gradient descriptors take its place"
                " ([content] image = 'NETWORK:WEIGHTS.safetensors' uses your own)"
            )
            return ClassicalImageEncoder()
    arch, _, path = name.partition(":")
    _check(arch)
    return NetworkImageEncoder(name, arch, _own(name, root / Path(path).expanduser()) if path else _pretrained(arch))


def _check(arch: str) -> None:
    import torchvision

    known = torchvision.models.list_models(module=torchvision.models)
    if arch not in known:
        raise EncoderError(f"torchvision has no image network {arch!r}", hint=nearest(arch, known))


def _pretrained(arch: str) -> dict[str, Any]:
    import torchvision

    weights = torchvision.models.get_model_weights(arch).DEFAULT
    try:
        # torch.hub announces its downloads on stdout, which is for results.
        with impatient(), redirect_stdout(sys.stderr):
            state: dict[str, Any] = weights.get_state_dict(progress=False, check_hash=True, weights_only=True)
    except Exception as error:  # URLError, a wrong hash (RuntimeError), a damaged cached file (UnpicklingError), …
        reason = getattr(error, "reason", None) or error
        raise EncoderError(
            f"the pretrained weights of {arch} cannot be had: {reason}",
            hint=f"use image = '{arch}:WEIGHTS.safetensors', or image = 'classical', which needs no weights",
        ) from error
    return state


def _own(name: str, path: Path) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state: dict[str, Any] = load_file(path)
    except (OSError, SafetensorError) as error:
        raise EncoderError(
            f"image encoder {name!r}: {path} is not a readable safetensors file: {error}",
            hint="write one with safetensors.torch.save_file(model.state_dict(), PATH)",
        ) from error
    return state
