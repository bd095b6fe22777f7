"""The tone of texts, from -1 to 1: by a transformers classifier, or by lexicons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from graphrec.common.errors import EncoderError
from graphrec.common.libraries import library
from graphrec.config.settings import Settings
from graphrec.content.hub import load_model, load_part, model_folder
from graphrec.language.chinese_tone import ChineseLexicon
from graphrec.language.extra import extra_library
from graphrec.language.script import language_of

LEXICON = "lexicon"
HINT = (
    "tone = a directory with a transformers classifier of sentiment, ORG/NAME on the hub, or 'lexicon', which needs "
    "neither"
)
_WHAT = "classifier of tone"
#: Texts per forward pass.
_TOGETHER = 32
#: Tokens of a text that a model without a length of its own reads.
_LENGTH = 512
#: Names of labels → their tone. Stars are read by :func:`_stars`.
_TONES = {
    **dict.fromkeys(("positive", "pos", "good", "正面", "积极", "好评"), 1.0),
    **dict.fromkeys(("negative", "neg", "bad", "负面", "消极", "差评"), -1.0),
    **dict.fromkeys(("neutral", "neu", "mixed", "中性", "中立"), 0.0),
    **dict.fromkeys(("very positive", "非常正面"), 1.0),
    **dict.fromkeys(("very negative", "非常负面"), -1.0),
}
_STARS = re.compile(r"([1-5]) ?(?:stars?|星)")


class Tone(NamedTuple):
    """The tone of a text.

    ``score``: from -1 to 1; None where the text has no language that the lexicons know. ``how``: ``model NAME``, the
    lexicon, or ``none``.
    """

    score: float | None
    how: str


class Judge(Protocol):
    """Judges the tone of texts."""

    def judge(self, texts: Sequence[str]) -> list[Tone]:
        """Return the tone of each text."""


class LexiconJudge:
    """VADER for English, and a lexicon for Chinese (:mod:`graphrec.language.chinese_tone`)."""

    def judge(self, texts: Sequence[str]) -> list[Tone]:
        """Return the tone of each text.

        Raises
        ------
        LibraryError
            The lexicon of a text's language is not installed.
        """
        return [self._tone(text) for text in texts]

    def _tone(self, text: str) -> Tone:
        language = language_of(text)
        if language == "en":
            return Tone(float(self._english.polarity_scores(text)["compound"]), "lexicon vaderSentiment")
        if language == "zh":
            return Tone(self._chinese.score(text), "lexicon jionlp")
        return Tone(None, "none")

    @cached_property
    def _english(self) -> Any:
        with extra_library("vaderSentiment"):
            from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
        return SentimentIntensityAnalyzer()

    @cached_property
    def _chinese(self) -> ChineseLexicon:
        return ChineseLexicon()


class ModelJudge:
    """A transformers classifier whose labels say the tone.

    Parameters
    ----------
    name
        A directory (relative to ``root`` or absolute), or a name on the Hugging Face hub.
    root
        The project's root.

    Raises
    ------
    EncoderError
        The model is unavailable, not a classifier, or its labels are not known as tones.
    """

    def __init__(self, name: str, root: Path) -> None:
        with library("transformers"):
            from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer
        self._how = f"model {name}"
        folder = model_folder(name, root, what=_WHAT, hint=HINT)
        config = load_part(folder, AutoConfig, what=_WHAT, hint=HINT)
        self._tones = tones([str(config.id2label[n]) for n in sorted(config.id2label)], folder)
        self._model: Any = load_model(folder, AutoModelForSequenceClassification, what=_WHAT, hint=HINT, unused=())
        self._tokenizer: Any = load_part(folder, AutoTokenizer, what=_WHAT, hint=HINT)
        self._length = min(
            self._tokenizer.model_max_length, getattr(config, "max_position_embeddings", _LENGTH), _LENGTH
        )

    def judge(self, texts: Sequence[str]) -> list[Tone]:
        """Return the tone of each text: the tones of the labels, weighted by their probabilities.

        Of a text longer than the model takes, the beginning is read.
        """
        import torch

        found: list[Tone] = []
        tones = torch.tensor(self._tones)
        for start in range(0, len(texts), _TOGETHER):
            batch = list(texts[start : start + _TOGETHER])
            inputs = self._tokenizer(
                batch, padding=True, truncation=True, max_length=self._length, return_tensors="pt"
            ).to(self._model.device)
            with torch.inference_mode():
                likely = self._model(**inputs).logits.float().softmax(dim=-1).cpu()
            found += [Tone(float(score), self._how) for score in likely @ tones]
        return found


def open_tone(settings: Settings) -> Judge:
    """Return what judges by ``[language] tone``.

    Raises
    ------
    EncoderError
        A model is unavailable, or its labels are not known as tones.
    """
    name = settings.language.tone
    return LexiconJudge() if name == LEXICON else ModelJudge(name, settings.root)


def tones(labels: Sequence[str], folder: Path) -> list[float]:
    """Return the tone of each label of a classifier.

    Raises
    ------
    EncoderError
        A label is not known, or no two differ in tone.

    Examples
    --------
    >>> tones(["Very Negative", "NEGATIVE", "neutral", "pos", "very_positive"], Path())
    [-1.0, -0.5, 0.0, 0.5, 1.0]
    >>> tones(["1 star", "3 stars", "5 stars"], Path())
    [-1.0, 0.0, 1.0]
    """
    names = [re.sub(r"[\W_]+", " ", label).strip().lower() for label in labels]
    found = [_stars(name) if name not in _TONES else _TONES[name] for name in names]
    unknown = [label for label, tone in zip(labels, found, strict=True) if tone is None]
    if unknown or len(set(found)) < 2:
        said = f"its label {unknown[0]!r} says no tone" if unknown else "its labels do not differ in tone"
        raise EncoderError(
            f"{folder}: {said}",
            hint="in its config.json, call the labels of id2label negative, neutral, positive, or 1 star to 5 stars",
        )
    graded = any(name.startswith(("very ", "非常")) for name in names)
    plain = [0.5 if graded and not name.startswith(("very ", "非常")) else 1.0 for name in names]
    return [scale * tone for scale, tone in zip(plain, found, strict=True) if tone is not None]


def _stars(name: str) -> float | None:
    match = _STARS.fullmatch(name)
    return (int(match[1]) - 3) / 2 if match else None
