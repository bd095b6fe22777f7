"""One command per file; :mod:`graphrec.cli.main` imports each only when it is called."""
