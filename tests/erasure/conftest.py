"""The project that is trained once for the tests of a file."""

from __future__ import annotations

from tests.erasure.trained_project import project

__all__ = ["project"]
