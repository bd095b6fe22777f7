"""A BERT sentence encoder in NumPy, for the single text of a search: avoids the slow import of torch and transformers.

The vectors are those of :class:`graphrec.content.text.TextEncoder`, up to the rounding of float32, and the fingerprint
is the same. Other models, and BERTs with other settings, use that class.

Architecture: Devlin et al. 2019, "BERT"; Reimers and Gurevych 2019, "Sentence-BERT".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from graphrec.common.errors import EncoderError
from graphrec.content.encoder import Vectors, check_finite
from graphrec.content.hub import read_json
from graphrec.content.pooling import NORMALISE, Head
from graphrec.content.text_cleaning import clean
from graphrec.content.windows import mean_of_windows

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Floats = NDArray[np.float32]

#: Required values in the model's configuration.
_CONFIG = {"hidden_act": "gelu", "position_embedding_type": "absolute", "is_decoder": False}
_SIZES = ("hidden_size", "num_hidden_layers", "num_attention_heads")
#: Supported components of a tokenizer, by kind.
_PARTS = {"model": "WordPiece", "normalizer": "BertNormalizer", "pre_tokenizer": "BertPreTokenizer",
    "post_processor": "TemplateProcessing"}  # fmt: skip
#: Settings of the normaliser: name in the tokenizer's configuration, name in its file, default.
_NORMALISER = (
    ("do_lower_case", "lowercase", True),
    ("tokenize_chinese_chars", "handle_chinese_chars", True),
    ("strip_accents", "strip_accents", None),
)
_SPECIAL = ["[CLS]", "[MASK]", "[PAD]", "[SEP]", "[UNK]"]
_FILE = "model.safetensors"

_erf = np.frompyfunc(math.erf, 1, 1)


class BertEncoder:
    """A BERT model with its tokenizer.

    Parameters
    ----------
    name
        The encoder's name as in the settings.
    folder
        The model's directory, of which :func:`is_plain_bert` is true.
    head
        Pooling of token states to a vector.
    fingerprint
        The encoder's fingerprint.
    max_length
        Tokens per window.

    Raises
    ------
    EncoderError
        The weights are missing or damaged.
    """

    kind: Literal["pretrained"] = "pretrained"

    def __init__(self, name: str, folder: Path, head: Head, fingerprint: str, max_length: int) -> None:
        from safetensors import SafetensorError, safe_open
        from tokenizers import Tokenizer

        self.name, self.fingerprint, self.max_length = name, fingerprint, max_length
        config = read_json(folder / "config.json", {})
        self.dim = int(config["hidden_size"])
        self._head, self._heads = head, int(config["num_attention_heads"])
        self._layers, self._epsilon = int(config["num_hidden_layers"]), float(config.get("layer_norm_eps", 1e-12))
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length)
        try:
            self._file: Any = safe_open(folder / _FILE, framework="numpy")
            self._states(self._tokenizer.encode("a").ids)
        except (OSError, ValueError, SafetensorError) as error:  # such as a missing layer
            raise EncoderError(
                f"{folder} cannot be loaded as a text encoder: {error}", hint="download the model again"
            ) from error

    def encode(self, batch: Sequence[str]) -> Vectors:
        """Return float32 [len(batch), dim]; zeros for texts that are empty after cleaning.

        A text longer than ``max_length`` tokens is encoded in windows (:mod:`graphrec.content.windows`).
        """
        made = [self._encode(text) for text in map(clean, batch)]
        return check_finite(np.stack(made) if made else np.zeros((0, self.dim), np.float32), self.name)

    def _encode(self, text: str) -> Floats:
        """Return the vector of a text, float32 ``[dim]``."""
        if not text:
            return np.zeros(self.dim, np.float32)
        first = self._tokenizer.encode(self._head.prompt + text)
        windows = [first, *first.overflowing]
        states = [self._states(window.ids) for window in windows]
        vectors = np.stack([one[0] if self._head.pooling == "cls" else one.mean(axis=0) for one in states])
        for _ in self._head.steps:
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        special = self._tokenizer.num_special_tokens_to_add(is_pair=False)
        lengths = np.maximum([len(window.ids) - special for window in windows], 1)
        found: Floats = mean_of_windows(
            vectors, np.zeros(len(windows), np.int64), lengths, 1, unit=bool(self._head.steps)
        )[0]
        return found

    def _states(self, tokens: Sequence[int]) -> Floats:
        """Return the last hidden states of a text, float32 ``[len(tokens), dim]``."""
        words = self._file.get_slice("embeddings.word_embeddings.weight")
        states = np.concatenate([words[token : token + 1] for token in tokens]).astype(np.float32)
        states += self._weight("embeddings.position_embeddings.weight")[: len(tokens)]
        states += self._weight("embeddings.token_type_embeddings.weight")[0]
        states = self._normalised(states, "embeddings.LayerNorm")
        for number in range(self._layers):
            layer = f"encoder.layer.{number}"
            heard = self._dense(self._attention(states, f"{layer}.attention.self"), f"{layer}.attention.output.dense")
            states = self._normalised(states + heard, f"{layer}.attention.output.LayerNorm")
            wide = _gelu(self._dense(states, f"{layer}.intermediate.dense"))
            told = self._dense(wide, f"{layer}.output.dense")
            states = self._normalised(states + told, f"{layer}.output.LayerNorm")
        return states

    def _attention(self, states: Floats, name: str) -> Floats:
        """Return the self-attention output of every token, float32 ``[n, dim]``."""
        n, width = states.shape
        shape = (n, self._heads, width // self._heads)
        query, key, value = (
            self._dense(states, f"{name}.{part}").reshape(shape).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / np.float32(math.sqrt(shape[2]))
        shares = np.exp(scores - scores.max(axis=2, keepdims=True))
        shares /= shares.sum(axis=2, keepdims=True)
        heard: Floats = (shares @ value).transpose(1, 0, 2).reshape(n, width)
        return heard

    def _dense(self, states: Floats, name: str) -> Floats:
        found: Floats = states @ self._weight(f"{name}.weight").T + self._weight(f"{name}.bias")
        return found

    def _normalised(self, states: Floats, name: str) -> Floats:
        centred = states - states.mean(axis=1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + np.float32(self._epsilon))
        found: Floats = scaled * self._weight(f"{name}.weight") + self._weight(f"{name}.bias")
        return found

    def _weight(self, name: str) -> Floats:
        found: Floats = self._file.get_tensor(name).astype(np.float32, copy=False)
        return found


def is_plain_bert(folder: Path, head: Head) -> bool:
    """Return whether :class:`BertEncoder` supports the model in a directory.

    Parameters
    ----------
    folder
        The model's directory.
    head
        Pooling of token states to a vector.
    """
    files = ("config.json", "tokenizer_config.json", "tokenizer.json")
    config, said, tokenizer = (found if isinstance(found := read_json(folder / f, {}), dict) else {} for f in files)
    parts = {name: tokenizer.get(name) or {} for name in _PARTS}
    added = {str(token.get("id")): token for token in tokenizer.get("added_tokens", ())}
    return (
        config.get("model_type") == "bert"
        and all(config.get(key, value) == value for key, value in _CONFIG.items())
        and all(isinstance(config.get(key), int) for key in _SIZES)
        and head.pooling in ("mean", "cls")
        and all(step == NORMALISE for step in head.steps)
        and str(said.get("tokenizer_class", "")).startswith("BertTokenizer")
        and isinstance(said.get("model_max_length"), int)
        and all(parts[name].get("type") == kind for name, kind in _PARTS.items())
        # transformers reads these from the configuration, this encoder from the file.
        and all(said.get(key, value) == parts["normalizer"].get(name) for key, name, value in _NORMALISER)
        and sorted(token.get("content", "") for token in added.values()) == _SPECIAL
        and all(token.get("special") for token in added.values())
        and said.get("added_tokens_decoder", {}).keys() <= added.keys()
        and _has_float_weights(folder / _FILE)
    )


def _has_float_weights(file: Path) -> bool:
    """Return whether a file has BERT weights under their standard names, in a format that NumPy supports."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="numpy") as weights:
            kind = weights.get_slice("embeddings.word_embeddings.weight").get_dtype()
            return kind in ("F32", "F16") and "encoder.layer.0.attention.self.query.weight" in weights.keys()  # noqa: SIM118
    except (OSError, SafetensorError):
        return False


def _gelu(values: Floats) -> Floats:
    found: Floats = values * (1 + _erf(values * math.sqrt(0.5)).astype(np.float32)) * np.float32(0.5)
    return found
