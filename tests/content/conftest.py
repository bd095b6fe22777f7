"""Small items with real files, made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

from graphrec.config.settings import Settings
from graphrec.content.cache import clear
from graphrec.db.database import Database

RATE = 22_050


def tone(frequency: float, seconds: float = 0.5, rate: int = RATE) -> np.ndarray:
    """A tone with two overtones, float32 [rate × seconds]."""
    time = np.arange(int(rate * seconds)) / rate
    return sum(0.3 / n * np.sin(2 * np.pi * frequency * n * time) for n in (1, 2, 3)).astype(np.float32)


@pytest.fixture
def db(embedding_db: Database) -> Database:
    """A database without data, in which the indexes of earlier vectors may be."""
    return embedding_db


@pytest.fixture
def add_items(db: Database, settings: Settings) -> Callable[..., None]:
    """Create items of plain properties, of which nothing was encoded yet: ``add_items({"itemId": 1}, …)``."""
    clear(settings.home / "cache")

    def add(*items: dict[str, Any]) -> None:
        db.write("UNWIND $items AS item CREATE (i:Item) SET i = item", items=list(items))

    return add


@pytest.fixture
def catalogue(add_items: Callable[..., None], tmp_path: Path) -> list[dict[str, Any]]:
    """Six films: with all modalities, with some, with none."""
    for name, colour in {"red": (200, 30, 20), "blue": (20, 40, 200), "green": (30, 180, 40)}.items():
        Image.new("RGB", (60, 90), colour).save(tmp_path / f"{name}.png")
    soundfile.write(tmp_path / "low.wav", tone(110), RATE)
    soundfile.write(tmp_path / "high.wav", tone(1760), RATE)
    films = [
        {
            "itemId": 1,
            "title": "Toy Story",
            "description": "An animated family film about toys that come alive",
            "image": "red.png",
            "audio": "low.wav",
        },
        {"itemId": 2, "title": "Heat", "description": "A crime thriller about a bank robber", "image": "blue.png"},
        {
            "itemId": 3,
            "title": "Alien",
            "description": "Horror on a spaceship",
            "image": "green.png",
            "audio": "high.wav",
        },
        {"itemId": 4, "title": "Casablanca", "description": "A love story in wartime Morocco"},
        {"itemId": 5, "image": "red.png"},
        {"itemId": 6},
    ]
    add_items(*films)
    return films
