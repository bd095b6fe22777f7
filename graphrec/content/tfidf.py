"""Encode texts without pretrained weights: count words, weight by rarity, reduce dimensions.

TF-IDF (Salton and Buckley 1988) and its truncated singular value decomposition, latent semantic analysis (Deerwester
et al. 1990). The encoder is fitted to the catalogue's own texts and saved.
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
from graphrec.common.private import private_folder
from graphrec.content.encoder import Vectors, check_finite
from graphrec.content.text_cleaning import CLEANING, tokens

#: Most dimensions and most words.
DIM, WORDS = 128, 50_000
#: With at least so many texts, words of a single text are left out: they make no two texts similar.
SEVERAL = 200
#: Relative size below which a value counts as zero in 32-bit vectors.
_NOTHING = 1e-5
_VERSION = "1"
_STATE, _VOCABULARY = "tfidf.safetensors", "tfidf.json"
_HINT = "remove the folder and run graphrec embed to fit it again"


class TfidfEncoder:
    """TF-IDF with latent semantic analysis over a fixed vocabulary.

    Parameters
    ----------
    words
        Vocabulary in column order.
    rarity
        Inverse document frequencies, float64 [words].
    directions
        Right singular vectors, float32 [dim, words].
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
        """Fit vocabulary, rarity and directions to ``texts``.

        Raises
        ------
        EncoderError
            No text has a usable word.
        """
        with library("sklearn"):
            from sklearn.utils.extmath import randomized_svd

        counter = _counter(min_df=2 if len(texts) >= SEVERAL else 1)
        try:
            matrix = counter.fit_transform(texts)
        except ValueError as error:  # no words, or none shared by two texts
            if len(texts) < SEVERAL or not any(tokens(text) for text in texts):
                raise EncoderError(
                    f"text = 'tfidf': {len(texts)} texts have no distinguishing words (stop words do not count)",
                    hint="look at the items' title and description, or set text = 'auto' or 'none'",
                ) from error
            counter = _counter()
            matrix = counter.fit_transform(texts)
        most = min(DIM, *matrix.shape)
        _, strengths, directions = randomized_svd(matrix, most, n_iter=7, random_state=0)
        # Repeated texts span fewer dimensions; the rest would be noise.
        directions = directions[strengths > _NOTHING * strengths[0]]
        largest = np.abs(directions).argmax(axis=1)[:, None]
        directions = directions * np.sign(np.take_along_axis(directions, largest, axis=1))
        return cls(counter.get_feature_names_out().tolist(), counter.idf_, directions.astype(np.float32))

    def encode(self, batch: Sequence[str]) -> Vectors:
        """Return float32 [len(batch), dim] of unit length; zeros for a text without known words."""
        if not batch:
            return np.zeros((0, self.dim), np.float32)
        vectors = self._counter.transform(batch) @ self._directions.T.astype(np.float64)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        # A text with only rare words may be orthogonal to all directions: its values are rounding errors.
        known = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > _NOTHING)
        return check_finite(known.astype(np.float32), self.name)

    def save(self, folder: Path) -> None:
        """Write two files to ``folder``, creating it if missing."""
        from safetensors.numpy import save_file

        private_folder(folder)
        with replacing(folder / _STATE) as part:
            save_file({"rarity": self._rarity, "directions": self._directions}, part)
        state = {"version": _VERSION, "cleaning": CLEANING, "fingerprint": self.fingerprint, "words": self.words}
        with replacing(folder / _VOCABULARY) as part:
            part.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> TfidfEncoder:
        """Load the encoder saved in ``folder``.

        Raises
        ------
        EncoderError
            The files are missing, damaged or of another version.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            state = json.loads((folder / _VOCABULARY).read_text(encoding="utf-8"))
            arrays = load_file(folder / _STATE)
            made, fingerprint = (state["version"], state["cleaning"]), state["fingerprint"]
            encoder = cls(state["words"], arrays["rarity"], arrays["directions"])
        except FileNotFoundError as error:
            raise EncoderError(f"no fitted TF-IDF in {folder}", hint="run graphrec embed to fit one") from error
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
