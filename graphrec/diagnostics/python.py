"""Check the Python version."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

from graphrec.diagnostics.check import Check

_CLASSIFIER = "Programming Language :: Python :: 3."


def check_python() -> Check:
    """Check whether graphrec supports this Python version."""
    minors = sorted(
        int(line.removeprefix(_CLASSIFIER))
        for line in metadata.metadata("graphrec").get_all("Classifier", [])
        if line.startswith(_CLASSIFIER)
    )
    found = {"version": platform.python_version(), "executable": sys.executable, "platform": platform.platform()}
    message = f"Python {found['version']} at {sys.executable}"
    if sys.version_info.minor not in minors:
        supported = ", ".join(f"3.{minor}" for minor in minors)
        return Check(
            "python", "warning", message, hint=f"graphrec supports Python {supported}: use one of these", details=found
        )
    return Check("python", "ok", message, details=found)
