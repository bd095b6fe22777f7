"""The Python API, with pandas DataFrames as input and output.

:mod:`graphrec` exports the public names and imports them on first use.
"""
