"""Open the encoder that a setting names; store the state of fitted encoders for later searches."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphrec.common.console import warn
from graphrec.common.errors import EncoderError, LibraryError
from graphrec.content.encoder import Encoder

if TYPE_CHECKING:
    from graphrec.content.tfidf import TfidfEncoder

#: Number of latest fitted states that are kept: one per graph in use, and some earlier ones.
_KEPT = 8


def open_encoder(
    modality: str, name: str, root: Path, home: Path, texts: Sequence[str], standing: str | None = None
) -> tuple[Encoder[Any], Callable[[Any], Any]]:
    """Open the encoder ``name`` of a modality; return it with the function that converts a source's value to its input.

    Parameters
    ----------
    modality
        ``text``, ``image``, ``audio`` or ``reading``.
    name
        The encoder's name as in the settings.
    root
        The project's root; paths are relative to it.
    home
        Folder for the states of fitted encoders.
    texts
        Texts to fit a fitted encoder to.
    standing
        Fingerprint of the fitted encoder whose vectors are in the graph; reused if its state is still stored.

    Raises
    ------
    EncoderError
        The encoder is unavailable.
    """
    if modality in ("image", "audio"):
        encoder: Any = open_file_encoder(modality, name, root)
        return encoder, encoder.read
    from graphrec.content.text import open_text

    if modality == "text" and name == "tfidf":
        return _fitted(texts, home, standing), str
    try:
        return open_text(name, root), str
    except EncoderError as error:
        if modality != "text" or name != "auto":
            raise
        remedy = error.hint if isinstance(error, LibraryError) else "[content] text = 'DIR' uses your own"
        warn(f"texts: {error.message}; using TF-IDF word weights, which are not pretrained, instead ({remedy})")
        return _fitted(texts, home, standing), str


def open_file_encoder(modality: str, name: str, root: Path) -> Any:
    """Open an encoder of images or audio.

    Raises
    ------
    EncoderError
        The encoder is unavailable.
    """
    if modality == "image":
        from graphrec.content.image import open_image

        return open_image(name, root)
    from graphrec.content.audio import open_audio

    return open_audio(name, root)


def open_fitted(fingerprint: str, home: Path) -> TfidfEncoder | None:
    """Return the fitted text encoder with a fingerprint; None if its state is not stored."""
    folder = home / "encoders" / fingerprint
    if not folder.is_dir():
        return None
    from graphrec.content.tfidf import TfidfEncoder

    return TfidfEncoder.load(folder)


def _fitted(texts: Sequence[str], home: Path, standing: str | None) -> Encoder[str]:
    from graphrec.content.tfidf import TfidfEncoder

    if standing:
        with suppress(EncoderError):  # damaged, or of another version: fit again
            if encoder := open_fitted(standing, home):
                return encoder
    encoder = TfidfEncoder.fit(texts)
    folder = home / "encoders" / encoder.fingerprint
    try:
        encoder.save(folder)
        others = [other for other in folder.parent.iterdir() if other != folder and other.is_dir()]
        for old in sorted(others, key=lambda f: f.stat().st_mtime)[: 1 - _KEPT]:
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise EncoderError(
            f"the fitted text encoder cannot be saved in {folder}: {error.strerror}",
            hint="search needs it: free some space, or set GRAPHREC_HOME to another folder",
        ) from error
    return encoder
