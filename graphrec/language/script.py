"""The language of a text, by its letters: simple, and said so."""

from __future__ import annotations

import re
from typing import Literal

#: Chinese characters, as within the brackets of a pattern.
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAN = re.compile(f"[{HAN}]")
_LATIN = re.compile("[A-Za-z]")
#: Letters of neither: Japanese and Korean, which also use Chinese characters, Greek, Cyrillic, Arabic and so on.
_OTHER = re.compile("[\u0370-\u1fff\u3040-\u30ff\uac00-\ud7af]")
#: A Chinese character says about as much as three Latin letters.
_LETTERS = 3


def language_of(text: str) -> Literal["en", "zh"] | None:
    """Return English for Latin letters, Chinese for Chinese characters, whichever prevail; None for all others.

    Other languages in Latin letters are taken for English.

    Examples
    --------
    >>> language_of("a good film"), language_of("好电影 (Heat)"), language_of("いい映画"), language_of("42!")
    ('en', 'zh', None, None)
    """
    han, latin, other = (len(letters.findall(text)) for letters in (_HAN, _LATIN, _OTHER))
    if (not han and not latin) or other > max(han, latin) // 2:
        return None
    return "zh" if _LETTERS * han >= latin else "en"
