"""Read TOML files, and write values in them."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from graphrec.common.errors import ConfigError
from graphrec.common.files import read_text


def read_toml(file: Path, *, hint: str | None = None) -> dict[str, Any]:
    """Read a TOML file.

    Parameters
    ----------
    hint
        The next step if it is not TOML.

    Raises
    ------
    ConfigError
        The file cannot be read, or is not TOML.
    InputError
        It is a pipe or a device.
    """
    try:
        return tomllib.loads(read_text(file))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}", hint="check the path") from error
    except RecursionError as error:
        raise ConfigError(f"{file}: not valid TOML: nested too deeply", hint=hint) from error
    except ValueError as error:  # not TOML, not UTF-8, an integer of thousands of digits
        raise ConfigError(f"{file}: not valid TOML: {error}", hint=hint) from error


def toml_value(value: Any) -> str:
    r"""Return a text, number, list or table as it is written in TOML.

    >>> toml_value({"a b": ["O'Hara", 1.5, True], "c": "\x7f"})
    '{"a b" = ["O\'Hara", 1.5, true], c = "\\u007F"}'
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml_key(name)} = {toml_value(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, float):
        return repr(value)
    # As in JSON, except for one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def toml_key(name: str) -> str:
    """Return the name of a table or key as it is written in TOML."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml_value(name)
