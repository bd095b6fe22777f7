"""A storyboard of a text: scenes with times, words and posters, as JSON that a video tool can take."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphrec.common.files import write_json
from graphrec.config.settings import Settings
from graphrec.copywriting.spoken import spoken
from graphrec.copywriting.write import Copy
from graphrec.db.database import Database
from graphrec.presentation.recommendation_page import posters

WIDTH, HEIGHT, FPS = 1280, 720, 25
#: Characters that are spoken in a second, by language; and the shortest scene, in seconds.
_PACE = {"en": 15.0, "zh": 4.5}
_SHORTEST = 2.0


def storyboard(copy: Copy, pictures: Mapping[str, str], audio: Path | None = None) -> dict[str, Any]:
    """Return the scenes of a text, one for each supported sentence.

    Parameters
    ----------
    pictures
        Title → poster as a JPEG in base64.
    audio
        The text spoken: its length stretches the scenes.

    Returns
    -------
    dict
        ``title, language, width, height, fps, seconds, audio`` and ``scenes``, each with ``scene`` (from 1), ``start``
        and ``end`` in seconds, ``text``, ``image`` (a ``data:`` address or None), ``title`` of what it shows, and
        ``sources``.
    """
    facts = {fact.number: fact for fact in copy.facts}
    kept = [one for one in copy.checked.sentences if one.supported]
    lengths = [max(_SHORTEST, len(spoken(one.text)) / _PACE[copy.wording.lang]) for one in kept]
    whole = sum(lengths)
    scale = _seconds(audio) / whole if audio is not None and whole else 1.0
    scenes, at = list[dict[str, Any]](), 0.0
    for one, length in zip(kept, lengths, strict=True):
        stated = [facts[number] for number in one.facts]
        shown = next((title for title in _titles(one.text, pictures) if title in pictures), copy.title)
        end = at + length * scale
        image = pictures.get(shown)
        scenes.append(
            {
                "scene": len(scenes) + 1,
                "start": round(at, 2),
                "end": round(end, 2),
                "text": spoken(one.text),
                "title": shown,
                "image": f"data:image/jpeg;base64,{image}" if image else None,
                "sources": list(dict.fromkeys(source for fact in stated for source in fact.sources)),
            }
        )
        at = end
    return {
        "title": copy.title,
        "language": copy.wording.lang,
        "width": WIDTH,
        "height": HEIGHT,
        "fps": FPS,
        "seconds": round(at, 2),
        "audio": None if audio is None else str(audio),
        "scenes": scenes,
    }


def write_storyboard(db: Database, settings: Settings, copy: Copy, file: Path, audio: Path | None = None) -> None:
    """Write the storyboard of a text, with the posters of the item and of the user's items that it names.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    titles = {copy.item: copy.title, **copy.past}
    found = posters(db, settings.graph, list(titles), settings.media_folders)
    write_json(file, storyboard(copy, {titles[item]: picture for item, picture in found.items()}, audio))


def _titles(text: str, titles: Mapping[str, str]) -> list[str]:
    """Return the titles that a sentence names, the last first: it ends with what is new."""
    return sorted((title for title in titles if title in text), key=text.rfind, reverse=True)


def _seconds(audio: Path) -> float:
    import soundfile

    return float(soundfile.info(str(audio)).duration)
