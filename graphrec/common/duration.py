"""Spans of time as people write them: ``90s``, ``15m``, ``6h``, ``1d``."""

from __future__ import annotations

import re

from graphrec.common.errors import ConfigError

_UNITS = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_FORM = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


def seconds(text: str, where: str) -> float:
    """Return a span in seconds.

    >>> seconds("15m", "[serve] update_every")
    900.0

    Parameters
    ----------
    text
        A number and its unit.
    where
        The setting, for messages.

    Raises
    ------
    ConfigError
        It is no span of time, or none at all.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None or not float(match[1]):
        raise ConfigError(f"{where} = {text!r}: is no span of time", hint="a number and its unit: 90s, 15m, 6h or 1d")
    return float(match[1]) * _UNITS[match[2]]
