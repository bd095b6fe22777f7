"""The protocol of all encoders: a name, a fingerprint, and a method that encodes a batch as vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, Protocol, TypeAlias, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from graphrec.common.errors import EncoderError

Vectors: TypeAlias = NDArray[np.float32]
T_contra = TypeVar("T_contra", contravariant=True)
#: Origin of vectors: a network's weights, measures without weights, or the user's own file.
Kind: TypeAlias = Literal["pretrained", "classical", "given"]

#: Seconds without a response after which a download fails.
PATIENCE = 15.0


class Encoder(Protocol[T_contra]):
    """Encodes one modality as vectors.

    Attributes
    ----------
    name
        The encoder's name as in the settings.
    fingerprint
        Changes whenever the vectors would: covers weights, tokenizer, pooling and the version of graphrec's code.
    dim
        Length of a vector.
    kind
        ``pretrained`` (weights of any network) or ``classical`` (no weights). Encoders of files also have
        ``read(path)``, which converts a file to an input and is called from several threads.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> Kind: ...  # noqa: D102
    @property
    def fingerprint(self) -> str: ...  # noqa: D102
    @property
    def dim(self) -> int: ...  # noqa: D102

    def encode(self, batch: Sequence[T_contra]) -> Vectors:
        """Return float32 [len(batch), dim]: finite, one row per input, independent of the rest of the batch.

        A row of zeros means that the encoder recognises nothing in the input.
        """
        ...


@runtime_checkable
class SpaceEncoder(Protocol):
    """An encoder of images or audio that embeds texts in the same space, such as CLIP and CLAP."""

    def encode_text(self, texts: Sequence[str]) -> Vectors:
        """Return float32 [len(texts), dim]."""
        ...


#: Measures of the classical encoders, by the first part of their name.
_MEASURES = {
    "tfidf": "TF-IDF word weights",
    "classical": "colour and gradient histograms",
    "mfcc": "statistics of mel-frequency cepstral coefficients",
}


def about(encoder: Encoder[Any]) -> str:
    """Return a readable description of the kind of encoder."""
    if encoder.kind != "classical":
        return encoder.kind
    measure = _MEASURES.get(encoder.name.split("-")[0], encoder.name)
    return f"classical {measure} — not pretrained"


def check_finite(vectors: Vectors, name: str) -> Vectors:
    """Return ``vectors``; refuse NaN and infinity, which no index can store.

    Raises
    ------
    EncoderError
        The weights are broken.
    """
    if not np.isfinite(vectors).all():
        raise EncoderError(f"the encoder {name!r} made NaN or infinite vectors", hint="its weights are damaged")
    return vectors


@contextmanager
def impatient() -> Iterator[None]:
    """Set a network timeout, so that a firewall that drops packets cannot block the command for ever."""
    import socket

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
