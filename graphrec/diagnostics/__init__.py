"""Checks of ``graphrec doctor``: Python, packages, database, model hub and machine."""
