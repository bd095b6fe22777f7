"""``graphrec embed`` killed or interrupted in the middle: what was encoded is not encoded again."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from safetensors.torch import save_file

from graphrec.content.cache import FILE

pytestmark = pytest.mark.long

FILMS = 40
COMMAND = ("embed", "--text", "none", "--audio", "none", "--json")
IMAGES = "MATCH (i:Item) RETURN i.itemId AS key, i.imageVector AS v, i.contentVector AS c ORDER BY key"


@pytest.fixture
def films(add_items, settings) -> Path:
    """Items with pictures, and a network that takes a while; returns the place of the cache."""
    rng = np.random.default_rng(0)
    for n in range(FILMS):
        noise = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((300, 300)).save(settings.root / f"{n}.png")
    add_items(*({"itemId": n, "image": f"{n}.png"} for n in range(FILMS)))
    torch.manual_seed(0)
    save_file(torchvision.models.resnet18(weights=None).state_dict(), settings.root / "w.safetensors")
    (settings.root / "graphrec.toml").write_text('[content]\nimage = "resnet18:w.safetensors"\nbatch = 4\n')
    return settings.home / "cache" / FILE


def rows(cache: Path) -> int:
    """How many vectors are in the cache by now."""
    if not cache.is_file():
        return 0
    file = sqlite3.connect(f"file:{cache}?mode=ro", uri=True)
    try:
        return int(file.execute("SELECT count(*) FROM vectors").fetchone()[0])
    except sqlite3.OperationalError:  # being made
        return 0
    finally:
        file.close()


def stop_midway(cache: Path, how: signal.Signals) -> tuple[int, int, str]:
    """Run the command until a few batches are done; return its exit code, the vectors it left, its stderr."""
    command = subprocess.Popen(
        [sys.executable, "-m", "graphrec", *COMMAND],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    while rows(cache) < 12 and command.poll() is None:
        time.sleep(0.01)
    command.send_signal(how)
    errors = command.communicate(timeout=60)[1]
    return command.returncode, rows(cache), errors


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_what_was_encoded_before_the_end_is_not_encoded_again(run, db, films, how):
    code, left, errors = stop_midway(films, how)
    assert 12 <= left < FILMS
    if how == signal.SIGINT:
        assert code == 130
        assert "the same command continues from there" in errors
        assert "Traceback" not in errors
        (written,) = db.read("MATCH (i:Item) WHERE i.imageVector IS NOT NULL RETURN count(*) AS n")
        assert written["n"] == left
    else:
        assert code == -signal.SIGKILL
    result = run(*COMMAND)
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)["image"]
    assert found["encoded"] == FILMS - left
    assert found["cached"] + found["kept"] == left
    resumed = db.read(IMAGES)
    assert rows(films) == FILMS
    if how == signal.SIGINT:
        return
    db.write("MATCH (i:Item) REMOVE i.imageVector, i.imageHash, i.imageEncoder, i.contentVector, i.contentEncoder")
    whole = run(*COMMAND, "--no-cache")
    assert json.loads(whole.stdout)["image"]["encoded"] == FILMS
    for name in ("v", "c"):
        first, second = (np.array([row[name] for row in read]) for read in (resumed, db.read(IMAGES)))
        assert first.shape[0] == FILMS
        np.testing.assert_allclose(first, second, atol=1e-4)
