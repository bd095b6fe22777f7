"""The imports of the process that trainings are forked from: everything they need, loaded once.

The import takes seconds; Ctrl-C must not end it with a traceback, and library output during it is not a result.
"""

from __future__ import annotations

import os
import signal

os.dup2(2, 1)
_before = signal.signal(signal.SIGINT, signal.SIG_IGN)

from graphrec.common.libraries import failed_import  # noqa: E402

try:
    import graphrec.experiments.ablation.trial
    import graphrec.experiments.isolated  # noqa: F401
except Exception as error:
    if failed_import(error) is None:
        raise
    # This process stays silent: the command that started it imports the same, and names the library.
    raise ImportError(str(error)) from error

# Forked processes inherit this handler.
signal.signal(signal.SIGINT, _before)
