"""Run the tools of Neo4j's ``neo4j-admin`` from the jars of the managed server."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from subprocess import CompletedProcess

from graphrec.common.errors import ServerError
from graphrec.common.private import open_private
from graphrec.db.server.conf import heap
from graphrec.db.server.layout import Layout
from graphrec.db.server.process import environment, private


def run_admin(
    java: Path, jars: Path, home: Path, *words: str, given: Path | None = None, output: Path | None = None
) -> CompletedProcess[str]:
    """Run ``neo4j-admin WORDS`` on the server whose files are below ``home``.

    ``given`` is its stdin; ``output`` takes its stdout, which is not in the result then. The words may hold a password,
    which every user of the machine could read in the process list. Java also reads arguments from a file, which only
    the current user can read.
    """
    # Java's own warnings go to stdout otherwise, into the middle of a dump.
    warnings = ["-Xlog:disable", "-Xlog:all=warning:stderr"]
    options = [
        *warnings,
        f"-Xmx{heap()}",
        "--enable-native-access=ALL-UNNAMED",
        "--add-opens=java.base/java.nio=ALL-UNNAMED",
    ]
    command = [*options, "-cp", str(jars / "*"), "org.neo4j.cli.AdminTool", *words]
    arguments = home / "arguments"
    arguments.unlink(missing_ok=True)
    quoted = ['"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in command]
    try:
        with open_private(arguments, "x", encoding="utf-8") as file:
            file.write("\n".join(quoted))
        with (given or Path(os.devnull)).open("rb") as stdin, open_private(output or Path(os.devnull), "wb") as stdout:
            return subprocess.run(
                [java, f"@{arguments}"],
                env=environment(NEO4J_HOME=str(home), NEO4J_CONF=str(home / "conf")),
                stdin=stdin,
                stdout=stdout if output else subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                check=False,
                **private(),
            )
    finally:
        arguments.unlink(missing_ok=True)


def said(done: CompletedProcess[str]) -> str:
    """Return the reason that a tool gave for its failure, on one line."""
    text = done.stderr + (done.stdout or "")
    failed = re.search(r"Command Failed\n(.*?)(Full exception details|-{20}|\Z)", text, re.DOTALL)
    return " ".join((failed[1] if failed else text[-500:]).split())


def set_password(java: Path, jars: Path, layout: Layout) -> None:
    """Give the user ``neo4j`` a random password, before the first start.

    Raises
    ------
    ServerError
        Neo4j's tool fails.
    """
    done = run_admin(java, jars, layout.root, "dbms", "set-initial-password", layout.new_password())
    if done.returncode != 0:
        raise ServerError(
            f"the password of the local Neo4j cannot be set: {said(done)}",
            hint=f"remove {layout.root} to begin with an empty database",
        )
