"""Settings of ``graphrec.toml`` and the part that each label and type plays."""

from graphrec.config.settings import Settings, load_settings

__all__ = ["Settings", "load_settings"]
