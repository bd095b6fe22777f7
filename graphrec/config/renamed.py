"""Renamed keys of ``graphrec.toml``: the old name works for one more release, with a warning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphrec.common.errors import ConfigError

#: Table → old key → new key.
RENAMED: Mapping[str, Mapping[str, str]] = {
    "model": {"factors": "als", "short": "short_profiles", "untried": "cold_item_rank"},
    "train": {"average": "ema", "contrast": "contrastive", "adversary": "adversarial"},
    "recommend": {"most": "max_per_entity"},
}


def old_keys(tables: Any) -> Iterator[tuple[str, str, str]]:
    """Yield table, old key and new key for every renamed key in plain tables."""
    for table, renamed in RENAMED.items():
        values = tables.get(table) if isinstance(tables, dict) else None
        for old, new in renamed.items():
            if isinstance(values, dict) and old in values:
                yield table, old, new


def with_new_keys(tables: Any, where: str) -> Any:
    """Return plain tables with renamed keys under their new names, without changing the input.

    Parameters
    ----------
    tables
        Table → key → value.
    where
        The file, for error messages.

    Raises
    ------
    ConfigError
        A key is set under both names.
    """
    found = dict(tables) if isinstance(tables, dict) else tables
    for table, old, new in old_keys(tables):
        values = dict(found[table])
        if new in values:
            raise ConfigError(
                f"{where}: [{table}] has both {new!r} and {old!r}, its old name", hint=f"remove {old!r} from [{table}]"
            )
        found[table] = {new if key == old else key: value for key, value in values.items()}
    return found
