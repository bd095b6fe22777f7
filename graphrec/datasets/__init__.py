"""Data sets in files: folders, downloads, the sample catalogue."""
