"""The docs site builds strictly and alone, and what is written from the code is current."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """The script that writes pages from the code."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_current(generate: ModuleType):
    old = [
        name for name, page in generate.PAGES.items() if (ROOT / "docs" / name).read_text(encoding="utf-8") != page()
    ]
    assert old == [], "out of date: run `python docs/generate.py`"


def test_every_command_and_option_has_help(generate: ModuleType):
    commands = list(generate.contexts())
    silent = [context.command_path for context in commands if not context.command.help]
    for context in commands:
        without = [option.opts[0] for option in generate.options(context.command) if not option.help]
        silent += [f"{context.command_path} {name}" for name in without]
    assert silent == []


def test_the_reference_has_every_command_and_option(generate: ModuleType):
    sections = dict(
        re.findall(r"^#+ (graphrec.*)\n((?:(?!#).*\n?)*)", (ROOT / "docs/commands.md").read_text("utf-8"), re.M)
    )
    contexts = list(generate.contexts())
    assert len(contexts) > 20
    assert set(sections) == {context.command_path for context in contexts}
    for context in contexts:
        for option in generate.options(context.command):
            assert re.search(rf"^- `(?:[^`]*, )?{re.escape(option.opts[0])}[ ,`]", sections[context.command_path], re.M)


def test_the_links_of_the_readme_lead_somewhere():
    """Those of the site are checked by its build."""
    found = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    local = [link for link in found if "://" not in link]
    assert local
    assert [link for link in local if not (ROOT / link).exists()] == []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    pytest.importorskip("mkdocs", reason="MkDocs is not installed: it is in the dependency group docs")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    # What Material says about its successor is no warning of the build.
    built = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def test_the_site_holds_every_page(site: Path):
    pages = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    assert {path.relative_to(site) for path in site.rglob("*.html")} == pages | {Path("404.html")}


def test_the_site_fetches_nothing_from_elsewhere(site: Path):
    """No page loads a script, a style, a font or a picture from another host."""
    loaded = re.compile(r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"([^\"]+)|<link\b[^>]*\bhref=\"([^\"]+)")
    pages = list(site.rglob("*.html"))
    found = {address for page in pages for match in loaded.findall(page.read_text("utf-8")) for address in match}
    assert len(found) > 5
    assert [address for address in found if address.startswith(("http:", "https:", "//"))] == []
