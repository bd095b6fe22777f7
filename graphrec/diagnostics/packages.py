"""Compare installed versions with those that graphrec is tested with (``constraints.txt``)."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from graphrec.diagnostics.check import Check

_SHOWN = 5
#: Inside the package in a wheel, next to it in a checkout.
_FILE = "constraints.txt"
_PACKAGE = Path(__file__).resolve().parents[1]


def pinned_versions() -> dict[str, str]:
    """Return package → the version that graphrec is tested with, for this Python and platform.

    Names are normalised: lower case, with ``-``.
    """
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    file = next(path for path in (_PACKAGE / _FILE, _PACKAGE.parent / _FILE) if path.is_file())
    pins = [Requirement(line) for line in file.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return {
        canonicalize_name(pin.name): str(pin.specifier).removeprefix("==")
        for pin in pins
        if pin.marker is None or pin.marker.evaluate()
    }


def needed(name: str, *extras: str) -> set[str]:
    """Return the normalised names of a package and its installed dependencies, with extras."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found: set[tuple[str, str]] = set()
    waiting = [(canonicalize_name(name), extra) for extra in ("", *extras)]
    while waiting:
        package, extra = waiting.pop()
        try:
            lines = metadata.requires(package) or []
        except metadata.PackageNotFoundError:
            continue
        found.add((package, extra))
        for requirement in map(Requirement, lines):
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                asked = {(canonicalize_name(requirement.name), more) for more in ("", *requirement.extras)}
                waiting += asked - found
    return {package for package, _ in found}


def check_packages() -> list[Check]:
    """Compare the installed versions of graphrec's dependencies with the tested ones."""
    from packaging.version import Version

    tested = pinned_versions()
    differing = {}
    names = sorted(needed("graphrec", "all") & set(tested))
    for name in names:
        installed = metadata.version(name)
        # 2.15.0+cpu is the same release as 2.15.0, built for another machine.
        if Version(installed).public != Version(tested[name]).public:
            differing[name] = {"installed": installed, "tested": tested[name]}
    checks = [Check("graphrec", "ok", f"graphrec {metadata.version('graphrec')} at {_PACKAGE}")]
    if not differing:
        return [*checks, Check("packages", "ok", f"{len(names)} packages, all in tested versions")]
    shown = [f"{name} {one['installed']} (tested: {one['tested']})" for name, one in list(differing.items())[:_SHOWN]]
    more = f" and {len(differing) - _SHOWN} more (--json names all)" if len(differing) > _SHOWN else ""
    return [
        *checks,
        Check(
            "packages",
            "warning",
            f"{len(differing)} of {len(names)} packages differ from the tested versions: {', '.join(shown)}{more}",
            hint="uv sync in a checkout, or pip install -c constraints.txt, installs the tested ones",
            details={"differing": differing},
        ),
    ]
