"""Write text into HTML."""

from __future__ import annotations

from html import escape

from graphrec.common.printable import printable


def escaped(text: object) -> str:
    r"""Return text that HTML shows literally, on one line, with visible control characters.

    >>> escaped("<b>\x1b</b>")
    '&lt;b&gt;\\u001b&lt;/b&gt;'
    """
    return escape(printable(text))
