"""Small things that every other package uses: errors, files, hashing, console."""
