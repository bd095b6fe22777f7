"""A transformers model that judges whether one text follows from another (natural language inference)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graphrec.common.errors import EncoderError
from graphrec.common.libraries import library
from graphrec.config.settings import Settings
from graphrec.content.hub import load_model, load_part, model_folder
from graphrec.grounding.check import Entail

NONE = "none"
HINT = (
    "entailment = a directory with a transformers model of natural language inference in safetensors, ORG/NAME on the "
    "hub, or 'none'"
)
_WHAT = "model of entailment"
#: Names of the label that says that the hypothesis follows.
_LABELS = frozenset({"entailment", "entails", "蕴含"})
#: Tokens that a model without a length of its own reads.
_LENGTH = 512


class EntailmentModel:
    """Judges by a model with a label ``entailment``.

    Parameters
    ----------
    name
        A directory (relative to ``root`` or absolute), or a name on the Hugging Face hub.
    root
        The project's root.

    Raises
    ------
    EncoderError
        The model is unavailable, or has no such label.
    """

    def __init__(self, name: str, root: Path) -> None:
        with library("transformers"):
            from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer
        folder = model_folder(name, root, what=_WHAT, hint=HINT)
        config = load_part(folder, AutoConfig, what=_WHAT, hint=HINT)
        places = [int(n) for n, label in config.id2label.items() if str(label).strip().lower() in _LABELS]
        if len(places) != 1:
            labels = ", ".join(map(str, config.id2label.values()))
            raise EncoderError(f"{folder}: its labels are {labels}, none of which is 'entailment'", hint=HINT)
        self._place, self.how = places[0], f"model {name}"
        self._model: Any = load_model(folder, AutoModelForSequenceClassification, what=_WHAT, hint=HINT, unused=())
        self._tokenizer: Any = load_part(folder, AutoTokenizer, what=_WHAT, hint=HINT)
        limit = getattr(config, "max_position_embeddings", _LENGTH)
        self._length = min(self._tokenizer.model_max_length, limit, _LENGTH)

    def __call__(self, premise: str, hypothesis: str) -> float:
        """Return the probability that the one entails the other; 0 where the two are too long to be read in whole."""
        import torch

        inputs = self._tokenizer(premise, hypothesis, return_tensors="pt").to(self._model.device)
        if inputs["input_ids"].shape[1] > self._length:
            return 0.0
        with torch.inference_mode():
            return float(self._model(**inputs).logits[0].float().softmax(dim=-1)[self._place])


def open_entailment(settings: Settings) -> Entail | None:
    """Return what judges by ``[copy] entailment``; None where no model is named.

    Raises
    ------
    EncoderError
        The model is unavailable, or not of this kind.
    """
    name = settings.copy.entailment
    return None if name == NONE else EntailmentModel(name, settings.root)
