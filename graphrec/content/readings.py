"""What a language model is given to read of each item: its texts, its facts, its picture and its sound in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from graphrec.common.console import progress
from graphrec.common.errors import InputError
from graphrec.config.settings import Settings
from graphrec.content import store
from graphrec.content.cache import VectorCache
from graphrec.content.image_file import quiet
from graphrec.content.pipeline import read_ahead
from graphrec.content.sources import Source, hash_text, sources
from graphrec.content.store import Item
from graphrec.db.database import Database

#: Files put into words before the words are kept.
_BATCH = 64


def readings(db: Database, settings: Settings, items: Sequence[Item], cache: VectorCache) -> list[Source]:
    """Return a rendering of every item of which anything is known."""
    from graphrec.content.llm_prompt import render

    facts = store.read_facts(db, settings.graph)
    pictures = _words(items, "image", settings, cache)
    sounds = _words(items, "audio", settings, cache)
    found = []
    for n, item in enumerate(items):
        title = item.texts.get(settings.graph.item.title, "")
        description = "\n".join(text for name, text in item.texts.items() if name != settings.graph.item.title)
        if text := render(title, description, facts.get(item.node, {}), pictures.get(n), sounds.get(n)):
            found.append(Source(n, text, hash_text(text)))
    return found


def _words(items: Sequence[Item], modality: str, settings: Settings, cache: VectorCache) -> dict[int, str]:
    """Return item (its place) → its picture or sound in words; files that cannot be read are left out."""
    if getattr(settings.content, modality) == "none":
        return {}
    found, _ = sources(items, modality, settings.root)  # what cannot be opened is reported with its own modality
    maker, describe = _describer(modality)
    held = cache.words(maker, list({source.content for source in found}))
    missing: dict[str, list[Source]] = {}
    for source in found:
        if source.content not in held:
            missing.setdefault(source.content, []).append(source)
    with quiet(), progress() as bar:
        task = bar.add_task(f"describing {modality}", total=len(missing))
        for batch, said in read_ahead(describe, list(missing.values()), _BATCH):
            fresh = {
                group[0].content: words
                for group, words in zip(batch, said, strict=True)
                if not isinstance(words, InputError)
            }
            cache.put_words(maker, fresh)
            held |= fresh
            bar.advance(task, len(batch))
    return {source.item: held[source.content] for source in found if source.content in held}


def _describer(modality: str) -> tuple[str, Callable[[Path], Any]]:
    """Return who puts a modality's files into words, with a version, and the function that does."""
    from graphrec.content import llm_words as words

    if modality == "image":
        from graphrec.content.image_file import read_picture

        return f"picture-{words.VERSION}", lambda path: words.picture_words(read_picture(path))
    from graphrec.content.audio import read_wave

    return f"sound-{words.VERSION}", lambda path: words.sound_words(read_wave(path))
