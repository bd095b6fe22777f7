"""Check the compiled libraries and the GPU in a separate process, which may crash."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import Any

from graphrec.common.libraries import HINT
from graphrec.diagnostics.check import Check
from graphrec.diagnostics.probe import LIBRARIES

#: Seconds: the first import after an installation reads gigabytes from the disk.
_PATIENCE = 300
_TRAINING = "training runs on the CPU"


def check_native() -> list[Check]:
    """Load every compiled library in another process; report failures and the GPUs."""
    errors, cuda, ended = _probe()
    checks = []
    if failed := {name: error for name, error in errors.items() if error != ""}:
        for name, error in failed.items():
            stops = LIBRARIES[name]
            told = error if error is not None else f"{name} {ended}"
            checks.append(
                Check(
                    f"library {name.partition('.')[0]}",
                    "failure" if stops == "graphrec" else "warning",
                    told if stops == "graphrec" else f"{told}; {stops}: not available",
                    hint=HINT,
                )
            )
    else:
        checks.append(Check("libraries", "ok", f"{len(errors)} compiled libraries load"))
    return [*checks, _gpu(cuda)]


def _probe() -> tuple[dict[str, str | None], dict[str, Any] | None, str]:
    """Return library → error (empty: it loads; None: the process ended there), the GPUs, and how the process ended."""
    command = [sys.executable, "-m", "graphrec.diagnostics.probe"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
        output, ended = done.stdout, f"ends the process that imports it (exit code {done.returncode})"
    except subprocess.TimeoutExpired as error:
        output = error.stdout.decode() if isinstance(error.stdout, bytes) else error.stdout or ""
        ended = f"has not loaded after {_PATIENCE} s"
    errors: dict[str, str | None] = {}
    cuda = None
    for line in output.splitlines():
        if line.startswith("{"):  # libraries may print too
            told = json.loads(line)
            if "cuda" in told:
                cuda = told["cuda"]
            else:
                errors[told["library"]] = told["error"]
    return errors, cuda, ended


def _gpu(cuda: dict[str, Any] | None) -> Check:
    if cuda is None:
        return Check("cuda", "warning", "torch could not be checked for a GPU", hint="see the libraries above")
    if cuda["devices"]:
        names = ", ".join(f"{device['name']} ({device['memory_bytes'] / 1e9:.0f} GB)" for device in cuda["devices"])
        return Check("cuda", "ok", f"CUDA {cuda['built_for']}: {names}", details=cuda)
    if shutil.which("nvidia-smi") is None:
        return Check("cuda", "ok", f"no NVIDIA GPU; {_TRAINING}", details=cuda)
    if cuda["built_for"] is None:
        hint = "install the CUDA build of torch (docs/install.md)"
        return Check("cuda", "warning", f"a GPU exists, but torch is built for the CPU; {_TRAINING}", hint, cuda)
    hint = "nvidia-smi shows whether the driver is new enough"
    return Check("cuda", "warning", f"torch cannot use the GPU with CUDA {cuda['built_for']}; {_TRAINING}", hint, cuda)
