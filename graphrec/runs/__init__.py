"""The contents of a run directory, and finding runs by name."""
