r"""Make text from data safe to print: it must not move the cursor, clear the screen or forge a line.

Control characters (``ESC``, the C1 block, NUL …), embeddings and overrides of the writing direction and lone surrogates
are written as ``\u001b``, which JSON, TOML and Cypher read as the character itself.
"""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
#: Longer words, such as a path of 5,000 characters, are shortened in messages.
_LONG = re.compile(r"(\S{200})\S{200,}(\S{100})")
_BREAKS = re.compile("[\t-\r\x1c-\x1f\x85\u2028\u2029]+")
#: A line that is not indented would look like one of graphrec's own.
_LINE = re.compile(r"\n(?!  )")


def printable(text: object) -> str:
    r"""Return text on one line, with a space for line breaks and tabs, and visible control characters.

    >>> printable("Heat\r\n\x1b[2J"), printable("a\u202eb\x9b")
    ('Heat \\u001b[2J', 'a\\u202eb\\u009b')
    """
    return printable_lines(_BREAKS.sub(" ", str(text)).strip())


def printable_lines(text: object) -> str:
    r"""Return text with its lines and tabs, and visible control characters.

    >>> printable_lines("Heat\n\tRonin\r\x00")
    'Heat\n\tRonin\\u000d\\u0000'
    """
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", str(text))


def message_lines(text: object) -> str:
    r"""Return text as :func:`printable_lines` does, with long words shortened and all lines after the first indented.

    >>> message_lines("no file 'a\nerror: b'")
    "no file 'a\n    error: b'"
    """
    return _LINE.sub("\n    ", _LONG.sub(r"\1…\2", printable_lines(text)))
