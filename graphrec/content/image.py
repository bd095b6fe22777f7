"""Encode images with the penultimate layer of a torchvision network; open any image encoder by its name.

Weights are torchvision's, or the user's own as safetensors or as a state dict of tensors only.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from graphrec.common.console import note, warn_once
from graphrec.common.errors import EncoderError, LibraryError, nearest
from graphrec.common.hashing import digest
from graphrec.common.libraries import library
from graphrec.content.descriptors import ClassicalImageEncoder
from graphrec.content.encoder import Encoder, Kind, Vectors, check_finite, impatient
from graphrec.content.files import Media
from graphrec.content.hub import reason
from graphrec.content.image_file import read_picture

#: Network of ``auto`` if its weights are available: small enough for thousands of images on two cores.
DEFAULT = "resnet18"
_VERSION = "1"
#: Seconds that ``auto`` waits for a response before it falls back to classical descriptors.
_BRIEFLY = 4.0
#: Downloads that failed in this process, by network and location; they are not repeated.
_FAILED: dict[tuple[str, str], EncoderError] = {}
#: Keys under which training scripts store the weights in a checkpoint, and name prefixes that wrappers add.
_WRAPPERS, _PREFIXES = ("state_dict", "model_state_dict", "model"), ("module.", "_orig_mod.")


class NetworkImageEncoder:
    """A torchvision classification network without its last layer.

    Parameters
    ----------
    name
        The encoder's name as in the settings.
    arch
        The network's name in torchvision.
    state
        Its weights.

    Raises
    ------
    EncoderError
        torchvision has no such network, or the weights do not fit it.
    """

    kind: Kind = "pretrained"

    def __init__(self, name: str, arch: str, state: dict[str, Any]) -> None:
        import torch

        torchvision = _torchvision()
        self.name = name
        # These two have auxiliary heads for training only, and warn unless initialisation is off.
        options = {"init_weights": False} if arch in ("googlenet", "inception_v3") else {}
        model = torchvision.models.get_model(arch, weights=None, **options)
        linear = [(path, m) for path, m in model.named_modules() if isinstance(m, torch.nn.Linear)]
        if not linear:
            raise EncoderError(f"{arch!r} does not end in a linear layer that can be removed", hint="try resnet18")
        head, layer = linear[-1]
        self.dim = int(layer.in_features)
        parent, _, leaf = head.rpartition(".")
        setattr(model.get_submodule(parent), leaf, torch.nn.Identity())
        # A network trained on other classes than ImageNet's may have another head.
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

    def read(self, path: Media) -> Image.Image:
        """Read an image file; raises InputError."""
        return read_picture(path)

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
        ``auto``, ``classical``, a torchvision network such as ``resnet50`` with its pretrained weights or, as
        ``resnet50:weights.safetensors`` (``.pt``, ``.pth``), with your own, or a transformers vision model: a
        directory, or a name on the Hugging Face hub.
    root
        The project's root; paths are relative to it.

    Raises
    ------
    EncoderError
        The network or model is unknown, or its weights are unavailable.
    """
    if name in ("classical", ClassicalImageEncoder.name):
        return ClassicalImageEncoder()
    if name == "auto":
        try:
            return NetworkImageEncoder(DEFAULT, DEFAULT, _pretrained(DEFAULT, _BRIEFLY))
        except EncoderError as error:
            own = "[content] image = 'NETWORK:WEIGHTS.safetensors' or a model's directory uses your own"
            warn_once(
                f"images: {error.message}; using classical colour and gradient descriptors, which are not pretrained,"
                f" instead ({error.hint if isinstance(error, LibraryError) else own})"
            )
            return ClassicalImageEncoder()
    arch, colon, path = name.partition(":")
    known = _networks()
    if arch in known:
        return NetworkImageEncoder(
            name, arch, _own(name, root / Path(path).expanduser()) if colon else _pretrained(arch)
        )
    from graphrec.content.image_models import HINT, open_vision

    if "/" in name or (root / Path(name).expanduser()).is_dir():
        return open_vision(name, root)
    meant = nearest(arch, known)
    raise EncoderError(
        f"no image encoder {name!r}: torchvision has no image network {arch!r}, and no such directory exists",
        hint=f"{meant} " * meant.startswith("did") + f"there are: {HINT}",
    )


def _torchvision() -> Any:
    with library("torchvision"):
        import torchvision
    return torchvision


def _networks() -> list[str]:
    torchvision = _torchvision()
    known: list[str] = torchvision.models.list_models(module=torchvision.models)
    return known


def _pretrained(arch: str, patience: float | None = None) -> dict[str, Any]:
    import socket

    import torch

    torchvision = _torchvision()
    place = arch, str(torch.hub.get_dir())
    if place in _FAILED:
        raise _FAILED[place]
    weights = torchvision.models.get_model_weights(arch).DEFAULT
    try:
        file = Path(torch.hub.get_dir()) / "checkpoints" / Path(weights.url).name
        if not file.exists():
            note(f"downloading the weights of {arch} ({weights.meta['_file_size']:.0f} MB)")
        # torch.hub prints its downloads on stdout, which is for results.
        with impatient(), redirect_stdout(io.StringIO()):
            if patience is not None:
                socket.setdefaulttimeout(patience)  # until impatient ends
            state: dict[str, Any] = weights.get_state_dict(progress=False, check_hash=True, weights_only=True)
    except Exception as error:  # URLError, a wrong hash (RuntimeError), a damaged cached file (UnpicklingError), …
        _FAILED[place] = EncoderError(
            f"the pretrained weights of {arch} are unavailable: {getattr(error, 'reason', None) or reason(error)}",
            hint=f"use image = '{arch}:WEIGHTS.safetensors', or image = 'classical', which needs no weights",
        )
        raise _FAILED[place] from error
    return state


def _own(name: str, path: Path) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if path.suffix in (".pt", ".pth"):
        return _state_dict(name, path)
    try:
        state: dict[str, Any] = load_file(path)
    except (OSError, SafetensorError) as error:
        raise EncoderError(
            f"image encoder {name!r}: {path} is not a readable safetensors file: {error}",
            hint="write one with safetensors.torch.save_file(model.state_dict(), PATH)",
        ) from error
    return state


def _state_dict(name: str, path: Path) -> dict[str, Any]:
    import torch

    hint = "save the weights alone, with torch.save(model.state_dict(), PATH), or better as safetensors"
    try:
        # Files from before torch 1.6 are not archives and cannot be memory-mapped.
        held = torch.load(path, weights_only=True, map_location="cpu", mmap=zipfile.is_zipfile(path))
    except Exception as error:  # UnpicklingError if not weights; RuntimeError, EOFError, … for damaged files
        raise EncoderError(
            f"image encoder {name!r}: {path} is not a readable state dict: {reason(error)}", hint=hint
        ) from error
    for key in _WRAPPERS:
        if isinstance(held, Mapping) and isinstance(held.get(key), Mapping):
            held = held[key]
    if not isinstance(held, Mapping) or not all(isinstance(value, torch.Tensor) for value in held.values()):
        raise EncoderError(f"image encoder {name!r}: {path} holds no state dict", hint=hint)
    state = {str(key): value for key, value in held.items()}
    for prefix in _PREFIXES:
        if state and all(key.startswith(prefix) for key in state):
            state = {key.removeprefix(prefix): value for key, value in state.items()}
    return state
