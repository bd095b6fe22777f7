"""Settings of ``graphrec.toml``, and the mapping of labels and types to roles."""

from graphrec.config.settings import Settings, load_settings

__all__ = ["Settings", "load_settings"]
