"""The environment variables that graphrec reads, and detection of misspelled ones."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path

from graphrec.common.errors import ConfigError

#: The variables that graphrec reads.
VARIABLES = (
    "NEO4J_URI",
    "NEO4J_USERNAME",
    "NEO4J_PASSWORD",
    "NEO4J_PASSWORD_FILE",
    "NEO4J_DATABASE",
    "GRAPHREC_CONFIG",
    "GRAPHREC_HOME",
    "GRAPHREC_RUNS",
    "GRAPHREC_CACHE",
    "GRAPHREC_NEO4J_CONF",
    "GRAPHREC_NEO4J_HEAP",
    "GRAPHREC_LANGUAGE_KEY",
    "GRAPHREC_ALLOW_PLAIN",
)
#: Names used by other tools → the name that graphrec reads.
_SYNONYMS = {
    "NEO4J_URI": ("URL", "HOST", "ADDRESS", "ADDR", "ENDPOINT", "SERVER", "CONNECTION", "BOLT", "BOLT_URL", "BOLT_URI"),
    "NEO4J_USERNAME": ("USER", "USR", "LOGIN", "USER_NAME", "AUTH_USER"),
    "NEO4J_PASSWORD": ("PASS", "PASSWD", "PWD", "PW", "PASSPHRASE", "AUTH_PASSWORD", "AUTH"),
    "NEO4J_DATABASE": ("DB", "DBNAME", "DB_NAME", "DATABASE_NAME", "DEFAULT_DATABASE"),
    "GRAPHREC_HOME": ("DIR", "FOLDER"),
    "GRAPHREC_CONFIG": ("TOML", "FILE"),
}
_MEANT = {f"{right.partition('_')[0]}_{word}": right for right, words in _SYNONYMS.items() for word in words}
#: Least similarity of a typing error, ignoring the part before the first underscore.
_ALIKE = 0.75
#: Harmless values: the defaults, and those of a server without a password.
_HARMLESS = {("NEO4J_USERNAME", "neo4j"), ("NEO4J_DATABASE", "neo4j"), ("NEO4J_PASSWORD", "none")}


def misnamed(environ: Mapping[str, str]) -> dict[str, str]:
    """Return misspelled variables whose correct form is not set.

    Parameters
    ----------
    environ
        The environment.

    Returns
    -------
    dict
        Misspelled name → name that graphrec reads, such as ``NEO4J_URL`` → ``NEO4J_URI``.

    Examples
    --------
    >>> misnamed({"NEO4J_URL": "bolt://localhost", "NEO4J_PASWORD": "secret"})
    {'NEO4J_PASWORD': 'NEO4J_PASSWORD', 'NEO4J_URL': 'NEO4J_URI'}
    """
    found = {}
    for name, value in sorted(environ.items()):
        right = None if name in VARIABLES or not value else _meant(name.upper())
        if right is not None and not environ.get(right) and (right, value) not in _HARMLESS:
            found[name] = right
    return found


def _meant(name: str) -> str | None:
    if name in VARIABLES:  # but for upper and lower case
        return name
    family, _, word = name.partition("_")
    words = {right.partition("_")[2]: right for right in VARIABLES if right.startswith(f"{family}_")}
    close = difflib.get_close_matches(word, words, n=1, cutoff=_ALIKE)
    return _MEANT.get(name) or (words[close[0]] if close else None)


def describe(wrong: Mapping[str, str]) -> str:
    """Return a message about :func:`misnamed` variables, with names only, as values may be secret."""
    return "; ".join(f"{name} is set, but graphrec reads {right}, which is not" for name, right in wrong.items())


def rename(wrong: Mapping[str, str]) -> str:
    """Return the next step for :func:`misnamed` variables."""
    return "rename " + ", ".join(f"{name} to {right}" for name, right in wrong.items())


def working_directory() -> Path:
    """Return the working directory.

    Raises
    ------
    ConfigError
        It is gone.
    """
    try:
        return Path.cwd()
    except OSError as error:
        raise ConfigError(f"the working directory: {error.strerror}", hint="change to a folder that exists") from error


def folder_of(variable: str) -> Path | None:
    """Return the folder that an environment variable names, if it is set.

    Raises
    ------
    ConfigError
        It begins with the home of somebody unknown.
    """
    named = os.environ.get(variable)
    if not named:
        return None
    try:
        return Path(named).expanduser()
    except RuntimeError as error:
        raise ConfigError(f"{variable}={named!r}: {error}", hint="name a folder by its whole path") from error


def password() -> str:
    """Return the password of Neo4j: of the environment, or of the file that it names; empty: none.

    Raises
    ------
    ConfigError
        The file cannot be read.
    """
    given = os.environ.get("NEO4J_PASSWORD")
    file = None if given else folder_of("NEO4J_PASSWORD_FILE")
    if file is None:
        return given or ""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no text in UTF-8"
        raise ConfigError(f"NEO4J_PASSWORD_FILE={str(file)!r}: {why}", hint="name a file with the password") from error
