"""Settings of ``graphrec.toml`` and the part that each label and type plays."""
