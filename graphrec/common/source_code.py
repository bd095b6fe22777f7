"""Hash graphrec's own source files: some modules and all graphrec modules that they import.

Cached figures are keyed by this hash, so that figures of older code are never reused.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

from graphrec.common.hashing import digest_files

#: Top-level packages whose source counts.
OWN = ("graphrec", "graphrec_etl")


@cache
def code_digest(*modules: str) -> str:
    """Return a short hash of the source of ``modules``, of all that they import, and of graphrec's version.

    Imports inside functions and for type checking count too: a false "changed" costs a training, but a false
    "unchanged" would give a wrong figure.

    Raises
    ------
    ValueError
        A module does not exist.
    """
    return digest_files(import_closure(*modules).values(), version("graphrec"))


def import_closure(*modules: str) -> dict[str, Path]:
    """Return the source file of each of ``modules`` and of everything of graphrec that they import, by module name.

    Raises
    ------
    ValueError
        A module does not exist.
    """
    found: dict[str, Path] = {}
    waiting = list(modules)
    for name in modules:
        if _file(name) is None:
            raise ValueError(f"no module {name!r} to fingerprint")
    while waiting:
        name = waiting.pop()
        file = None if name in found else _file(name)
        if file is None:
            continue
        found[name] = file
        # Importing a module also runs its parent packages.
        waiting += [
            name.rpartition(".")[0],
            *_imports(file, name if file.name == "__init__.py" else name.rpartition(".")[0]),
        ]
    return dict(sorted(found.items()))


def _imports(file: Path, package: str) -> Iterator[str]:
    """Yield the imported names in a file that may be graphrec modules."""
    for node in ast.walk(ast.parse(file.read_bytes(), str(file))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, *([base] if base else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


@cache
def _file(name: str) -> Path | None:
    """Return the source file of a graphrec module; None for anything else."""
    top, *parts = name.split(".")
    # Import only the top-level package; look up submodules as files.
    spec = importlib.util.find_spec(top) if top in OWN else None
    if spec is None or spec.origin is None:
        return None
    place = Path(spec.origin).parent.joinpath(*parts)
    candidates = (place / "__init__.py", place.with_suffix(".py"))
    return next((file for file in candidates if file.is_file()), None)
