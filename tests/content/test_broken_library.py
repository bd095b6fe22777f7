"""``graphrec embed`` where the library of sound does not load: texts and pictures go on, sounds stay as they are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from graphrec.db.database import Database


@pytest.fixture
def embed(catalogue: list[dict[str, Any]], tmp_path: Path):
    """Run the command with a torchaudio that is no library: ``embed("--json")``."""
    package = tmp_path / "broken" / "torchaudio"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("import ctypes\nctypes.CDLL(__file__)", encoding="utf-8")
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(package.parent), *sys.path[1:]]), "HF_HUB_OFFLINE": "1"}

    def call(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "graphrec", "embed", "--text", "tfidf", "--image", "classical", *options]
        return subprocess.run(command, capture_output=True, text=True, env=env, cwd=tmp_path, check=False)

    return call


def test_texts_and_pictures_go_on(embed: Any, db: Database) -> None:
    db.write("MATCH (i:Item {itemId: 1}) SET i.audioVector = [1.0, 2.0], i.audioEncoder = 'mfcc@1', i.audioHash = 'a'")
    done = embed("--json")
    assert done.returncode == 0, done.stderr
    assert "audio: torchaudio" in done.stderr
    assert "stays unchanged" in done.stderr
    assert "graphrec doctor" in done.stderr
    report = json.loads(done.stdout)
    assert (report["text"]["encoded"], report["image"]["encoded"]) == (4, 4)
    assert (report["audio"]["encoded"], report["audio"]["kept"], len(report["audio"]["skipped"])) == (0, 1, 1)
    assert report["content"] == 5
    kept = db.read("MATCH (i:Item {itemId: 1}) RETURN i.audioVector AS vector")[0]["vector"]
    assert list(kept) == [1.0, 2.0]


def test_sound_that_was_asked_for_is_an_error(embed: Any) -> None:
    done = embed("--audio", "mfcc")
    assert done.returncode == 2
    assert "error: torchaudio" in done.stderr
    assert "→ graphrec doctor" in done.stderr
    assert "Traceback" not in done.stderr
