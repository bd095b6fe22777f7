"""The text encoder that understanding uses: that of the project, or the one that a package brings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from graphrec.common.console import note
from graphrec.common.errors import EncoderError, LibraryError
from graphrec.config.settings import Settings
from graphrec.content.encoder import Encoder
from graphrec.serving.open_encoders import opened

_AUTO = "auto"


def encoder_of(settings: Settings) -> Callable[[], Encoder[str] | None]:
    """Return what opens the encoder at its first call; it gives None where there is none.

    An encoder of word counts knows the items' words alone, so that ``tfidf`` and ``none`` leave the choice to ``auto``.
    """
    name = _AUTO if settings.content.text in ("tfidf", "none") else settings.content.text
    return partial(opened, ("understanding", name, settings.root), partial(_open, name, settings))


def _open(name: str, settings: Settings) -> Encoder[str] | None:
    from graphrec.content.text import open_for_search

    try:
        return open_for_search(name, settings.root)
    except (EncoderError, LibraryError) as error:
        note(f"requests are understood by rules alone: {error.message}")
        return None
