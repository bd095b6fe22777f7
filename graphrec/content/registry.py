"""Which encoder a setting means, and the states of fitted ones, kept so that a search finds them again."""

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

#: Fitted states that are kept, the latest: one a graph that is worked with, and some to go back to.
_KEPT = 8


def open_encoder(
    modality: str, name: str, root: Path, home: Path, texts: Sequence[str], standing: str | None = None
) -> tuple[Encoder[Any], Callable[[Any], Any]]:
    """Open the encoder ``name`` of a modality; return it with what turns a source's value into its input.

    Parameters
    ----------
    modality
        ``text``, ``image``, ``audio`` or ``reading``.
    name
        As in the settings.
    root
        The project's root, against which paths are read.
    home
        Where states of fitted encoders are kept.
    texts
        What a fitted encoder is fitted to.
    standing
        Fingerprint of a fitted encoder that shall do, where its state is here: its vectors are in the graph.

    Raises
    ------
    EncoderError
        The encoder cannot be had.
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
        warn(f"texts: {error.message}; TF-IDF word weights, which are not pretrained, take its place ({remedy})")
        return _fitted(texts, home, standing), str


def open_file_encoder(modality: str, name: str, root: Path) -> Any:
    """Open an encoder of pictures or sounds.

    Raises
    ------
    EncoderError
        It cannot be had.
    """
    if modality == "image":
        from graphrec.content.image import open_image

        return open_image(name, root)
    from graphrec.content.audio import open_audio

    return open_audio(name, root)


def open_fitted(fingerprint: str, home: Path) -> TfidfEncoder | None:
    """Return the fitted text encoder with a fingerprint; None where its state is not here."""
    folder = home / "encoders" / fingerprint
    if not folder.is_dir():
        return None
    from graphrec.content.tfidf import TfidfEncoder

    return TfidfEncoder.load(folder)


def _fitted(texts: Sequence[str], home: Path, standing: str | None) -> Encoder[str]:
    from graphrec.content.tfidf import TfidfEncoder

    if standing:
        with suppress(EncoderError):  # damaged, or of another version: fitted anew
            if encoder := open_fitted(standing, home):
                return encoder
    encoder = TfidfEncoder.fit(texts)
    folder = home / "encoders" / encoder.fingerprint
    try:
        encoder.save(folder)
        others = [other for other in folder.parent.iterdir() if other != folder]
        for old in sorted(others, key=lambda f: f.stat().st_mtime)[: 1 - _KEPT]:
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise EncoderError(
            f"the fitted text encoder cannot be kept in {folder}: {error.strerror}",
            hint="search needs it: make room, or name another place by GRAPHREC_HOME",
        ) from error
    return encoder
