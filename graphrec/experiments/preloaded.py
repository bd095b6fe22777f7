"""The one import of the process that trainings are forked from: all that they import, once.

It takes seconds, which Ctrl-C must not end with a traceback; and what libraries print meanwhile is no result.
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
    # What this process must not say: the command that started it imports the same, and names the library.
    raise ImportError(str(error)) from error

# What is forked begins with it.
signal.signal(signal.SIGINT, _before)
