"""Read TOML files."""

from __future__ import annotations

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
