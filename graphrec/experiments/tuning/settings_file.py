"""Change ``graphrec.toml`` in place: comments, order and everything else are kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphrec.common.errors import ConfigError
from graphrec.common.files import replacing
from graphrec.config.settings import FILE, Settings, load_settings

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


def settings_file(settings: Settings) -> Path:
    """Return the file that the settings came from, or the one to create."""
    named = os.environ.get("GRAPHREC_CONFIG")
    return (Path(named) if named else settings.root / FILE).resolve()


def write_settings(file: Path, changes: Mapping[str, Any]) -> None:
    """Set some keys, in one step.

    Parameters
    ----------
    file
        Created if missing.
    changes
        Dotted name, such as ``train.lr`` → value.

    Raises
    ------
    ConfigError
        The file cannot be read or written, or the result would not be valid for graphrec.
    """
    try:
        text = file.read_bytes().decode() if file.exists() else ""
        with replacing(file, private=False) as part:
            part.write_bytes(changed(text, changes).encode())
            if file.exists():
                shutil.copymode(file, part)
            load_settings(part)  # an invalid file never replaces the old one
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be changed: {error}", hint="--dry-run prints what is to be set") from error


def changed(text: str, changes: Mapping[str, Any]) -> str:
    """Return TOML with some keys set.

    Raises
    ------
    ConfigError
        The text is not TOML.
    """
    import tomlkit
    from tomlkit.exceptions import ParseError

    windows = "\r\n" in text
    text = text.replace("\r\n", "\n")
    try:
        document = tomlkit.parse(text if text.endswith("\n") or not text else text + "\n")
    except ParseError as error:
        raise ConfigError(f"{FILE}: not valid TOML: {error}") from error
    for name, value in changes.items():
        _set(document, name, value)
    result = document.as_string()
    return result.replace("\n", "\r\n") if windows else result


def _set(document: TOMLDocument, name: str, value: Any) -> None:
    import tomlkit
    from tomlkit.items import InlineTable

    section, _, key = name.partition(".")
    if section not in document:
        document[section] = tomlkit.table()
    table: Any = document[section]
    if not isinstance(value, dict):
        table[key] = value
    elif isinstance(held := table.get(key), dict) and not isinstance(held, InlineTable):
        for old in set(held) - set(value):
            del held[old]
        held.update(value)
    else:
        inline = tomlkit.inline_table()
        inline.update(value)
        table[key] = inline
