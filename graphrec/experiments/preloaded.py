"""The one import of the process that trainings are forked from: all that they import, once.

It takes seconds, which Ctrl-C must not end with a traceback; and what libraries print meanwhile is no result.
"""

from __future__ import annotations

import os
import signal

os.dup2(2, 1)
_before = signal.signal(signal.SIGINT, signal.SIG_IGN)

import graphrec.experiments.ablation.trial  # noqa: E402
import graphrec.experiments.isolated  # noqa: E402, F401

# What is forked begins with it.
signal.signal(signal.SIGINT, _before)
