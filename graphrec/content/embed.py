"""The stage: read the items, bring each modality up to date, fuse, index.

An interrupted run is resumed: the next one encodes only what is missing or changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from graphrec.common.console import note, stage
from graphrec.common.errors import GraphError
from graphrec.config.schema import MODALITIES, as_items
from graphrec.config.settings import Settings
from graphrec.content import store
from graphrec.content.cache import VectorCache
from graphrec.content.search_log import update_searches
from graphrec.content.sources import Skipped
from graphrec.content.stage import Modality, Work, update
from graphrec.content.store import STORED
from graphrec.content.stored_fusion import check, update_content
from graphrec.content.text_paths import check_text_paths
from graphrec.db.database import Database
from graphrec.db.own_names import EMBEDDED, own_names
from graphrec.db.own_properties import check_vectors
from graphrec.db.write_lock import exclusive
from graphrec.graph.mapping import check_searches, shape, unmapped

#: Size in bytes from which on a note mentions how to clear the cache.
_MUCH = 1_000_000_000


@dataclass
class Report:
    """Result of the stage.

    ``content``: items with a fused vector; ``dim``: its length; ``searches``: type of search → result.
    """

    items: int
    text: Modality = field(default_factory=Modality)
    image: Modality = field(default_factory=Modality)
    audio: Modality = field(default_factory=Modality)
    reading: Modality = field(default_factory=Modality)
    searches: dict[str, Modality] = field(default_factory=dict)
    content: int = 0
    fusion: str | None = None
    dim: int | None = None
    cache: str | None = None
    cache_bytes: int | None = None
    cache_vectors: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    @property
    def parts(self) -> dict[str, Modality]:
        """Result of each modality."""
        return {modality: getattr(self, modality) for modality in STORED}

    @property
    def skipped(self) -> list[Skipped]:
        """All content left out."""
        return [skip for part in self.parts.values() for skip in part.skipped]


def cache_folder(settings: Settings) -> Path:
    """Return the folder of the cache of encoded vectors."""
    return settings.home / "cache"


@exclusive("embed")
def embed(
    db: Database,
    settings: Settings,
    *,
    vectors: Mapping[str, Path] | None = None,
    asked: frozenset[str] = frozenset(),
    cache: bool = True,
) -> Report:
    """Bring all content vectors and their indexes up to date.

    Parameters
    ----------
    vectors
        Modality → file of the user's own vectors, used instead of an encoder.
    asked
        Modalities whose encoder was named for this run; it replaces vectors given earlier.
    cache
        Whether to use the cache of vectors.

    Raises
    ------
    ConfigError
        The fusion is impossible.
    GraphError
        The graph has no items, or no searches although some are mapped; or a name that graphrec needs is taken.
    InputError
        A file of vectors is invalid; nothing has been written for its modality.
    EncoderError
        A required encoder is unavailable; nothing has been written for its modality.
    """
    check(settings.content)
    with stage("reading the items"):
        items = store.read_items(db, settings.graph)
    if not items:
        raise unmapped(db, settings.graph, ("item",)) or GraphError(
            f"the graph has no (:{settings.graph.item.name}) nodes to embed",
            hint="graphrec load first, or name the label of your items in [graph.item] of graphrec.toml",
        )
    if settings.graph.searches:
        check_searches(db, settings.graph, shape(db))
    check_text_paths(db, settings.graph)
    _require_own_names(db, settings)
    report = Report(len(items))
    currents = {}
    with VectorCache(cache_folder(settings) if cache else None) as held:
        work = Work(db, settings, items, held, vectors or {}, asked)
        for modality in STORED:
            part, currents[modality] = update(work, modality)
            setattr(report, modality, part)
        report.searches = update_searches(work, report.text.encoder)
        if size := held.size():
            report.cache, (report.cache_bytes, report.cache_vectors) = str(held.path), size
    if (report.cache_bytes or 0) > _MUCH:
        note(f"the cache of vectors {report.cache} holds {report.cache_bytes:,} bytes; --clear-cache empties it")
    report.content, report.fusion, report.dim = update_content(db, settings, items, report.parts, currents)
    parts = {modality: report.parts[modality] for modality in MODALITIES}
    dims = {modality: part.dim if part.vectors else None for modality, part in parts.items()}
    store.ensure_indexes(db, settings.graph, dims | {"content": report.dim})
    return report


def _require_own_names(db: Database, settings: Settings) -> None:
    """Refuse names that are taken, before anything is encoded or written."""
    own_names(db, settings.graph).check(EMBEDDED)
    check_vectors(db, settings.graph, STORED)
    for kind in settings.graph.searches:
        check_vectors(db, as_items(settings.graph, kind), ("text",))
