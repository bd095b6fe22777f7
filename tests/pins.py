"""Pins: every package that graphrec is tested with, by name and version and without addresses.

``python tests/pins.py`` resolves the newest versions that ``pyproject.toml`` allows and writes them to two places:

- ``[tool.uv] constraint-dependencies`` in ``pyproject.toml``, which ``uv run`` and ``uv sync`` follow by themselves;
- ``constraints.txt``, for ``pip install -c constraints.txt`` and for ``graphrec doctor``.

It needs uv and a package index, and nothing but the standard library, so that it runs where nothing is installed.
Then run the suite, and commit both files together.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROJECT, CONSTRAINTS = ROOT / "pyproject.toml", ROOT / "constraints.txt"

#: The list in ``pyproject.toml``, from its key to the bracket that closes it.
_LIST = re.compile(r"(?<=^constraint-dependencies = \[\n).*?(?=^\]$)", re.MULTILINE | re.DOTALL)
_EXPORT = ("--no-hashes", "--no-header", "--no-annotate", "--no-emit-project", "--all-extras", "--all-groups")


def resolve(project: str) -> list[str]:
    """Return the newest allowed packages as requirements, ``name==version``, with a marker where versions differ.

    Parameters
    ----------
    project
        The text of ``pyproject.toml``; the constraints in it are ignored.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("README.md", "LICENSE"):
            shutil.copy(ROOT / file, folder)
        (folder / "pyproject.toml").write_text(_LIST.sub("", project, count=1), encoding="utf-8")
        _uv("lock", folder)
        return simplified(_uv("export", folder, *_EXPORT).splitlines())


def simplified(exported: list[str]) -> list[str]:
    """Return requirements without the markers of packages that have one version everywhere.

    A constraint installs nothing, so a marker is needed only to tell versions apart.
    """
    versions: dict[str, list[str]] = {}
    for line in exported:
        versions.setdefault(line.partition("==")[0], []).append(line)
    return [
        line if len(lines) > 1 else line.partition(" ;")[0]
        for _, lines in sorted(versions.items())
        for line in sorted(lines)
    ]


def in_project(project: str) -> list[str]:
    """Return the constraints that ``pyproject.toml`` holds."""
    constraints: list[str] = tomllib.loads(project)["tool"]["uv"]["constraint-dependencies"]
    return constraints


def in_file(text: str) -> list[str]:
    """Return the constraints that ``constraints.txt`` holds."""
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def write(pins: list[str], project: str) -> None:
    """Write the constraints to both places."""
    listed = "".join(f'  "{pin}",\n' for pin in (pin.replace('"', "'") for pin in pins))
    PROJECT.write_text(_LIST.sub(lambda _: listed, project, count=1), encoding="utf-8")
    head = "# What graphrec is tested with: pip install -c constraints.txt. Written by: python tests/pins.py\n"
    CONSTRAINTS.write_text(head + "".join(f"{pin}\n" for pin in pins), encoding="utf-8")


def _uv(command: str, folder: Path, *options: str) -> str:
    call = ["uv", command, "--quiet", "--project", str(folder), *options]
    return subprocess.run(call, stdout=subprocess.PIPE, text=True, check=True).stdout


def main() -> None:
    """Resolve, write both, and say on stderr what has changed."""
    project = PROJECT.read_text(encoding="utf-8")
    before, after = set(in_project(project)), resolve(project)
    write(after, project)
    for pin in sorted(before.symmetric_difference(after)):
        print("+" if pin in after else "-", pin, file=sys.stderr)


if __name__ == "__main__":
    main()
