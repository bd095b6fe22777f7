"""Environment variables that are nearly ones that graphrec reads."""

from __future__ import annotations

import os
from collections.abc import Mapping

from graphrec.diagnostics.check import Check

#: What people write → what is read.
_MEANT = {
    "NEO4J_URL": "NEO4J_URI",
    "NEO4J_HOST": "NEO4J_URI",
    "NEO4J_ADDRESS": "NEO4J_URI",
    "NEO4J_BOLT_URL": "NEO4J_URI",
    "NEO4J_BOLT_URI": "NEO4J_URI",
    "NEO4J_USER": "NEO4J_USERNAME",
    "NEO4J_LOGIN": "NEO4J_USERNAME",
    "NEO4J_PASS": "NEO4J_PASSWORD",
    "NEO4J_PASSWD": "NEO4J_PASSWORD",
    "NEO4J_PWD": "NEO4J_PASSWORD",
    "NEO4J_DB": "NEO4J_DATABASE",
    "NEO4J_DBNAME": "NEO4J_DATABASE",
    "GRAPHREC_RUN": "GRAPHREC_RUNS",
    "GRAPHREC_DIR": "GRAPHREC_HOME",
    "GRAPHREC_TOML": "GRAPHREC_CONFIG",
}


def near_misses(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return variable that is set and never read → the one that was probably meant, and is not set.

    >>> near_misses({"NEO4J_URL": "bolt://db", "NEO4J_USER": "a", "NEO4J_USERNAME": "a"})
    {'NEO4J_URL': 'NEO4J_URI'}
    """
    env = os.environ if environment is None else environment
    return {name: meant for name, meant in _MEANT.items() if env.get(name) and not env.get(meant)}


def check_environment() -> Check:
    """Name the variables that are set under a wrong name; never their values."""
    found = near_misses()
    if not found:
        return Check("environment", "ok", "no variable is set under a wrong name")
    wrong = ", ".join(f"{name} (meant: {meant}?)" for name, meant in found.items())
    return Check(
        "environment",
        "warning",
        f"set, and read by nobody here: {wrong}",
        hint="graphrec reads NEO4J_URI, NEO4J_USERNAME, NEO4J_PASSWORD and NEO4J_DATABASE",
        details={"near_misses": found},
    )
