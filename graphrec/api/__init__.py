"""The Python API: pandas in, pandas out.

:mod:`graphrec` itself offers what is public here, imported when it is first used.
"""
