"""Utilities that all other packages use: errors, files, hashing, console."""
