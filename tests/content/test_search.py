"""``graphrec search``: finds by meaning, refuses vectors of another encoder, imports nothing it has no use for."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.mark.usefixtures("catalogue")
def test_finds_by_meaning(run):
    assert run("embed", "--image", "none", "--audio", "none").exit_code == 0
    result = run("search", "toy story animation", "--json")
    found = json.loads(result.stdout)
    assert found[0]["title"] == "Toy Story"
    assert [r["rank"] for r in found] == [1, 2, 3, 4]
    assert [r["score"] for r in found] == sorted((r["score"] for r in found), reverse=True)
    lines = run("search", "gangsters and police", "-k", "1").stdout.splitlines()
    assert [line.split("\t")[:2] for line in lines] == [["1", "Heat"]]


@pytest.mark.usefixtures("catalogue")
def test_nothing_indexed_yet(run):
    result = run("search", "anything")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "run graphrec embed" in result.stderr


def test_empty_text(run, settings):
    assert run("search", "  ").exit_code == 2


@pytest.mark.usefixtures("catalogue")
def test_vectors_of_another_encoder(run, db):
    assert run("embed", "--image", "none", "--audio", "none").exit_code == 0
    db.write("MATCH (i:Item) SET i.textEncoder = '/gone/model@0123456789ab'")
    result = run("search", "anything")
    assert result.exit_code == 2
    assert "/gone/model@0123456789ab" in result.stderr
    assert "sentence-transformers/all-MiniLM-L6-v2@" in result.stderr


@pytest.mark.usefixtures("catalogue")
def test_the_same_encoder_under_a_name_that_is_gone(run, db):
    assert run("embed", "--image", "none", "--audio", "none").exit_code == 0
    db.write("MATCH (i:Item) SET i.textEncoder = '/gone/model@' + split(i.textEncoder, '@')[1]")
    assert run("search", "a robbery", "-k", "1").stdout.startswith("1\tHeat")


@pytest.mark.usefixtures("catalogue")
def test_loads_the_text_encoder_and_nothing_else(run):
    assert run("embed", "--image", "none", "--audio", "none").exit_code == 0
    code = (
        "import sys; from graphrec.cli import main\n"
        "try: main(['search', 'love', '-k', '1'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('torch_geometric', 'torchvision', 'torchaudio', 'pandas', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    title, heavy = done.stdout.splitlines()
    assert title.startswith("1\tCasablanca")
    assert heavy == "[]"
    assert done.stderr == ""
