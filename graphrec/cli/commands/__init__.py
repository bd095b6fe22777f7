"""One command a file; :mod:`graphrec.cli.main` imports each only when it is called."""
