"""The parts are found from a wheel, from an sdist, from an editable install and from a checkout."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
#: Folder of the checkout → where a wheel holds it; and a file that goes along.
PACKAGES = {"graphrec": "graphrec", "etl/graphrec_etl": "graphrec_etl", "cypher": "graphrec/cypher"}
CONSTRAINTS = ("constraints.txt", "graphrec/constraints.txt")

#: Run far from the checkout: where every part was found, and that it works.
PROBE = """
import graphrec_etl.atomic, graphrec, graphrec.db.queries
import pathlib, sys
text = graphrec.db.queries.text('query/recommend')
assert text.startswith('//') and 'RECOMMENDED' in text, text
import graphrec.diagnostics.packages
assert graphrec.diagnostics.packages.pinned_versions()['torch']
print(pathlib.Path(graphrec.__file__).parents[1])
print(pathlib.Path(graphrec_etl.__file__).parents[1])
"""


def call(*command: object, cwd: Path, **variables: str) -> str:
    """Run a command without the project's own environment; return its standard output."""
    own = ("PYTHONPATH", "VIRTUAL_ENV", "GRAPHREC_CONFIG")
    env = {name: value for name, value in os.environ.items() if name not in own} | variables
    done = subprocess.run([str(c) for c in command], cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def shipped() -> dict[str, str]:
    """Return the path in a wheel → the path in the checkout of every file that a wheel must hold."""
    found = {CONSTRAINTS[1]: CONSTRAINTS[0]}
    for folder, place in PACKAGES.items():
        for path in (CHECKOUT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                name = path.relative_to(CHECKOUT / folder).as_posix()
                found[f"{place}/{name}"] = f"{folder}/{name}"
    return found


@pytest.fixture(scope="module")
def uv() -> str:
    found = shutil.which("uv")
    if found is None:
        pytest.skip("no uv on the PATH to build with")
    return found


@pytest.fixture(scope="module")
def sdist(uv: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    call(uv, "build", "--sdist", "--out-dir", folder, CHECKOUT, cwd=folder)
    return next(folder.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def wheel(uv: str, sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as a user's installer builds it: from the sdist."""
    folder = tmp_path_factory.mktemp("wheel")
    call(uv, "build", "--wheel", "--out-dir", folder, sdist, cwd=folder)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def bare(uv: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with graphrec's dependencies and without graphrec: the Python of it."""
    folder = tmp_path_factory.mktemp("bare") / "venv"
    call(uv, "venv", "--quiet", "--python", sys.executable, folder, cwd=folder.parent)
    site = next(folder.glob("lib/python*/site-packages"), folder / "Lib" / "site-packages")
    # A directory that a .pth names brings its packages but not its own .pth files: no editable graphrec.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder / ("Scripts" if os.name == "nt" else "bin") / "python"


def test_the_wheel_holds_every_file_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == set(shipped())


def test_the_sdist_holds_the_tests_and_notebooks_too(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert set(shipped().values()) <= names
    assert {"pyproject.toml", "README.md", "LICENSE", "tests/conftest.py", "notebooks/01_quickstart.ipynb"} <= names


def test_from_a_wheel(uv: str, wheel: Path, bare: Path, tmp_path: Path) -> None:
    call(uv, "pip", "install", "--quiet", "--no-deps", "--python", bare, wheel, cwd=tmp_path)
    try:
        where = call(bare, "-c", PROBE, cwd=tmp_path).split()
        site = Path(call(bare, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip())
        assert [Path(path).resolve() for path in where] == [site.resolve()] * 2
        command = bare.with_name("graphrec")
        shown = call(command, "--help", cwd=tmp_path)
        assert "quickstart" in shown
        assert "atomic" in call(command, "load", "--help", cwd=tmp_path)
        assert "graphrec, version" in call(command, "--version", cwd=tmp_path)
    finally:
        call(uv, "pip", "uninstall", "--quiet", "--python", bare, "graphrec", cwd=tmp_path)


def test_from_an_editable_install(tmp_path: Path) -> None:
    where = call(sys.executable, "-c", PROBE, cwd=tmp_path).split()
    assert [Path(path).resolve() for path in where] == [CHECKOUT, CHECKOUT / "etl"]


def test_from_a_checkout_that_is_not_installed(bare: Path, tmp_path: Path) -> None:
    path = os.pathsep.join([str(CHECKOUT), str(CHECKOUT / "etl")])
    where = call(bare, "-c", PROBE, cwd=tmp_path, PYTHONPATH=path).split()
    assert [Path(path).resolve() for path in where] == [CHECKOUT, CHECKOUT / "etl"]
    assert "quickstart" in call(bare, "-m", "graphrec", "--help", cwd=CHECKOUT)


def test_by_the_steps_of_the_containerfile_in_a_clean_folder(uv: str, bare: Path, tmp_path: Path) -> None:
    text = re.sub(r"\\\n", " ", (CHECKOUT / "docs" / "deploy" / "Containerfile").read_text("utf-8"))
    build, last = (
        [line.split(maxsplit=1) for line in stage.splitlines()[1:] if line] for stage in text.split("\nFROM ")[1:]
    )
    for sources in (rest.split() for word, rest in build if word == "COPY"):
        for source in sources[:-1]:
            copy = shutil.copytree if (CHECKOUT / source).is_dir() else shutil.copy
            copy(CHECKOUT / source, tmp_path / sources[-1])
    arguments = dict(rest.split("=") for word, rest in build if word == "ARG")
    (install,) = (rest for word, rest in build if word == "RUN" and "constraints.txt" in rest)
    words = shlex.split(re.sub(r"\$(\w+)", lambda found: arguments[found[1]], install))
    project = tomllib.loads((tmp_path / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(re.findall(r"\w+", words[-1])) <= project["optional-dependencies"].keys()
    # The dependencies are those of this environment, and what building needs may come from the cache.
    changed = [word for word in words[1:] if word not in ("--no-cache", "--compile-bytecode")]
    changed[changed.index("--python") + 1] = str(bare)
    call(uv, *changed, "--no-deps", "--quiet", cwd=tmp_path)
    try:
        runs = {word: json.loads(rest) for word, rest in last if word in ("ENTRYPOINT", "CMD")}
        program, command = runs["ENTRYPOINT"][0], runs["CMD"][0]
        assert "--host" in call(bare.with_name(program), command, "--help", cwd=tmp_path)
    finally:
        call(uv, "pip", "uninstall", "--quiet", "--python", bare, "graphrec", cwd=tmp_path)
