"""The contract of every encoder: something with a name and a fingerprint that turns a batch into vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, Protocol, TypeAlias, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from graphrec.common.errors import EncoderError

Vectors: TypeAlias = NDArray[np.float32]
T_contra = TypeVar("T_contra", contravariant=True)
#: Where vectors come from: any network's weights; measures that need none; the user's own file.
Kind: TypeAlias = Literal["pretrained", "classical", "given"]

#: Seconds without an answer before a download counts as impossible.
PATIENCE = 15.0


class Encoder(Protocol[T_contra]):
    """What makes vectors of one modality.

    Attributes
    ----------
    name
        What opens the same encoder again.
    fingerprint
        Changes whenever the vectors would: weights, tokenizer, pooling and our own code's version go in.
    dim
        Length of a vector.
    kind
        ``pretrained`` (weights of a network, whoever trained it) or ``classical`` (needs none). Encoders of files
        have ``read(path)`` too, which makes an input of a file and is called from several threads.
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
        """Return float32 [len(batch), dim]: finite, one row an input, independent of its neighbours in the batch.

        A row of zeros says that the input holds nothing which this encoder knows.
        """
        ...


@runtime_checkable
class SpaceEncoder(Protocol):
    """An encoder of pictures or sounds that brings texts into the same space, as CLIP and CLAP do."""

    def encode_text(self, texts: Sequence[str]) -> Vectors:
        """Return float32 [len(texts), dim]."""
        ...


#: What classical encoders measure, by the first part of their name.
_MEASURES = {
    "tfidf": "TF-IDF word weights",
    "classical": "colour and gradient histograms",
    "mfcc": "statistics of mel-frequency cepstral coefficients",
}


def about(encoder: Encoder[Any]) -> str:
    """Return what kind of encoder this is, in words for a person."""
    if encoder.kind != "classical":
        return encoder.kind
    measure = _MEASURES.get(encoder.name.split("-")[0], encoder.name)
    return f"classical {measure} — not pretrained"


def check_finite(vectors: Vectors, name: str) -> Vectors:
    """Return ``vectors``, or refuse NaN and infinity, which no index could hold.

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
    """Give up on silent connections: without this a firewall that drops packets would hold the command for ever."""
    import socket

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
