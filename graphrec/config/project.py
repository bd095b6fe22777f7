"""Write the ``graphrec.toml`` that marks a folder and its subfolders as a project."""

from __future__ import annotations

from pathlib import Path

from graphrec.common.console import note
from graphrec.config.settings import FILE, Settings

TEXT = """\
# The settings of this graphrec project. Commands in this folder and in the folders below it use this file, the
# database in .graphrec and the runs in runs/. Every key is optional: the values below are the defaults.
# A server of your own is named by the environment, and so are secrets: NEO4J_URI, NEO4J_USERNAME, NEO4J_PASSWORD,
# NEO4J_DATABASE.

# [split]
# method = "random"       # what is held out: random, user-time, global-time, published, cold-item
# seed = 0

# [model]
# dim = 64                # components of a vector

# [train]
# epochs = 100            # at most
# seed = 0

# [publish]
# k = 20                  # recommendations of a user
# similar = 10            # similar items of an item
"""


def leave_file(settings: Settings) -> Path | None:
    """Write a ``graphrec.toml`` if the project has none, so that commands in subfolders find it.

    Returns
    -------
    Path or None
        The new file; None if one exists already, or if the folder cannot be written.
    """
    if settings.file is not None:
        return None
    file = settings.root / FILE
    try:
        with file.open("x", encoding="utf-8", newline="\n") as new:  # never overwrite a file
            new.write(TEXT)
    except OSError:
        return None
    note(f"wrote {file}: commands in this folder and below it use this database")
    return file
