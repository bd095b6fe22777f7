"""A text spoken to a file."""

from __future__ import annotations

import re
from pathlib import Path

from graphrec.config.settings import Settings
from graphrec.copywriting.write import Copy
from graphrec.language.voice import open_voice, speak

#: What a voice would read aloud.
_UNSPOKEN = re.compile(r"^(?:Subject|主题)[:：]\s*", re.MULTILINE)
_QUOTES = str.maketrans("", "", "“”《》")


def spoken(text: str) -> str:
    """Return a text as it is spoken: without quotes, and without the word before a subject.

    >>> spoken("Subject: recommended for you: “Heat”.")
    'recommended for you: Heat.'
    """
    return _UNSPOKEN.sub("", text).translate(_QUOTES)


def speak_copy(settings: Settings, copy: Copy, file: Path) -> str:
    """Speak a text to a file (WAV, FLAC, OGG or MP3) by ``[language] voice``, and return how.

    Raises
    ------
    InputError
        The suffix is unknown.
    ResourceError, EncoderError, LanguageError
        The voice is not installed, unavailable, or does not know the language.
    """
    return speak(open_voice(settings), spoken(copy.text), file, copy.wording.lang)
