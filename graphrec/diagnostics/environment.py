"""Detect misspelled environment variables."""

from __future__ import annotations

import os

from graphrec.config.environment import misnamed
from graphrec.diagnostics.check import Check


def check_environment() -> Check:
    """Check for variables set under a wrong name; never show their values."""
    found = misnamed(os.environ)
    if not found:
        return Check("environment", "ok", "no variable is set under a wrong name")
    wrong = ", ".join(f"{name} (meant: {meant}?)" for name, meant in found.items())
    return Check(
        "environment",
        "warning",
        f"set but not read by graphrec: {wrong}",
        hint="graphrec reads NEO4J_URI, NEO4J_USERNAME, NEO4J_PASSWORD and NEO4J_DATABASE",
        details={"near_misses": found},
    )
