"""What graphrec is made of, and what is known against it.

- ``python tests/supply.py advisories`` asks for published vulnerabilities of every pinned package (pip-audit). It fails
  where one is known that :data:`ACCEPTED` does not explain, and says so where nothing could be asked.
- ``python tests/supply.py sbom FILE`` writes a software bill of materials (CycloneDX 1.5): every Python package with
  the SHA-256 of its files, and every jar of the newest Neo4j.

It needs uv and a package index. ``.ci/run`` runs the first beside the tests; the second belongs to a release.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
LOCKS = ROOT / "graphrec" / "db" / "server" / "locks"
#: Its own packages are pinned with those of graphrec where graphrec has them.
PIP_AUDIT = "pip-audit==2.10.1"

#: Advisory → why it does no harm here. An entry goes as soon as a version without the fault is pinned.
ACCEPTED: dict[str, str] = {}


def advisories() -> int:
    """Print known vulnerabilities of the pinned packages, and return the exit status."""
    done = subprocess.run(
        ["uv", "tool", "run", "-q", "-c", CONSTRAINTS, "--from", PIP_AUDIT, "pip-audit", "-r", CONSTRAINTS,
         "--no-deps", "--disable-pip", "--progress-spinner", "off", "-f", "json"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        found = json.loads(done.stdout)["dependencies"]
    except ValueError:
        _say(f"nothing was asked: pip-audit did not run: {done.stderr.strip()[-500:]}")
        return 0
    return judged(found, ACCEPTED)


def judged(found: list[dict[str, Any]], accepted: dict[str, str]) -> int:
    """Print what pip-audit found, and return the exit status: 1 where something unexplained is known.

    Parameters
    ----------
    found
        Its list of packages: ``name``, and ``vulns`` or ``skip_reason``.
    accepted
        Advisory → reason.
    """
    asked = [one for one in found if "skip_reason" not in one]
    if not asked:
        _say(f"nothing was asked: the index here has no advisories for any of {len(found)} packages")
        return 0
    known: dict[str, set[str]] = {}
    for one in asked:
        for fault in one["vulns"]:
            mended = ", ".join(fault["fix_versions"]) or "no version"
            known[f"{one['name']} {one['version']}: {fault['id']}, mended in {mended}"] = {
                fault["id"],
                *fault["aliases"],
            }
    bad = [text for text, names in known.items() if not names & accepted.keys()]
    for text in bad:
        _say(text)
    _say(f"{len(asked)} of {len(found)} packages asked about, {len(known)} advisories, {len(bad)} of them unexplained")
    return 1 if bad else 0


def sbom() -> dict[str, Any]:
    """Return the bill of materials; files are named without addresses."""
    done = subprocess.run(
        ["uv", "export", "-q", "--format", "cyclonedx1.5", "--no-dev", "--all-extras", "--preview"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    bill: dict[str, Any] = json.loads(done.stdout)
    for component in bill["components"]:
        for file in component.get("externalReferences", ()):
            file["url"] = file["url"].rpartition("/")[2]
    bill["components"] += jars()
    return bill


def jars() -> list[dict[str, Any]]:
    """Return the jars of the newest Neo4j as components."""
    newest = max(LOCKS.glob("*.toml"), key=lambda file: [int(part) for part in file.stem.split(".")])
    made = []
    for row in tomllib.loads(newest.read_text("utf-8"))["jars"]:
        group, artifact, version, classifier = row["group"], row["artifact"], row["version"], row.get("classifier", "")
        purl = f"pkg:maven/{group}/{artifact}@{version}" + (f"?classifier={classifier}" if classifier else "")
        made.append({
            "type": "library", "bom-ref": purl, "group": group, "name": artifact, "version": version, "purl": purl,
            "hashes": [{"alg": "SHA-256", "content": row["sha256"]}],
        })  # fmt: skip
    return made


def _say(text: str) -> None:
    sys.stderr.write(f"advisories: {text}\n")


def main() -> int:
    """Run what the first argument names."""
    match sys.argv[1:]:
        case ["advisories"]:
            return advisories()
        case ["sbom", file]:
            Path(file).write_text(json.dumps(sbom(), indent=2) + "\n", encoding="utf-8")
            return 0
    sys.stderr.write(f"{__doc__}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
