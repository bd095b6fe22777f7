"""The first and only import of the process that trainings are forked from: everything that they import.

That takes seconds, which Ctrl-C must not end with a traceback; the process ends with the one that began it.
"""

from __future__ import annotations

import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)

import graphrec.benchmark.child  # noqa: E402, F401
