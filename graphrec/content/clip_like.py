"""Shared parts of image and audio encoders: pooled outputs, and the text half of CLIP-like models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from graphrec.common.console import warn
from graphrec.common.errors import EncoderError
from graphrec.common.libraries import library
from graphrec.content.encoder import Vectors, check_finite
from graphrec.content.hub import load_model, load_part, model_folder, reason

T = TypeVar("T")

#: Models whose positions start after the padding index: two of their 514 are never used.
_SHIFTED = ("roberta", "xlm-roberta", "camembert", "clap_text_model", "altclip_text_model")
#: Models trained on texts padded to full length without a mask; they need this padding.
_FULL = ("siglip", "siglip2")
_LONGEST = 512
#: Modality → its name and its content in notes.
_CALLED = {"image": ("images", "pictures"), "audio": ("sounds", "sounds")}


class TextTower:
    """The text half of a CLIP-like model.

    Parameters
    ----------
    name
        The encoder, for error messages.
    model
        The whole model.
    folder
        Its directory, with the tokenizer.
    what, hint
        See :func:`graphrec.content.hub.model_folder`.

    Raises
    ------
    EncoderError
        The directory has no tokenizer, or the model cannot read its output.
    """

    def __init__(self, name: str, model: Any, folder: Path, *, what: str, hint: str) -> None:
        with library("transformers"):
            from transformers import AutoTokenizer

        self._name, self._model = name, model
        self._tokenizer: Any = load_part(folder, AutoTokenizer, what=what, hint=hint)
        config = getattr(model.config, "text_config", model.config)
        positions = int(getattr(config, "max_position_embeddings", _LONGEST))
        positions -= 2 if config.model_type in _SHIFTED else 0
        self.length = min(self._tokenizer.model_max_length, positions, _LONGEST)
        self._padding = "max_length" if model.config.model_type in _FULL else "longest"
        probe(lambda: self.encode(["a"]), name, f"reads no texts as {what}", hint)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return float32 [len(texts), dim] of unit length; texts longer than the model's input are cut."""
        import torch

        tokens = self._tokenizer(
            list(texts), padding=self._padding, truncation=True, max_length=self.length, return_tensors="pt"
        ).to(self._model.device)
        if self._padding == "max_length":
            tokens.pop("attention_mask", None)
        with torch.inference_mode():
            return as_vectors(unit(features(self._model.get_text_features(**tokens))), self._name)


def open_tower(
    name: str,
    root: Path,
    plain: Callable[[str, Path, Any], T],
    space: Callable[[str, Path, Any], T],
    *,
    of: str,
    what: str,
    hint: str,
    unused: tuple[str, ...],
) -> T:
    """Open a transformers model as an encoder; with its text half if it has one.

    Parameters
    ----------
    name
        A directory (relative to ``root`` or absolute), or a name on the Hugging Face hub.
    root
        The project's root.
    plain, space
        Classes for models without and with a text half; arguments: name, directory, model.
    of
        The modality: ``image`` or ``audio``.
    what, hint, unused
        See :func:`graphrec.content.hub.load_model`.

    Raises
    ------
    EncoderError
        The model is unavailable, or of another kind.
    """
    with library("transformers"):
        from transformers import AutoModel

    folder = model_folder(name, root, what=what, hint=hint)
    model = load_model(folder, AutoModel, what=what, hint=hint, unused=unused)
    if not is_space(model, of):
        return plain(name, folder, model)
    if any(folder.glob("*token*")) or any(folder.glob("vocab*")):
        return space(name, folder, model)
    heading, things = _CALLED[of]
    warn(f"{heading}: {folder} has no tokenizer, so {things} cannot be searched by words")
    return plain(name, folder, model)


def is_space(model: Any, of: str) -> bool:
    """Return whether a model embeds ``of`` (image, audio) and texts in one space."""
    return hasattr(model, f"get_{of}_features") and hasattr(model, "get_text_features")


def features(output: Any) -> Any:
    """Return the vectors [n, dim] of a ``get_…_features`` call, whose output differs between versions."""
    vectors = getattr(output, "pooler_output", output)
    return vectors[:, 0] if vectors.ndim == 3 else vectors  # FLAVA projects all tokens; the first represents the text


def unit(vectors: Any) -> Any:
    """Scale vectors to length 1, as such a space compares directions."""
    import torch

    return torch.nn.functional.normalize(vectors, dim=1)


def has_pooler(model: Any, folder: Path) -> bool:
    """Return whether the checkpoint has the pooler's weights; missing ones would be random."""
    from safetensors import safe_open

    wanted = {key for key, _ in model.named_parameters() if key.startswith("pooler.")}
    held: set[str] = set()
    for file in sorted(folder.glob("*.safetensors")) if wanted else ():
        with safe_open(file, framework="pt") as weights:
            held |= {f"pooler.{key.rpartition('pooler.')[2]}" for key in weights.keys() if "pooler." in key}  # noqa: SIM118
    return wanted <= held


def as_vectors(tensor: Any, name: str) -> Vectors:
    """Return a tensor as finite float32 vectors.

    Raises
    ------
    EncoderError
        A value is not finite.
    """
    vectors: Vectors = tensor.float().cpu().numpy()
    return check_finite(vectors, name)


def probe(call: Any, name: str, failing: str, hint: str) -> Any:
    """Return the result of ``call``, so that an unsuitable model fails when it is opened, not at the first item.

    Raises
    ------
    EncoderError
        The call failed in any way.
    """
    try:
        return call()
    except EncoderError:
        raise
    except Exception as error:  # third-party models may raise anything on unsuitable inputs
        raise EncoderError(f"{name!r} {failing}: {reason(error)}", hint=hint) from error
