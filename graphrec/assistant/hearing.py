"""What somebody says in a recording, in words."""

from __future__ import annotations

import threading

from graphrec.assistant.understanding.expected import expected_requests, expected_searches
from graphrec.assistant.understanding.known_names import Vocabulary
from graphrec.config.settings import Settings
from graphrec.content.files import Media
from graphrec.language.speech import POCKETSPHINX, Listener, Transcript, open_listener

_lock = threading.Lock()
#: What hears, by ``[language] speech``, the longest recording and what is expected: opening it takes long.
_open: dict[tuple[str, int, tuple[str, ...]], Listener] = {}


def hear_search(settings: Settings, recording: Media, vocabulary: Vocabulary) -> Transcript:
    """Return the words of a recording that says what to look for; parameters and errors as in :func:`hear`."""
    return open_listener(settings, expected_searches(vocabulary)).transcribe(recording)


def hear(settings: Settings, recording: Media, vocabulary: Vocabulary | None = None) -> Transcript:
    """Return the words of a recording, and how they were heard.

    Parameters
    ----------
    recording
        A WAV, FLAC, OGG or MP3 file, or the content of one.
    vocabulary
        The names of the graph: pocketsphinx then hears requests with these alone, and understands twice as many. Models
        hear anything. None: any English.

    Raises
    ------
    InputError
        It is not audio, silent, too short or too long.
    LanguageError, EncoderError, LibraryError
        What hears fails, or is not there.
    """
    closed = vocabulary if settings.language.speech == POCKETSPHINX else None
    expected = () if closed is None else tuple(expected_requests(closed))
    key = settings.language.speech, settings.language.speech_seconds, expected
    with _lock:
        if key not in _open:
            _open.clear()
            _open[key] = open_listener(settings, expected)
    return _open[key].transcribe(recording)
