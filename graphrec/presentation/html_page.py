"""Write self-contained HTML pages: no script, nothing loaded from a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from graphrec.common.errors import InputError
from graphrec.common.files import replacing
from graphrec.common.html_text import escaped

#: The page may show only what it contains, and fetch nothing.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def document(heading: str, style: str, body: Sequence[str], language: str = "en") -> str:
    """Return a whole page.

    Parameters
    ----------
    heading
        The title of the page, as text.
    style
        CSS.
    body
        Lines of HTML.
    language
        Code of the page's language.
    """
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{language}"><head><meta charset="utf-8"><title>{escaped(heading)}</title>',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            f"<style>{style}</style></head><body>",
            *body,
            "</body></html>\n",
        ]
    )


def check_page(path: Path) -> Path:
    """Return the path of a page that can be written.

    Raises
    ------
    InputError
        The name does not end in .html, or the folder does not exist.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"--html: {str(path)!r} does not end in .html", hint=f"--html {path.stem or 'page'}.html")
    if not path.parent.is_dir():
        raise InputError(f"--html: there is no folder {str(path.parent)!r}", hint="make it, or name another")
    return path


def write_page(path: Path, text: str) -> None:
    """Write a page in one step: a reader sees the old one or the new one.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    try:
        with replacing(path) as part:
            part.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"--html {path}: cannot be written: {error.strerror}", hint="name another file") from error
