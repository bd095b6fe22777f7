"""Text → vector without weights: words counted, weighted by rarity, brought to a few dimensions.

TF-IDF (Salton and Buckley 1988) and its truncated singular value decomposition, latent semantic analysis (Deerwester
et al. 1990). What there is to know comes from the catalogue's own texts, so the encoder is fitted to them, and saved.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from graphrec.common.errors import EncoderError
from graphrec.common.files import replacing
from graphrec.common.hashing import digest
from graphrec.common.libraries import library
from graphrec.content.encoder import Vectors, check_finite
from graphrec.content.text_cleaning import CLEANING, tokens

#: Most dimensions, and most words.
DIM, WORDS = 128, 50_000
#: From so many texts on, a word of a single one is left out: it can make no two texts alike.
SEVERAL = 200
#: What counts as nothing beside the greatest, in 32-bit vectors.
_NOTHING = 1e-5
_VERSION = "1"
_STATE, _VOCABULARY = "tfidf.safetensors", "tfidf.json"
_HINT = "remove the folder and run graphrec embed, which fits it anew"


class TfidfEncoder:
    """TF-IDF with latent semantic analysis, of a fixed vocabulary.

    Parameters
    ----------
    words
        The vocabulary, in the order of the columns.
    rarity
        Inverse document frequencies, float64 [words].
    directions
        The right singular vectors, float32 [dim, words].
    """

    name = "tfidf"
    kind: Literal["classical"] = "classical"

    def __init__(self, words: Sequence[str], rarity: NDArray[np.float64], directions: NDArray[np.float32]) -> None:
        self.words = list(words)
        self._rarity, self._directions = rarity, np.ascontiguousarray(directions)
        self._counter = _counter(vocabulary=self.words)
        self._counter.idf_ = rarity
        self.dim = len(directions)
        state = (json.dumps(self.words), rarity.tobytes(), self._directions.tobytes())
        self.fingerprint = digest(self.name, *state, CLEANING, _VERSION)

    @classmethod
    def fit(cls, texts: Sequence[str]) -> TfidfEncoder:
        """Learn vocabulary, rarity and directions from ``texts``.

        Raises
        ------
        EncoderError
            Not one text holds a word that says anything.
        """
        with library("sklearn"):
            from sklearn.utils.extmath import randomized_svd

        counter = _counter(min_df=2 if len(texts) >= SEVERAL else 1)
        try:
            matrix = counter.fit_transform(texts)
        except ValueError as error:  # no word at all, or none that two texts share
            if len(texts) < SEVERAL or not any(tokens(text) for text in texts):
                raise EncoderError(
                    f"text = 'tfidf': {len(texts)} texts hold no word to tell them apart by, stop words left out",
                    hint="look at the items' title and description, or set text = 'auto' or 'none'",
                ) from error
            counter = _counter()
            matrix = counter.fit_transform(texts)
        most = min(DIM, *matrix.shape)
        _, strengths, directions = randomized_svd(matrix, most, n_iter=7, random_state=0)
        # Texts that repeat each other span fewer dimensions; the rest would be noise.
        directions = directions[strengths > _NOTHING * strengths[0]]
        largest = np.abs(directions).argmax(axis=1)[:, None]
        directions = directions * np.sign(np.take_along_axis(directions, largest, axis=1))
        return cls(counter.get_feature_names_out().tolist(), counter.idf_, directions.astype(np.float32))

    def encode(self, batch: Sequence[str]) -> Vectors:
        """Return float32 [len(batch), dim] of unit length; zeros for a text without any known word."""
        if not batch:
            return np.zeros((0, self.dim), np.float32)
        vectors = self._counter.transform(batch) @ self._directions.T.astype(np.float64)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        # A text of rare words alone may lie outside all directions: what is left of it there is rounding.
        known = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > _NOTHING)
        return check_finite(known.astype(np.float32), self.name)

    def save(self, folder: Path) -> None:
        """Write two files into ``folder``, which is made where it is not there."""
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        with replacing(folder / _STATE) as part:
            save_file({"rarity": self._rarity, "directions": self._directions}, part)
        state = {"version": _VERSION, "cleaning": CLEANING, "fingerprint": self.fingerprint, "words": self.words}
        with replacing(folder / _VOCABULARY) as part:
            part.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> TfidfEncoder:
        """Return the encoder that was saved in ``folder``.

        Raises
        ------
        EncoderError
            There is none, it is damaged, or was made by another version.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            state = json.loads((folder / _VOCABULARY).read_text(encoding="utf-8"))
            arrays = load_file(folder / _STATE)
            made, fingerprint = (state["version"], state["cleaning"]), state["fingerprint"]
            encoder = cls(state["words"], arrays["rarity"], arrays["directions"])
        except FileNotFoundError as error:
            raise EncoderError(f"no fitted TF-IDF in {folder}", hint="graphrec embed fits one") from error
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise EncoderError(f"the fitted TF-IDF in {folder} cannot be read: {error}", hint=_HINT) from error
        if made != (_VERSION, CLEANING):
            raise EncoderError(f"the TF-IDF in {folder} was fitted by another version of graphrec", hint=_HINT)
        if encoder.fingerprint != fingerprint:
            raise EncoderError(f"the two files of the TF-IDF in {folder} do not belong together", hint=_HINT)
        return encoder


def _counter(**options: Any) -> Any:
    with library("sklearn"):
        from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(analyzer=tokens, sublinear_tf=True, max_features=WORDS, **options)
