"""What somebody says in a recording, in words."""

from __future__ import annotations

import threading

from graphrec.config.settings import Settings
from graphrec.content.files import Media
from graphrec.language.speech import Listener, Transcript, open_listener

_lock = threading.Lock()
#: What hears, by ``[language] speech`` and the longest recording: opening it takes long.
_open: dict[tuple[str, int], Listener] = {}


def hear(settings: Settings, recording: Media) -> Transcript:
    """Return the words of a recording, and how they were heard.

    Parameters
    ----------
    recording
        A WAV, FLAC, OGG or MP3 file, or the content of one.

    Raises
    ------
    InputError
        It is not audio, silent, too short or too long.
    LanguageError, EncoderError, LibraryError
        What hears fails, or is not there.
    """
    key = settings.language.speech, settings.language.speech_seconds
    with _lock:
        if key not in _open:
            _open.clear()
            _open[key] = open_listener(settings)
    return _open[key].transcribe(recording)
