"""One command a file; :mod:`graphrec.cli` imports each only when it is called."""
