"""The versions that are tested: one list in two places, and what these tests run with."""

from __future__ import annotations

from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from graphrec.diagnostics.packages import pinned_versions
from tests import pins

PROJECT = pins.PROJECT.read_text(encoding="utf-8")
FILE = pins.CONSTRAINTS.read_text(encoding="utf-8")


def test_uv_and_pip_are_told_the_same() -> None:
    assert pins.in_project(PROJECT) == pins.in_file(FILE)


def test_every_pin_is_one_version_without_an_address() -> None:
    for line in pins.in_file(FILE):
        pin = Requirement(line)
        assert pin.url is None, line
        assert [specifier.operator for specifier in pin.specifier] == ["=="], line
    assert "://" not in FILE


def test_the_pins_keep_to_the_bounds() -> None:
    tested = pinned_versions()
    for line in metadata.requires("graphrec") or []:
        bound = Requirement(line)
        if bound.marker is None and bound.name != "graphrec":
            assert tested[bound.name] in bound.specifier, line


def test_what_is_installed_is_what_is_pinned() -> None:
    pinned = pinned_versions()
    installed = {canonicalize_name(one.name): one.version.partition("+")[0] for one in metadata.distributions()}
    assert installed.keys() & pinned.keys() >= {"torch", "torchvision", "torchaudio", "torch-geometric"}
    differing = {name: version for name, version in installed.items() if version != pinned.get(name, version)}
    assert not differing, "uv sync installs the pinned versions"


def test_markers_stay_only_where_versions_differ() -> None:
    exported = [
        "numpy==2.4.6 ; python_full_version < '3.12'",
        "numpy==2.5.5 ; python_full_version >= '3.12'",
        "colorama==0.4.6 ; sys_platform == 'win32'",
    ]
    assert pins.simplified(exported) == ["colorama==0.4.6", *exported[:2]]


def test_both_places_are_rewritten(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "PROJECT", tmp_path / "pyproject.toml")
    monkeypatch.setattr(pins, "CONSTRAINTS", tmp_path / "constraints.txt")
    new = ["click==8.4.2", "numpy==2.4.6 ; python_full_version < '3.12'"]
    pins.write(new, PROJECT)
    pins.write(new, pins.PROJECT.read_text(encoding="utf-8"))
    text = pins.PROJECT.read_text(encoding="utf-8")
    assert pins.in_project(text) == pins.in_file(pins.CONSTRAINTS.read_text(encoding="utf-8")) == new
    assert text.partition("[tool.uv]")[0] == PROJECT.partition("[tool.uv]")[0]
