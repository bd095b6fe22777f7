"""Make ``locks/VERSION.toml``: ``python -m graphrec.db.server.lock [--neo4j VERSION] [--browser VERSION]``.

Resolve the dependencies of the server and the Browser, download every jar and record its SHA-256. Maintainers run
this to add a version of Neo4j, then review and commit the result. Projects get the newest version that has a lock.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from graphrec.common.console import note
from graphrec.common.sizes import megabytes
from graphrec.db.server.jars import DOWNLOAD_THREADS, Jar, maven_context
from graphrec.db.server.versions import LOCKS, chosen_version

if TYPE_CHECKING:
    from jgo.maven import Dependency

BROWSER = "5.24.0"  # tested: serves /browser/ with every version that has a lock


def resolve(neo4j: str, browser: str, workdir: Path) -> list[Jar]:
    """Return every jar of the server, sorted by coordinate, each downloaded and hashed."""
    context = maven_context(workdir)
    roots = (
        f"org.neo4j:neo4j:{neo4j}",
        f"org.neo4j.app:neo4j-server:{neo4j}",
        f"org.neo4j.client:neo4j-browser:{browser}",
    )
    inputs, transitive = context.resolver.resolve([context.create_dependency(root) for root in roots])
    wanted = [dep for dep in inputs + transitive if dep.type == "jar" and dep.scope not in ("test", "provided")]
    note(f"{len(wanted)} jars; downloading")

    def fetch(dep: Dependency) -> Jar:
        version, classifier = exact(dep.version), dep.classifier or ""
        component = context.project(dep.groupId, dep.artifactId).at_version(version)
        path = component.artifact(classifier, "jar").resolve()
        return Jar(
            group=dep.groupId,
            artifact=dep.artifactId,
            version=version,
            classifier=classifier,
            size=path.stat().st_size,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        )

    with ThreadPoolExecutor(DOWNLOAD_THREADS) as pool:
        jars = list(pool.map(fetch, wanted))
    names = [jar.filename for jar in jars]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise SystemExit(f"two jars with one file name: {sorted(twice)}")
    return sorted(jars, key=str)


def exact(version: str) -> str:
    """Return a version, or the lowest of a range.

    >>> exact("4.5.2"), exact("[1.80,1.81)")
    ('4.5.2', '1.80')
    """
    return version.strip("[()]").partition(",")[0]


def dump(neo4j: str, jars: list[Jar]) -> str:
    """Return the text of the lock: one jar per line, for readable diffs."""
    lines = [
        "# The jars of the managed Neo4j; made by `python -m graphrec.db.server.lock`, not by hand.",
        f'neo4j = "{neo4j}"',
        "jars = [",
    ]
    for jar in jars:
        fields = ", ".join(
            f"{name} = {value}" if isinstance(value, int) else f'{name} = "{value}"'
            for name, value in vars(jar).items()
        )
        lines.append(f"  {{ {fields} }},")
    return "\n".join([*lines, "]", ""])


def main() -> None:
    """Write the lock."""
    parser = argparse.ArgumentParser(prog="python -m graphrec.db.server.lock", description=__doc__)
    parser.add_argument("--neo4j", metavar="VERSION", default=chosen_version())
    parser.add_argument("--browser", metavar="VERSION", default=BROWSER)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as workdir:
        jars = resolve(options.neo4j, options.browser, Path(workdir))
    file = LOCKS / f"{options.neo4j}.toml"
    file.write_text(dump(options.neo4j, jars), newline="\n")
    note(f"wrote {file.name}: {len(jars)} jars, {megabytes(sum(jar.size for jar in jars))}")


if __name__ == "__main__":
    main()
