"""Data sets as files: folders, downloads, the made catalogue."""
