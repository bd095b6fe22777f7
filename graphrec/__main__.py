"""``python -m graphrec``."""

from graphrec.cli.main import main

main()
