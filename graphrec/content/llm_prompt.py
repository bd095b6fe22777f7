"""Render an item as text for a language model: title, knowledge from the graph, words for image and audio.

A model may cut the end of a long text, so knowledge comes before the long description.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from graphrec.common.console import progress
from graphrec.common.errors import InputError
from graphrec.config.settings import Settings
from graphrec.content import store
from graphrec.content.cache import VectorCache
from graphrec.content.fetch import fetcher_of
from graphrec.content.image_file import quiet
from graphrec.content.pipeline import read_ahead
from graphrec.content.sources import Source, hash_text, sources
from graphrec.content.store import Item
from graphrec.content.text_cleaning import clean
from graphrec.db.database import Database

#: Most characters of a rendering: about 512 tokens of English.
MOST = 2_000
#: Most relations of an item, and most names of a relation.
RELATIONS, NAMES = 12, 10
#: Most characters of a title or a name.
_SHORT = 120
#: Words without meaning in a relation's name: HAS_GENRE is rendered as genre.
_EMPTY = frozenset(("has", "have", "is", "in", "of", "by", "to", "with", "belongs", "the"))
_END = tuple(".!?。！？…")


def render(
    title: str,
    description: str,
    facts: Mapping[str, Sequence[str]],
    picture_words: str | None,
    sound_words: str | None,
) -> str:
    """Return an item in words; empty if nothing is known about it.

    Parameters
    ----------
    title, description
        Texts of the item; either may be empty.
    facts
        Names of related entities by relationship type; the order does not matter.
    picture_words, sound_words
        Descriptions of its image and audio (:mod:`graphrec.content.llm_words`).

    Examples
    --------
    >>> print(render("Heat", "A thief and a detective.", {"HAS_GENRE": ["Drama", "Crime"]}, "dark", None))
    Heat.
    genre: Crime, Drama.
    picture: dark.
    A thief and a detective.
    """
    told = sorted((relation_words(relation), names) for relation, names in _merged(facts).items())[:RELATIONS]
    lines = [cut(clean(title), _SHORT), *(f"{relation}: {', '.join(names)}" for relation, names in told)]
    lines += [f"{kind}: {words}" for kind, words in (("picture", picture_words), ("sound", sound_words)) if words]
    head = cut("\n".join(_ended(line) for line in lines if line), MOST)
    body = cut(clean(description), MOST - len(head) - 1)
    return "\n".join(part for part in (head, body) if part)


def relation_words(relation: str) -> str:
    """Return a relationship type in words.

    >>> [relation_words(name) for name in ("HAS_GENRE", "directedBy", "film.film.produced_by", "IN")]
    ['genre', 'directed', 'film produced', 'in']
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", clean(relation))
    words = [word for word in re.split(r"[\W_]+", parted.casefold()) if word]
    words = [word for n, word in enumerate(words) if n == 0 or word != words[n - 1]]
    return " ".join([word for word in words if word not in _EMPTY] or words)


def cut(text: str, most: int) -> str:
    """Return ``text``, cut at a word break if it is longer than ``most`` characters.

    >>> cut("one two three", 9)
    'one two…'
    """
    if len(text) <= most:
        return text
    if most < 2:
        return ""
    start = text[: most - 1]
    # Scripts without spaces, and very long words, are cut anywhere.
    space = max(start.rfind(" "), start.rfind("\n"))
    whole = text[most - 1].isspace() or space < most // 2
    return (start if whole else start[:space]).rstrip(" \n,;:") + "…"


def _merged(facts: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return relation → its distinct cleaned names, in order; relations without names are left out."""
    cleaned = {
        relation: sorted({name for raw in names if (name := cut(clean(str(raw)), _SHORT))})[:NAMES]
        for relation, names in facts.items()
    }
    return {relation: names for relation, names in cleaned.items() if names}


def _ended(line: str) -> str:
    return line if line.endswith(_END) else f"{line}."


#: Files described before the descriptions are stored.
_BATCH = 64


def readings(db: Database, settings: Settings, items: Sequence[Item], cache: VectorCache) -> list[Source]:
    """Return a rendering of every item about which anything is known."""
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
    """Return item (its position) → description of its image or audio; unreadable files are left out."""
    if getattr(settings.content, modality) == "none":
        return {}
    found, _ = sources(
        items, modality, settings.media_folders, fetcher_of(settings)
    )  # unreadable files are reported with their own modality
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
    """Return the versioned name of a modality's describer, and its function."""
    from graphrec.content import llm_words as words

    if modality == "image":
        from graphrec.content.image_file import read_picture

        return f"picture-{words.VERSION}", lambda path: words.picture_words(read_picture(path))
    from graphrec.content.audio import read_wave

    return f"sound-{words.VERSION}", lambda path: words.sound_words(read_wave(path))
